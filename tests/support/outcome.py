"""What a rule made of its input, as a value: for properties that hold for acceptance and refusal alike."""

from collections.abc import Callable
from typing import TypeVar

from hookline.core.errors import Rejected

Result = TypeVar("Result")


def outcome_of(rule: Callable[..., Result], *arguments: object) -> Result | Rejected:
    """Return what the rule returned, or the refusal that it raised; anything else it raises goes on."""
    try:
        return rule(*arguments)
    except Rejected as rejected:
        return rejected

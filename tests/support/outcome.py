"""A helper that returns the result or the rejection of a rule, for properties that cover both."""

from collections.abc import Callable
from typing import TypeVar

from hookline.core.errors import Rejected

Result = TypeVar("Result")


def outcome_of(rule: Callable[..., Result], *arguments: object) -> Result | Rejected:
    """Return the result of the rule, or the `Rejected` that it raised; raise any other exception."""
    try:
        return rule(*arguments)
    except Rejected as rejected:
        return rejected

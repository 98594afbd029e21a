"""What a setting may be: how its text is read from a stack file, and which values are allowed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True)
class Kind:
    """One kind of settings.

    Attributes:
        allowed: what a value must be, in words that fit a stack file.
        accepts: returns whether a value is allowed.
        parse: reads the text that Pulumi has of a value; raises `ValueError` for a text of another form.
    """

    allowed: str
    accepts: Callable[[Any], bool]
    parse: Callable[[str], object] = str


def boolean() -> Kind:
    """Return the kind of true and false."""

    def parse(text: str) -> bool:
        if text not in {"true", "false"}:
            raise ValueError
        return text == "true"

    return Kind("true or false", lambda value: isinstance(value, bool), parse)


def whole_number(least: int, most: int) -> Kind:
    """Return the kind of whole numbers from one to another."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", text):
            raise ValueError
        return int(text)

    def accepts(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

    return Kind(f"a whole number from {least} to {most}", accepts, parse)


def text(pattern: str, allowed: str) -> Kind:
    """Return the kind of texts that a regular expression matches as a whole."""
    compiled = re.compile(pattern)
    return Kind(allowed, lambda value: isinstance(value, str) and bool(compiled.fullmatch(value)))


def one_of(*choices: str, allowed: str = "") -> Kind:
    """Return the kind of a few words."""
    return Kind(allowed or " or ".join(choices), lambda value: value in choices)


def some_of(known: Sequence[str]) -> Kind:
    """Return the kind of lists of one or more of the known names, each once."""

    def parse(text: str) -> tuple[str, ...]:
        items = json.loads(text)  # Pulumi has a YAML list as JSON
        if not isinstance(items, list):
            raise ValueError  # noqa: TRY004 - one error for every other form
        return tuple(cast("list[str]", items))

    def accepts(value: object) -> bool:
        chosen = cast("tuple[object, ...]", value) if isinstance(value, tuple) else ()
        names = [name for name in chosen if isinstance(name, str)]
        return bool(chosen) and len(set(names)) == len(chosen) and set(names) <= set(known)

    return Kind(f"a list of one or more of {', '.join(known)}, each once", accepts, parse)

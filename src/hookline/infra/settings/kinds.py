"""The kinds of settings, such as a whole number. A kind parses a setting's text, and knows the allowed values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True)
class Kind:
    """A kind of setting, such as a whole number: its parser and its allowed values.

    Attributes:
        allowed: the allowed values, in words for an error message.
        accepts: returns True if a value is allowed.
        parse: converts the text from Pulumi's configuration to a value. It raises `ValueError` for a wrong text.
    """

    allowed: str
    accepts: Callable[[Any], bool]
    parse: Callable[[str], object] = str


def boolean() -> Kind:
    """Return the kind of a setting whose value is true or false."""

    def parse(text: str) -> bool:
        if text not in {"true", "false"}:
            raise ValueError
        return text == "true"

    return Kind("true or false", lambda value: isinstance(value, bool), parse)


def or_word(plain: Kind, word: str) -> Kind:
    """Return the kind of a setting that has a value of another kind, or a word instead."""

    def parse(text: str) -> object:
        return word if text == word else plain.parse(text)

    return Kind(f"{plain.allowed} or {word}", lambda value: plain.accepts(value) or value == word, parse)


def whole_number(least: int, most: int) -> Kind:
    """Return the kind of a setting whose value is a whole number from `least` to `most`, both included."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", text):
            raise ValueError
        return int(text)

    def accepts(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

    return Kind(f"a whole number from {least} to {most}", accepts, parse)


def whole_number_or_none(least: int, most: int) -> Kind:
    """Return the kind of a setting whose value is a whole number from `least` to `most`, or `none`."""
    number = whole_number(least, most)

    def parse(text: str) -> object:
        return None if text == "none" else number.parse(text)

    return Kind(f"{number.allowed}, or none", lambda value: value is None or number.accepts(value), parse)


def number_of(*choices: int) -> Kind:
    """Return the kind of a setting whose value is one of the whole numbers in `choices`."""
    plain = whole_number(min(choices), max(choices))
    allowed = f"one of {', '.join(map(str, choices))}"
    return Kind(allowed, lambda value: plain.accepts(value) and value in choices, plain.parse)


def text(pattern: str, allowed: str) -> Kind:
    """Return the kind of a setting whose value is a text. The regular expression must match the whole text."""
    compiled = re.compile(pattern)
    return Kind(allowed, lambda value: isinstance(value, str) and bool(compiled.fullmatch(value)))


def one_of(*choices: str, allowed: str = "") -> Kind:
    """Return the kind of a setting whose value is one of the words in `choices`."""
    return Kind(allowed or " or ".join(choices), lambda value: value in choices)


def some_of(known: Sequence[str]) -> Kind:
    """Return the kind of a setting whose value is a list of one or more names from `known`, without duplicates."""
    return _list(lambda name: name in known, f"a list of one or more of {', '.join(known)}, each once")


def names(pattern: str, allowed: str) -> Kind:
    """Return the kind of a setting whose value is a list of one or more texts, without duplicates.

    The regular expression must match each whole text.
    """
    compiled = re.compile(pattern)
    return _list(lambda name: bool(compiled.fullmatch(name)), allowed)


def names_by(keys: Sequence[str], pattern: str, allowed: str) -> Kind:
    """Return the kind of a setting whose value is an object of some of `keys` → one or more texts without duplicates.

    The regular expression must match each whole text.
    """
    of_key = names(pattern, allowed)

    def parse(text: str) -> dict[str, object]:
        found: object = json.loads(text)  # Pulumi converts a YAML mapping to JSON
        if not isinstance(found, dict):
            raise ValueError  # noqa: TRY004 - the caller expects ValueError for every wrong form
        members = cast("dict[str, object]", found)
        return {key: of_key.parse(json.dumps(value)) for key, value in members.items()}

    return _values_by(keys, of_key, allowed, parse)


def numbers_by(keys: Sequence[str], least: int, most: int, allowed: str) -> Kind:
    """Return the kind of a setting whose value is an object of some of `keys` → a whole number."""
    return _values_by(keys, whole_number(least, most), allowed)


def texts_by(keys: Sequence[str], pattern: str, allowed: str) -> Kind:
    """Return the kind of a setting whose value is an object of some of `keys` → a text.

    The regular expression must match each whole text.
    """
    return _values_by(keys, text(pattern, allowed), allowed)


def texts(key: str, value: str, most: int, allowed: str) -> Kind:
    """Return the kind of a setting whose value is an object of at most `most` texts.

    The regular expression `key` must match each whole key, and the regular expression `value` each whole text.
    """
    keys, values = re.compile(key), text(value, allowed)

    def accepts(given: object) -> bool:
        members = cast("Mapping[object, object]", given if isinstance(given, Mapping) else {})
        return 0 < len(members) <= most and all(
            isinstance(name, str) and keys.fullmatch(name) and values.accepts(each) for name, each in members.items()
        )

    return Kind(allowed, accepts, json.loads)


def _values_by(keys: Sequence[str], kind: Kind, allowed: str, parse: Callable[[str], object] = json.loads) -> Kind:
    def accepts(value: object) -> bool:
        members = cast("Mapping[object, object]", value if isinstance(value, Mapping) else {})
        return bool(members) and all(key in keys and kind.accepts(each) for key, each in members.items())

    return Kind(allowed, accepts, parse)


def _list(accepts_name: Callable[[str], bool], allowed: str) -> Kind:
    def parse(text: str) -> tuple[str, ...]:
        items = json.loads(text)  # Pulumi converts a YAML list to JSON
        if not isinstance(items, list):
            raise ValueError  # noqa: TRY004 - the caller expects ValueError for every wrong form
        return tuple(cast("list[str]", items))

    def accepts(value: object) -> bool:
        chosen = cast("tuple[object, ...]", value) if isinstance(value, tuple) else ()
        found = [name for name in chosen if isinstance(name, str) and accepts_name(name)]
        return bool(chosen) and len(set(found)) == len(chosen)

    return Kind(allowed, accepts, parse)

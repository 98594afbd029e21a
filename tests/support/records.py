"""Frozen dataclasses with other values, for tests."""

from typing import TypeVar

T = TypeVar("T")


def changed(record: T, **values: object) -> T:
    """Return the same with other values; `dataclasses.replace` does not know what byte code holds."""
    return type(record)(**{**vars(record), **values})

"""A helper that copies frozen dataclasses with other values."""

from typing import TypeVar

T = TypeVar("T")


def changed(record: T, **values: object) -> T:
    """Return a copy with other values; `dataclasses.replace` does not work with the packaged byte code."""
    return type(record)(**{**vars(record), **values})

"""Records with other values, for tests."""

from typing import Any, TypeVar

from hookline.core.record import Record

AnyRecord = TypeVar("AnyRecord", bound=Record)


def changed(record: AnyRecord, **changes: Any) -> AnyRecord:
    """Return a record like another, with some values changed."""
    return type(record)(**{**vars(record), **changes})

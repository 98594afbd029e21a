"""DynamoDB with one table in memory."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

from support.fakes.errors import aws_error, client_error

Key = str | tuple[str, ...]
"""The values of an item's key attributes; of a single one, the value itself."""


class FakeTable:
    """A table that knows one condition: that no item has the same key. Two items make a page of a scan.

    Attributes:
        items: what is stored; None before the table is made.
        puts: how many were tried.
        error: raised in place of an answer.
        tells_held_item: whether a failed condition shows the item that is held.
    """

    def __init__(self, *key: str, made: bool = True, fails: Callable[..., Exception] = client_error) -> None:
        self.items: dict[Any, dict[str, Any]] | None = {} if made else None
        self.puts = 0
        self.error: Exception | None = None
        self.tells_held_item = True
        self._key_names, self._fails = key, fails
        self._lock = threading.Lock()

    @property
    def stored(self) -> dict[Any, dict[str, Any]]:
        """The items; fails as DynamoDB does where there is no table."""
        if self.error:
            raise self.error
        if self.items is None:
            raise self._fails("ResourceNotFoundException")
        return self.items

    def create_table(self, **_arguments: Any) -> dict[str, Any]:
        """Make the table, once."""
        if self.error:
            raise self.error
        if self.items is not None:
            raise self._fails("ResourceInUseException")
        self.items = {}
        return {}

    def put_item(self, **arguments: Any) -> dict[str, Any]:
        """Store an item; with a condition, only if its key is new."""
        with self._lock:
            self.puts += 1
            items, item = self.stored, arguments["Item"]
            key, condition = self._key(item), arguments.get("ConditionExpression")
            if condition and key in items:
                assert arguments["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
                shown = {"Item": items[key]} if self.tells_held_item else {}
                raise aws_error("ConditionalCheckFailedException", **shown)
            assert condition in {None, f"attribute_not_exists({self._key_names[0]})"}
            items[key] = item
        return {}

    def get_item(self, **arguments: Any) -> dict[str, Any]:
        """Return one item, or none."""
        item = self.stored.get(self._key(arguments["Key"]))
        return {"Item": item} if item else {}

    def delete_item(self, **arguments: Any) -> dict[str, Any]:
        """Remove an item, if it is there."""
        with self._lock:
            self.stored.pop(self._key(arguments["Key"]), None)
        return {}

    def get_paginator(self, operation: str) -> "FakeTable":
        """Return what makes the pages of a scan: the table itself."""
        assert operation == "scan"
        return self

    def paginate(self, **_arguments: Any) -> Iterator[dict[str, Any]]:
        """Yield all items, two to a page."""
        items = list(self.stored.values())
        yield from ({"Items": items[start : start + 2]} for start in range(0, len(items), 2))

    def _key(self, item: dict[str, Any]) -> Key:
        values = tuple(item[name]["S"] for name in self._key_names)
        return values[0] if len(values) == 1 else values


def outbox_table() -> FakeTable:
    """Return the table of the validator, as the functions' own client sees it."""
    return FakeTable("event_id", fails=aws_error)

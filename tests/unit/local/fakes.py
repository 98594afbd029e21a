"""An emulator's clients in memory, for the tests of local mode."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from hookline.local.cloud import Cloud, Credentials

CREDENTIALS = Credentials("AKIATEST", "secret")
ENDPOINT = "http://127.0.0.1:9"  # the discard port: nothing answers there


def error(code: str, status: int = 400) -> ClientError:
    """An AWS error with a code."""
    return ClientError(
        {"Error": {"Code": code, "Message": "words"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "AnOperation",
    )


class FakeTable:
    """DynamoDB with one table whose key is `stack` and `name`; two items make a page."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] | None = None
        self.failure: ClientError | None = None
        self._lock = threading.Lock()

    def create_table(self, **_arguments: Any) -> dict[str, Any]:
        """Makes the table, once."""
        self._fail(exists=False)
        if self.items is not None:
            raise error("ResourceInUseException")
        self.items = {}
        return {}

    def put_item(self, TableName: str, Item: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - AWS's names
        """Keeps an item."""
        with self._lock:
            self._there()[self._key(Item)] = Item
        return {}

    def get_item(self, TableName: str, Key: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        """One item, or none."""
        item = self._there().get(self._key(Key))
        return {"Item": item} if item else {}

    def delete_item(self, TableName: str, Key: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        """Drops an item."""
        with self._lock:
            self._there().pop(self._key(Key), None)
        return {}

    def get_paginator(self, _operation: str) -> FakeTable:
        """Itself."""
        return self

    def paginate(self, **_arguments: Any) -> Iterator[dict[str, Any]]:
        """All items, two to a page."""
        items = list(self._there().values())
        yield from ({"Items": items[start : start + 2]} for start in range(0, len(items), 2))

    def _there(self) -> dict[tuple[str, str], dict[str, Any]]:
        self._fail(exists=True)
        assert self.items is not None
        return self.items

    def _fail(self, *, exists: bool) -> None:
        if self.failure:
            raise self.failure
        if exists and self.items is None:
            raise error("ResourceNotFoundException")

    @staticmethod
    def _key(item: dict[str, Any]) -> tuple[str, str]:
        return item["stack"]["S"], item["name"]["S"]


Answer = Callable[[dict[str, Any]], dict[str, Any]] | dict[str, Any] | Exception


@dataclass
class FakeCloud(Cloud):
    """Answers calls from a script, and notes them; `dynamodb` is a real table in memory.

    Attributes:
        table: what keeps the state.
        answers: `operation` → the answer, an error, or a function of the arguments.
        calls: every other call: service, operation, arguments.
    """

    endpoint: str = ENDPOINT
    credentials: Credentials = CREDENTIALS
    table: FakeTable = field(default_factory=FakeTable)
    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def client(self, service: str) -> Any:
        """The table; any other client is the real one, with which nothing can be called."""
        return self.table if service == "dynamodb" else super().client(service)

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """The scripted answer, or an empty one."""
        if service == "dynamodb":
            return getattr(self.table, operation)(**arguments)
        self.calls.append((service, operation, arguments))
        answer = self.answers.get(operation, {})
        if isinstance(answer, Exception):
            raise answer
        return answer(arguments) if callable(answer) else answer

    def assuming(self, role_arn: str) -> Cloud:
        """Itself, after noting the role."""
        self.calls.append(("sts", "assume_role", {"RoleArn": role_arn}))
        return self

    def operations(self) -> list[str]:
        """The names of the operations called so far."""
        return [operation for _, operation, _ in self.calls]

"""A project on this machine, as the commands see it, without anything that runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unit.operate.fakes import FakeSqs

from hookline.errors import UserError


@dataclass
class FakeState:
    """The table in which local mode keeps its state, by `stack/name`."""

    items: dict[str, dict[str, Any]] = field(default_factory=dict)

    def get_paginator(self, _operation: str) -> FakeState:
        """Itself: it has one page."""
        return self

    def paginate(self, **_where: Any) -> Iterator[dict[str, Any]]:
        """All items."""
        yield {"Items": [self._item(key) for key in self.items]}

    def get_item(self, TableName: str, Key: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - AWS's names
        """One item, or none."""
        key = f"{Key['stack']['S']}/{Key['name']['S']}"
        return {"Item": self._item(key)} if key in self.items else {}

    def _item(self, key: str) -> dict[str, Any]:
        stack, name = key.split("/")
        return {"stack": {"S": stack}, "name": {"S": name}, "content": {"S": json.dumps(self.items[key])}}


@dataclass
class FakeCloud:
    """Clients of the embedded cloud; with an error, every use raises it."""

    state: FakeState = field(default_factory=FakeState)
    sqs: FakeSqs = field(default_factory=FakeSqs)
    error: Exception | None = None

    def client(self, service: str) -> Any:
        """The client of a service."""
        if self.error:
            raise self.error
        return {"dynamodb": self.state, "sqs": self.sqs}[service]

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """One call."""
        return getattr(self.client(service), operation)(**arguments)


@dataclass
class FakeEmulator:
    """A running emulator."""

    its_cloud: FakeCloud
    endpoint: str = "http://127.0.0.1:4566"
    pid: int = 4711

    def cloud(self) -> FakeCloud:
        """Its clients."""
        return self.its_cloud


@dataclass
class FakeHome:
    """Finds the emulator, if there is one."""

    emulator: FakeEmulator | None = None
    log: Path = Path("/project/.hookline/emulator.log")

    def find(self) -> FakeEmulator | None:
        """The emulator."""
        return self.emulator


@dataclass
class FakeProject:
    """A project."""

    home: FakeHome = field(default_factory=FakeHome)


@dataclass
class Recorder:
    """A function that notes its arguments, reports some progress, and returns or raises what it was given.

    Attributes:
        result: what it returns, or raises if it is an exception.
        progress: what it tells its last argument, if that can be told anything.
        calls: the arguments of each call.
    """

    result: Any
    progress: tuple[str, ...] = ("making", "a queue")
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def __call__(self, *arguments: Any) -> Any:
        """Notes the call."""
        self.calls.append(arguments)
        if callable(arguments[-1]):
            arguments[-1](*self.progress)
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result


def problem() -> UserError:
    """An error whose words would be markup to a careless printer."""
    return UserError("there is no [bold]such[/] thing :secret: ['a', 'b']")

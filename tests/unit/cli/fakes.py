"""A project on this machine, as the commands see it, without anything that runs."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unit.operate.fakes import FakeSqs, client_error

from hookline.local.emulator import LocalError


@dataclass
class FakeS3:
    """The objects in which local mode keeps its state, by key."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)

    def get_paginator(self, _operation: str) -> FakeS3:
        """Itself: it has one page."""
        return self

    def paginate(self, **_where: str) -> Iterator[dict[str, Any]]:
        """All keys."""
        yield {"Contents": [{"Key": key} for key in self.objects]}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3 names its arguments so
        """One object."""
        if Key not in self.objects:
            raise client_error("NoSuchKey", 404)
        return {"Body": io.BytesIO(json.dumps(self.objects[Key]).encode())}


@dataclass
class FakeCloud:
    """Clients of the embedded cloud; with an error, every use raises it."""

    s3: FakeS3 = field(default_factory=FakeS3)
    sqs: FakeSqs = field(default_factory=FakeSqs)
    error: Exception | None = None

    def client(self, service: str) -> Any:
        """The client of a service."""
        if self.error:
            raise self.error
        return {"s3": self.s3, "sqs": self.sqs}[service]

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


def problem() -> LocalError:
    """An error whose words would be markup to a careless printer."""
    return LocalError("there is no [bold]such[/] thing :secret: ['a', 'b']")

"""A project on this machine, without anything that runs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.fakes.emulator import FakeCloud

from hookline.errors import UserError
from hookline.local.provision.state import Record, State, prepare


@dataclass
class FakeEmulator:
    """A running emulator that has this cloud."""

    its_cloud: FakeCloud
    port: int = 4566
    pid: int = 4711

    @property
    def endpoint(self) -> str:
        """The URL of every AWS API."""
        return f"http://127.0.0.1:{self.port}"

    def cloud(self) -> FakeCloud:
        """Return its clients."""
        return self.its_cloud


@dataclass
class FakeHome:
    """Finds, starts and stops an emulator in name only.

    Attributes:
        running: the emulator, if there is one.
        events: what was started and stopped, in order.
    """

    running: FakeEmulator | None = None
    log: Path = Path("/project/.hookline/emulator.log")
    events: list[str] = field(default_factory=list)

    @contextmanager
    def exclusive(self) -> Generator[None]:
        """Let everybody in: nobody else is there."""
        yield

    def find(self) -> FakeEmulator | None:
        """Return the emulator that runs."""
        return self.running

    def start(self, port: int | None) -> FakeEmulator:
        """Start a new emulator."""
        self.events.append("start")
        self.running = FakeEmulator(FakeCloud(), port or 4566)
        return self.running

    def stop(self) -> bool:
        """End it."""
        self.events.append("stop")
        self.running = None
        return True


@dataclass
class FakeProject:
    """A program without a folder."""

    program: Callable[[], object] = print
    home: FakeHome = field(default_factory=FakeHome)

    def name(self) -> str:
        """Return its name."""
        return "shop"

    def config(self, _stack: str) -> dict[str, str]:
        """Return no settings."""
        return {}

    @property
    def cloud(self) -> FakeCloud:
        """The cloud of the running emulator."""
        assert self.home.running
        return self.home.running.its_cloud


def cloud_with(complete: Mapping[str, dict[str, Any]], incomplete: tuple[str, ...] = ()) -> FakeCloud:
    """Return an emulator's cloud that has these stacks.

    Args:
        complete: stack → its outputs.
        incomplete: stacks that were made in part.
    """
    cloud = FakeCloud()
    prepare(cloud)
    for stack in (*complete, *incomplete):
        State(cloud, stack).save(Record("urn:pulumi::a::b::c::d", 1, "digest"))
    for stack, outputs in complete.items():
        State(cloud, stack).save_outputs(outputs)
    return cloud


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

    def __call__(self, *arguments: Any, **_options: Any) -> Any:
        """Note the call."""
        self.calls.append(arguments)
        if callable(arguments[-1]):
            arguments[-1](*self.progress)
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result


def problem() -> UserError:
    """Return an error whose words would be markup to a careless printer."""
    return UserError("there is no [bold]such[/] thing :secret: ['a', 'b']")

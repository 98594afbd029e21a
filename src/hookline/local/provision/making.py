"""What passes between the provisioner and the small functions that make one type of resource each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hookline.local.cloud import Cloud
from hookline.local.provision.inputs import Inputs
from hookline.local.provision.state import Record, Undo


@dataclass(frozen=True)
class Made:
    """A resource that exists: its provider id and its output properties."""

    id: str
    outputs: dict[str, Any]


@dataclass
class Making:
    """What a maker works with while it creates one resource.

    Attributes:
        cloud: clients with root permissions.
        inputs: what the program gave; every input must be taken.
        tags: the provider's default tags and the resource's own.
        interrupted: True if an earlier creation was cut off by a crash, so that a nameless leftover may exist.
        record: of the resource.
        keep: stores the record, with one more undo if there is one, so that a crash leaves nothing unknown.
    """

    cloud: Cloud
    inputs: Inputs
    tags: dict[str, str]
    interrupted: bool
    record: Record
    keep: Callable[[Record, Undo | None], None]

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self.record.urn.split(":")[2]

    def announce(self) -> None:
        """Records that a creation begins that cannot be undone by name: after a crash, `interrupted` is true."""
        self.keep(self.record, None)

    def undo(self, service: str, operation: str, **arguments: Any) -> None:
        """Notes a call that removes what the next steps make; call it before them wherever the name is known.

        Raises:
            UnsupportedInput: if another resource has made the same thing.
        """
        self.keep(self.record, Undo(service, operation, arguments))

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Calls the emulator."""
        return self.cloud.call(service, operation, **arguments)


Maker = Callable[[Making], Made]
Updater = Callable[[Making, Made], Made | None]


@dataclass
class Changes:
    """What one run did, by URN."""

    made: list[str] = field(default_factory=list[str])
    updated: list[str] = field(default_factory=list[str])
    replaced: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    kept: list[str] = field(default_factory=list[str])

"""The types that the provisioner and the makers share. A maker is a function that makes one type of resource."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hookline.local.cloud import Cloud
from hookline.local.provision.inputs import Inputs
from hookline.local.provision.state import Record, Undo


@dataclass(frozen=True)
class Made:
    """An existing resource: its id and its output properties."""

    id: str
    outputs: dict[str, Any]


@dataclass
class Making:
    """The context in which a maker creates one resource.

    Attributes:
        cloud: clients with root permissions.
        inputs: the inputs from the program. The maker must take all of them.
        tags: the AWS provider's default tags and the resource's own tags.
        interrupted: True if a crash interrupted an earlier creation, so that an unrecorded resource can exist.
        record: the record of the resource.
        keep: saves the record, after adding the undo step if there is one.
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
        """Save the record before a creation without an undo by name. After a crash, `interrupted` is then True."""
        self.keep(self.record, None)

    def undo(self, service: str, operation: str, **arguments: Any) -> None:
        """Record the call that undoes the next step. If the name is known, do this before the step.

        Raises:
            UnsupportedInput: if another resource has the same undo step.
        """
        self.keep(self.record, Undo(service, operation, arguments))

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call the emulator."""
        return self.cloud.call(service, operation, **arguments)


Maker = Callable[[Making], Made]
Updater = Callable[[Making, Made], Made | None]


@dataclass
class Changes:
    """The URNs of the resources that one run made, updated, replaced, removed or kept."""

    made: list[str] = field(default_factory=list[str])
    updated: list[str] = field(default_factory=list[str])
    replaced: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    kept: list[str] = field(default_factory=list[str])

"""The types for making resources in the emulator. A maker is a function that makes resources of one type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hookline.local.cloud import Cloud
from hookline.local.provision.inputs import Inputs
from hookline.local.provision.state import Record, Undo


@dataclass(frozen=True)
class Made:
    """A resource that exists in the emulator: its id and its output properties."""

    id: str
    outputs: dict[str, Any]


@dataclass
class Making:
    """The data and methods with which a maker creates one resource in the emulator.

    Attributes:
        cloud: AWS clients with root permissions.
        inputs: the inputs from the Pulumi program. The maker must take all of them.
        tags: the AWS provider's default tags and the resource's own tags.
        interrupted: True if a crash interrupted an earlier creation of this resource. The emulator may then have a
            resource for which no undo step is recorded.
        record: the record of the resource.
        keep: saves the record. If an undo step is given, `keep` first adds it to the record.
    """

    cloud: Cloud
    inputs: Inputs
    tags: dict[str, str]
    interrupted: bool
    record: Record
    keep: Callable[[Record, Undo | None], None]

    @property
    def stack(self) -> str:
        """The name of the resource's stack."""
        return self.record.urn.split(":")[2]

    def announce(self) -> None:
        """Save the record before the creation of a resource whose id is not known yet.

        After a crash, the record is still there, so `interrupted` is True in the next `hookline up`.
        """
        self.keep(self.record, None)

    def undo(self, service: str, operation: str, **arguments: Any) -> None:
        """Record the AWS call that undoes one step of the resource's creation (an undo step).

        If the arguments of the AWS call are known before the creation step, call `undo` before that step.

        Raises:
            UnsupportedInput: if another resource has the same undo step.
        """
        self.keep(self.record, Undo(service, operation, arguments))

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call an AWS operation in the emulator, with root permissions."""
        return self.cloud.call(service, operation, **arguments)


Maker = Callable[[Making], Made]
Updater = Callable[[Making, Made], Made | None]


@dataclass
class Changes:
    """The URNs of the resources that one `hookline up` made, updated, replaced, removed or kept."""

    made: list[str] = field(default_factory=list[str])
    updated: list[str] = field(default_factory=list[str])
    replaced: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    kept: list[str] = field(default_factory=list[str])

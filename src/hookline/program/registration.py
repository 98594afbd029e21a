"""What a Pulumi program registers, and what answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Plain = dict[str, Any]


class ProgramError(Exception):
    """The program failed; the message is the first cause, by the resource's name where there is one."""


@dataclass(frozen=True)
class Registration:
    """One resource as the program registered it.

    Attributes:
        urn: Pulumi's unique name of the resource.
        type: the type token, such as `aws:sqs/queue:Queue`.
        name: the logical name.
        parent: the parent's URN; empty for the stack itself.
        custom: True for a cloud resource, False for a component.
        inputs: plain values; secrets unwrapped, whole numbers as `int`, archives as `wire.Archive`.
        dependencies: URNs that must exist before this resource.
        property_dependencies: input name → URNs from which its value came.
        provider: reference of the explicit provider (`urn::id`), or empty.
        protect: True if the program forbids its deletion.
        retain_on_delete: True if destroying the stack would leave it in the cloud.
    """

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: Plain
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    provider: str = ""
    protect: bool = False
    retain_on_delete: bool = False


class ResourceProvider(Protocol):
    """What creates the resources that a program registers."""

    def create(self, resource: Registration) -> tuple[str, Plain]:
        """Creates or reuses `resource`; returns its id and its output properties."""
        ...

    def invoke(self, token: str, args: Plain) -> Plain:
        """Answers a function call of the program, such as `aws:index/getRegion:getRegion`."""
        ...


@dataclass
class Deployment:
    """What a program registered and exported."""

    resources: list[Registration] = field(default_factory=list[Registration])
    outputs: Plain = field(default_factory=dict[str, Any])

    def by_type(self, type_token: str) -> list[Registration]:
        """All resources of one type, in the order of registration."""
        return [r for r in self.resources if r.type == type_token]

    def one(self, type_token: str, name_contains: str = "") -> Registration:
        """The only resource of a type whose logical name contains a text; raises `LookupError` otherwise."""
        found = [r for r in self.by_type(type_token) if name_contains in r.name]
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources of type {type_token} have '{name_contains}' in their name")
        return found[0]

"""The types for the resources of a Pulumi program, and for the object that creates these resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Plain = dict[str, Any]


class ProgramError(Exception):
    """The exception for a Pulumi program that failed. The message names the first cause, and its resource if known."""


@dataclass(frozen=True)
class Registration:
    """A resource that a Pulumi program registered.

    Attributes:
        urn: Pulumi's unique name of the resource.
        type: type token, such as `aws:sqs/queue:Queue`.
        name: logical name.
        parent: URN of the parent, empty for the stack itself.
        custom: True for a cloud resource, False for a component.
        inputs: plain Python values. Secrets are unwrapped, whole numbers are `int`, and archives are `wire.Archive`.
        dependencies: URNs of the resources that must exist before this resource.
        property_dependencies: input name → URNs of the resources that its value depends on.
        provider: reference (`urn::id`) of the Pulumi provider that the program chose, or empty for the default.
        protect: whether the program forbids the deletion of the resource.
        retain_on_delete: whether Pulumi keeps the cloud resource when it destroys the stack.
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
    """The type of an object that creates the resources of a Pulumi program."""

    def create(self, resource: Registration) -> tuple[str, Plain]:
        """Create the resource, or reuse an existing resource. Return its id and its outputs."""
        ...

    def invoke(self, token: str, args: Plain) -> Plain:
        """Return the result of a Pulumi function that the program calls, such as `aws:index/getRegion:getRegion`."""
        ...


@dataclass
class Deployment:
    """The resources and outputs of a Pulumi program after a run."""

    resources: list[Registration] = field(default_factory=list[Registration])
    outputs: Plain = field(default_factory=dict[str, Any])

    def by_type(self, type_token: str) -> list[Registration]:
        """Return all resources of a type, in the order in which the program registered them."""
        return [r for r in self.resources if r.type == type_token]

    def one(self, type_token: str, name_contains: str = "") -> Registration:
        """Return the only resource of a type whose logical name contains a text.

        Raises:
            LookupError: when there is no such resource, or more than one.
        """
        found = [r for r in self.by_type(type_token) if name_contains in r.name]
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources of type {type_token} have '{name_contains}' in their name")
        return found[0]

"""Makes what a program registers exist in the emulator: reuses, updates, replaces, removes.

A resource with the same inputs and untouched dependencies is reused. A Lambda function that changed is updated in
place. Anything else that changed is removed and made again, and so is what depends on it. What the program does not
register any more is removed last.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hookline.local.cloud import Cloud
from hookline.local.engine import Registration
from hookline.local.inputs import Inputs, UnsupportedInput
from hookline.local.removal import Progress, no_progress, remove
from hookline.local.state import Record, State, Undo
from hookline.local.wire import Archive

PROVIDER = "pulumi:providers:aws"


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
        keep: stores the record; called with each `undo`, so that a crash leaves nothing unknown.
    """

    cloud: Cloud
    inputs: Inputs
    tags: dict[str, str]
    interrupted: bool
    record: Record
    keep: Callable[[Record], None]

    def undo(self, service: str, operation: str, **arguments: Any) -> None:
        """Notes a call that removes what the next steps make; call it before them wherever the name is known."""
        self.record.undo.append(Undo(service, operation, arguments))
        self.keep(self.record)

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


class Provisioner:
    """The `Provider` of the in-process engine that works on an emulator."""

    def __init__(
        self,
        cloud: Cloud,
        state: State,
        makers: dict[str, Maker],
        updaters: dict[str, Updater],
        invokes: dict[str, Callable[[Cloud, dict[str, Any]], dict[str, Any]]],
        progress: Progress = no_progress,
    ) -> None:
        self.changes = Changes()
        self._cloud = cloud
        self._state = state
        self._makers = makers
        self._updaters = updaters
        self._invokes = invokes
        self._progress = progress
        self._before = state.load()
        self._order = max((r.order for r in self._before.values()), default=0)
        self._default_tags: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()
        self._seen: set[str] = set()

    def create(self, resource: Registration) -> tuple[str, dict[str, Any]]:
        """Reuses, updates or makes one resource; see the module's text."""
        self._seen.add(resource.urn)
        if resource.type == PROVIDER:
            return self._provider(resource)
        maker = self._makers.get(resource.type)
        if maker is None:
            raise UnsupportedInput("local mode does not know this resource type")
        before = self._before.get(resource.urn)
        digest = self._digest(resource)
        if before and before.ready and not self._touched(resource):
            if before.digest == digest:
                self.changes.kept.append(resource.urn)
                return before.id, before.outputs
            if updated := self._update(resource, before, digest):
                return updated.id, updated.outputs
        made = self._make(resource, maker, before, digest)
        return made.id, made.outputs

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """Answers a function call of the program."""
        if token not in self._invokes:
            raise UnsupportedInput("local mode does not know this function")
        return self._invokes[token](self._cloud, args)

    def remove_what_is_gone(self) -> None:
        """Removes everything that an earlier program registered and this one did not."""
        for record in reversed(list(self._before.values())):
            if record.urn not in self._seen:
                self._progress("removing", record.urn.rsplit("::", 1)[1])
                remove(self._cloud, self._state, record)
                self.changes.removed.append(record.urn)

    def _provider(self, resource: Registration) -> tuple[str, dict[str, Any]]:
        region = resource.inputs.get("region")
        if region not in {None, "us-east-1"}:
            raise UnsupportedInput(f"local mode has one region, us-east-1, and not {region!r}")
        identity = resource.name
        tags = json.loads(resource.inputs.get("defaultTags", "{}")).get("tags", {})
        self._default_tags[f"{resource.urn}::{identity}"] = tags
        return identity, {}

    def _touched(self, resource: Registration) -> bool:
        changed = {*self.changes.replaced, *self.changes.made}
        return not changed.isdisjoint(resource.dependencies)

    def _update(self, resource: Registration, before: Record, digest: str) -> Made | None:
        updater = self._updaters.get(resource.type)
        if updater is None:
            return None
        making = self._making(resource, before)
        made = updater(making, Made(before.id, before.outputs))
        if made is None:
            return None
        making.inputs.finish()
        self._progress("updating", resource.name)
        before.digest, before.outputs = digest, made.outputs
        self._state.save(before)
        self.changes.updated.append(resource.urn)
        return made

    def _make(self, resource: Registration, maker: Maker, before: Record | None, digest: str) -> Made:
        self._progress("replacing" if before else "making", resource.name)
        if before:
            remove(self._cloud, self._state, before)
        record = Record(resource.urn, self._next(), digest)
        making = self._making(resource, record)
        making.interrupted = before is not None and not before.ready
        self._state.save(record)
        made = maker(making)
        making.inputs.finish()
        record.id, record.outputs, record.ready = made.id, made.outputs, True
        self._state.save(record)
        (self.changes.replaced if before else self.changes.made).append(resource.urn)
        return made

    def _making(self, resource: Registration, record: Record) -> Making:
        inputs = Inputs(resource.inputs)
        inputs.take("region", None)  # an input that pulumi-aws gives every resource
        own = inputs.take("tags", {})
        tags = {**self._default_tags.get(resource.provider, {}), **own}
        return Making(self._cloud, inputs, tags, interrupted=False, record=record, keep=self._state.save)

    def _next(self) -> int:
        with self._lock:
            self._order += 1
            return self._order

    def _digest(self, resource: Registration) -> str:
        text = json.dumps(
            [resource.type, resource.inputs, self._default_tags.get(resource.provider, {})],
            sort_keys=True,
            default=_jsonable,
        )
        return hashlib.sha256(text.encode()).hexdigest()


def _jsonable(value: object) -> object:
    if isinstance(value, Archive):
        return {path: hashlib.sha256(content).hexdigest() for path, content in value.files.items()}
    raise TypeError(f"an input of type {type(value).__name__} has no fingerprint")

"""The provisioner makes the resources in the emulator match the Pulumi program.

The provisioner keeps a resource whose inputs have not changed. It updates a changed Lambda function or queue in
place. It removes any other changed resource and makes it again, together with the resources that depend on it. Last, it
removes the resources that the program no longer registers. The provisioner writes a record before and after each step,
so that the next `hookline up` can repair an interrupted step.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from typing import Any

from hookline.local.cloud import Cloud
from hookline.local.provision.builder import Builder, provider_tags
from hookline.local.provision.inputs import UnsupportedInput
from hookline.local.provision.making import Changes, Made, Maker, Making, Updater
from hookline.local.provision.removal import Progress, no_progress
from hookline.local.provision.state import Record, State
from hookline.program.registration import Registration
from hookline.program.wire import Archive

PROVIDER = "pulumi:providers:aws"
STACK = "pulumi:pulumi:Stack"
READ_RESOURCES = "pulumi:pulumi:readStackResourceOutputs"
"""The function of Pulumi's engine that returns the resources of a stack as the last `up` left them."""


class Provisioner:
    """The part of local mode that makes the resources of a Pulumi program in the emulator."""

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
        self._builder = Builder(cloud, state)
        self._order = max((r.order for r in self._before.values()), default=0)
        self._default_tags: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()
        self._removing = threading.RLock()
        self._removed: set[str] = set()
        self._seen: set[str] = set()

    def create(self, resource: Registration) -> tuple[str, dict[str, Any]]:
        """Keep, update or make a resource, so that it matches the program. Return the resource's id and outputs."""
        self._seen.add(resource.urn)
        if resource.type == PROVIDER:
            return self._provider(resource)
        maker = self._makers.get(resource.type)
        if maker is None:
            raise UnsupportedInput("local mode does not know this resource type")
        record = self._reuse(resource) or self._make(resource, maker)
        return record.id, record.outputs

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """Return the result of a Pulumi function that the program calls, such as `getRegion`."""
        if token == READ_RESOURCES:
            return {"outputs": self._last_up()}
        if token not in self._invokes:
            raise UnsupportedInput("local mode does not know this function")
        return self._invokes[token](self._cloud, args)

    def _last_up(self) -> dict[str, Any]:
        """Return the resources of the last `hookline up`, and its outputs, as URN → type and outputs."""
        resources = {urn: {"type": record.type, "outputs": record.outputs} for urn, record in self._before.items()}
        return {**resources, STACK: {"type": STACK, "outputs": self._state.outputs() or {}}}

    def remove_what_is_gone(self) -> None:
        """Remove the resources of an earlier `hookline up` that the program does not register any more."""
        for record in reversed(list(self._before.values())):
            if record.urn not in self._seen:
                self._progress("removing", record.name)
                self._remove(record)
                self.changes.removed.append(record.urn)

    def mark_changed(self, urn: str) -> None:
        """Mark a resource as changed, so that the next `hookline up` updates it or makes it again."""
        record = self._state.load()[urn]
        record.digest = ""
        self._state.save(record)

    def _provider(self, resource: Registration) -> tuple[str, dict[str, Any]]:
        identity = resource.name
        self._default_tags[f"{resource.urn}::{identity}"] = provider_tags(resource.inputs)
        return identity, {}

    def _reuse(self, resource: Registration) -> Record | None:
        """Return a resource's record if the resource is unchanged or was updated. Return None if it must be made."""
        before, digest = self._before.get(resource.urn), self._digest(resource)
        if before is None or not before.ready:
            return None
        if before.digest != digest:
            return self._update(resource, before, digest)
        if before.dependencies != [*resource.dependencies]:
            before.dependencies = [*resource.dependencies]
            self._state.save(before)
        self.changes.kept.append(resource.urn)
        return before

    def _update(self, resource: Registration, before: Record, digest: str) -> Record | None:
        updater = self._updaters.get(resource.type)
        if updater is None or not set(before.arguments) <= set(resource.inputs):
            # Nothing can update this resource type, or the program removed an input and an update would keep its value.
            return None
        making = self._start(resource, before)
        before.digest = ""  # if the update is interrupted, the resource must not look unchanged
        self._state.save(before)
        made = updater(making, Made(before.id, before.outputs))
        if made is None:
            return None
        making.inputs.finish()
        self._progress("updating", resource.name)
        before.digest, before.outputs = digest, made.outputs
        before.arguments, before.dependencies = sorted(resource.inputs), [*resource.dependencies]
        self._state.save(before)
        self.changes.updated.append(resource.urn)
        return before

    def _make(self, resource: Registration, maker: Maker) -> Record:
        before = self._before.get(resource.urn)
        self._progress("replacing" if before else "making", resource.name)
        arguments, dependencies = sorted(resource.inputs), [*resource.dependencies]
        record = Record(resource.urn, self._next(), self._digest(resource), arguments, dependencies)
        making = self._start(resource, record)
        if before:
            making.interrupted = not before.ready and before.urn not in self._removed
            self._remove(before)
        self._builder.make(maker, making)
        (self.changes.replaced if before else self.changes.made).append(resource.urn)
        return record

    def _start(self, resource: Registration, record: Record) -> Making:
        return self._builder.start(record, resource.inputs, self._default_tags.get(resource.provider, {}))

    def _remove(self, record: Record) -> None:
        """Remove the dependents of a resource, and then the resource. Do nothing if it is already removed."""
        with self._removing:  # another thread can be removing the same dependents
            if record.urn in self._removed:
                return
            self._removed.add(record.urn)
            for other in reversed(self._before.values()):
                if record.urn in other.dependencies:
                    self._remove(other)
            self._builder.remove(record)

    def _next(self) -> int:
        with self._lock:
            self._order += 1
            return self._order

    def _digest(self, resource: Registration) -> str:
        """Return a fingerprint of the resource's type, inputs and default tags."""
        tags = self._default_tags.get(resource.provider, {})
        text = json.dumps([resource.type, resource.inputs, tags], sort_keys=True, default=_jsonable)
        return hashlib.sha256(text.encode()).hexdigest()


def _jsonable(value: object) -> object:
    if isinstance(value, Archive):
        return {path: hashlib.sha256(content).hexdigest() for path, content in value.files.items()}
    raise TypeError(f"local mode cannot compare an input of type {type(value).__name__}")

"""The part of local mode that makes one resource in the emulator, and records how to remove it."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from hookline.local.cloud import REGION, Cloud, exists_already
from hookline.local.provision.inputs import Inputs, UnsupportedInput
from hookline.local.provision.making import Made, Maker, Making
from hookline.local.provision.removal import remove
from hookline.local.provision.state import Record, Records, Undo, owners


class Builder:
    """Makes and removes single resources in the emulator. Threads can share an instance.

    Args:
        cloud: AWS clients with root permissions.
        records: where the records of the resources are kept.
    """

    def __init__(self, cloud: Cloud, records: Records) -> None:
        self._cloud = cloud
        self._records = records
        self._owners = owners(cloud)
        self._lock = threading.Lock()

    def start(self, record: Record, values: Mapping[str, Any], default_tags: Mapping[str, str]) -> Making:
        """Return what a maker or an updater needs.

        Args:
            record: the record of the resource.
            values: the resource's inputs.
            default_tags: the AWS provider's default tags.

        Raises:
            UnsupportedInput: if the resource is in a region that local mode does not support.
        """
        inputs = Inputs(values)
        inputs.expect("region", REGION)  # pulumi-aws gives every resource this input
        tags = {**default_tags, **inputs.take("tags", {})}
        return Making(self._cloud, inputs, tags, interrupted=False, record=record, keep=self._keep)

    def make(self, maker: Maker, making: Making) -> None:
        """Make a resource, and complete its record.

        Raises:
            UnsupportedInput: if local mode does not support an input, or another resource has the name already.
            botocore.exceptions.ClientError: if the emulator rejects a call.
        """
        made = self._call(maker, making)
        making.inputs.finish()
        record = making.record
        record.id, record.outputs, record.ready = made.id, made.outputs, True
        self._records.save(record)

    def remove(self, record: Record) -> None:
        """Remove a resource from the emulator, and then its record. Ignore parts that do not exist any more."""
        remove(self._cloud, self._records, record)
        with self._lock:
            for step in record.undo:
                self._owners.pop(step.key, None)

    def _call(self, maker: Maker, making: Making) -> Made:
        try:
            return maker(making)
        except ClientError as error:
            if exists_already(error) and making.record.undo:
                making.record.undo.pop()  # another program made the existing resource, so do not remove it
                self._records.save(making.record)
            raise

    def _keep(self, record: Record, step: Undo | None) -> None:
        if step:
            self._own(record, step)
            record.undo.append(step)
        self._records.save(record)

    def _own(self, record: Record, step: Undo) -> None:
        with self._lock:
            owner = self._owners.setdefault(step.key, record.urn)
        if owner != record.urn:
            stack, name = owner.split(":")[2], owner.rsplit("::", 1)[1]
            raise UnsupportedInput(f"{name} of the stack {stack} has this name already in the emulator")


def provider_tags(inputs: Mapping[str, Any]) -> dict[str, str]:
    """Return the default tags in the inputs of an AWS provider.

    Raises:
        UnsupportedInput: if the provider has a region that local mode does not support.
    """
    region = inputs.get("region")
    if region not in {None, REGION}:
        raise UnsupportedInput(f"local mode supports only the region {REGION}, not {region!r}")
    return json.loads(inputs.get("defaultTags", "{}")).get("tags", {})

"""Removal of resources from the emulator.

The record of a resource has its undo steps: the AWS calls that remove the resource. So removal does not need the Pulumi
program.
"""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import ClientError

from hookline.local.cloud import Cloud, is_missing
from hookline.local.provision.state import Record, Records, State, Undo

Progress = Callable[[str, str], None]
EMPTY_BUCKET = "empty_bucket"
"""The name of the undo step that removes every object of a bucket. AWS has no such operation."""


def no_progress(_verb: str, _name: str) -> None:
    """Ignore a progress message."""


def remove(cloud: Cloud, records: Records, record: Record) -> None:
    """Remove a resource from the emulator, and then its record. Ignore parts that do not exist any more."""
    if record.ready:
        record.ready = False  # if the removal is interrupted, the resource must not look complete
        records.save(record)
    for step in reversed(record.undo):
        try:
            _take_back(cloud, step)
        except ClientError as error:
            if not is_missing(error):
                raise
    records.forget(record)


def _take_back(cloud: Cloud, step: Undo) -> None:
    if step.operation != EMPTY_BUCKET:
        cloud.call(step.service, step.operation, **step.arguments)
        return
    for page in cloud.client("s3").get_paginator("list_objects_v2").paginate(**step.arguments):
        if objects := [{"Key": item["Key"]} for item in page.get("Contents", [])]:
            cloud.call("s3", "delete_objects", Delete={"Objects": objects}, **step.arguments)


def remove_all(cloud: Cloud, state: State, progress: Progress = no_progress) -> list[str]:
    """Remove all resources of a stack from the emulator, the newest first. Return the URNs of these resources."""
    state.forget_outputs()
    records = list(reversed(state.load().values()))
    for record in records:
        progress("removing", record.name)
        remove(cloud, state, record)
    return [record.urn for record in records]

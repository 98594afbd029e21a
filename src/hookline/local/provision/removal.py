"""Removal of resources with the undo steps in their records, without the program."""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import ClientError

from hookline.local.cloud import Cloud, is_missing
from hookline.local.provision.state import Record, State, Undo

Progress = Callable[[str, str], None]
EMPTY_BUCKET = "empty_bucket"
"""An undo step that removes every object of a bucket. It is not an AWS operation."""


def no_progress(_verb: str, _name: str) -> None:
    """Show no progress."""


def remove(cloud: Cloud, state: State, record: Record) -> None:
    """Remove a resource and its record. Ignore parts that do not exist any more."""
    if record.ready:
        record.ready = False  # after a crash from here on, the resource must not look complete
        state.save(record)
    for step in reversed(record.undo):
        try:
            _take_back(cloud, step)
        except ClientError as error:
            if not is_missing(error):
                raise
    state.forget(record)


def _take_back(cloud: Cloud, step: Undo) -> None:
    if step.operation != EMPTY_BUCKET:
        cloud.call(step.service, step.operation, **step.arguments)
        return
    for page in cloud.client("s3").get_paginator("list_objects_v2").paginate(**step.arguments):
        if objects := [{"Key": item["Key"]} for item in page.get("Contents", [])]:
            cloud.call("s3", "delete_objects", Delete={"Objects": objects}, **step.arguments)


def remove_all(cloud: Cloud, state: State, progress: Progress = no_progress) -> list[str]:
    """Remove all resources of a stack, the newest first. Return their URNs."""
    state.forget_outputs()
    records = list(reversed(state.load().values()))
    for record in records:
        progress("removing", record.name)
        remove(cloud, state, record)
    return [record.urn for record in records]

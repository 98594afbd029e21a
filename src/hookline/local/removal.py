"""Takes back what local mode has made: by the calls in its records, without the program."""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import ClientError

from hookline.local.cloud import Cloud, is_missing
from hookline.local.state import Record, State

Progress = Callable[[str, str], None]


def no_progress(_verb: str, _name: str) -> None:
    """Shows nothing."""


def remove(cloud: Cloud, state: State, record: Record) -> None:
    """Takes back one resource and forgets it; what is gone already is no error."""
    if record.ready:
        record.ready = False  # cut off from here on, it must not look whole
        state.save(record)
    for step in reversed(record.undo):
        try:
            cloud.call(step.service, step.operation, **step.arguments)
        except ClientError as error:
            if not is_missing(error):
                raise
    state.forget(record)


def remove_all(cloud: Cloud, state: State, progress: Progress = no_progress) -> list[str]:
    """Takes back a whole stack, the newest first; returns the URNs."""
    state.forget_outputs()
    records = list(reversed(state.load().values()))
    for record in records:
        progress("removing", record.name)
        remove(cloud, state, record)
    return [record.urn for record in records]

"""A warning before `pulumi up` deletes data. It compares the program with what the last `up` left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any, NamedTuple

import pulumi
from pulumi.runtime import invoke, register_stack_transformation
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

STACK = "pulumi:pulumi:Stack"
READ_RESOURCES = "pulumi:pulumi:readStackResourceOutputs"
"""The function of Pulumi's engine that returns the resources of a stack with their outputs."""

LOSS = "this change loses data."
CANNOT_COMPARE = "hookline cannot read what the last `pulumi up` made, so it does not warn before data is deleted"

LOSSES = {
    "aws:cloudwatch/eventArchive:EventArchive": ("bus archives", "nobody can replay their events"),
    "aws:cloudwatch/eventBus:EventBus": ("event buses", "your own rules on them get no more events"),
    "aws:cloudwatch/logGroup:LogGroup": ("log groups", "with their log lines"),
    "aws:dynamodb/table:Table": ("tables", "hookline forgets their events, and accepts a copy of each as new"),
    "aws:kms/key:Key": ("KMS keys", "nobody can read what they encrypt"),
    "aws:s3/bucket:Bucket": ("buckets", "with their bodies"),
    "aws:secretsmanager/secret:Secret": ("secrets", "with their signing secrets"),
    "aws:sqs/queue:Queue": ("queues", "with their messages"),
}
"""Type of a resource that holds data → such resources, and what their deletion means."""

NEVER = "never"
"""The value of the output `archive_expiry_days` for an archive whose bodies do not expire."""

PERIODS = {
    "archive_expiry_days": ("archiveExpiryDays", "S3 deletes the bodies in the archive that are older"),
    "bus_archive_days": ("busArchiveDays", "EventBridge deletes the events in the bus archive that are older"),
    "provider_log_days": ("providerLogDays", "CloudWatch deletes the log lines of the providers system that are older"),
    "transaction_log_days": (
        "transactionLogDays",
        "CloudWatch deletes the log lines of the transactions system that are older",
    ),
}
"""Output of the stack with a number of days → its setting, and what a smaller number means."""


class _Resource(NamedTuple):
    type: str
    name: str


class LastUp:
    """What the last `pulumi up` of this stack made. Construct it before the program's first resource."""

    def __init__(self) -> None:
        self._before = _read_resources()
        self._kept: set[_Resource] = set()
        register_stack_transformation(self._keep)

    def warn_of_losses(self, outputs: Mapping[str, Any]) -> None:
        """Log a warning for each kind of data that this `up` deletes. Each has one line, because the CLI shows no more.

        Call this after the program's last resource, because Pulumi deletes what a program no longer has only after the
        program has ended.

        Args:
            outputs: the outputs of the stack, as name → value.
        """
        stacks = [found for resource, found in self._before.items() if resource.type == STACK]
        before: dict[str, Any] = stacks[0] if stacks else {}
        for loss in (*self._deleted(), *_shortened(before, outputs), *_taken_out(before, outputs)):
            pulumi.log.warn(f"{LOSS} {loss}")

    def _keep(self, args: pulumi.ResourceTransformationArgs) -> None:
        self._kept.add(_Resource(args.type_, args.name))

    def _deleted(self) -> Iterator[str]:
        for kind, (nouns, meaning) in LOSSES.items():
            names = sorted(each.name for each in self._before if each.type == kind and each not in self._kept)
            if names:
                yield f"It deletes {nouns} ({meaning}): {', '.join(names)}"


def _read_resources() -> dict[_Resource, dict[str, Any]]:
    """Return the resources of the last `up` with their outputs; none at the first `up`, and if they cannot be read.

    In a unit test with Pulumi's mocks, there is no last `up`.
    """
    if isinstance(get_monitor(), MockMonitor):
        return {}
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    try:
        answer: dict[str, dict[str, Any]] = invoke(READ_RESOURCES, {"stackName": name}).value or {}
    except Exception as error:  # noqa: BLE001 - no failure of the warning may stop an `up`
        pulumi.log.warn(f"{CANNOT_COMPARE}: {error}")
        return {}
    found = answer.get("outputs", {}).items()
    return {_Resource(each["type"], urn.rpartition("::")[2]): each["outputs"] for urn, each in found}


def _shortened(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield what fewer days of a period mean. With 0 days, a resource is deleted, which is a loss of its own."""
    for name, (setting, meaning) in PERIODS.items():
        was, days = _days(before, name), _days(now, name)
        if 0 < days < was:
            yield f"{setting} is {days:g} instead of {NEVER if was == inf else f'{was:g}'}: {meaning}"


def _days(outputs: Mapping[str, Any], name: str) -> float:
    """Return the days of a period; 0 for a period that the stack does not have."""
    days = outputs.get(name, NEVER if name == "archive_expiry_days" else 0)
    return inf if days == NEVER else float(days)


def _taken_out(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Yield what it means that the list of providers is shorter. Without the providers system, other data is lost."""
    gone = [each for each in before.get("providers", ()) if each not in now.get("providers", before["providers"])]
    if gone:
        yield (
            f"It takes out {', '.join(gone)}: API Gateway refuses their deliveries, and the log group of the bus does "
            "not get their events that still wait in the queue"
        )

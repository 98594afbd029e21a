"""Code that reads what a provider's webhook led to in a stack: archived body, webhook record and bus events."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from botocore.exceptions import ClientError

from hookline.core.webhooks import outcome_event
from hookline.errors import UserError
from hookline.local.cloud import is_missing
from hookline.operate.target import Target

PAUSE_SECONDS = 0.2
LOG_GROUP_OUTPUT = "provider_log_group_name"


@dataclass(frozen=True)
class Observer:
    """A reader of the effects of provider webhooks in a stack: archive, webhook records and bus events.

    Attributes:
        target: the stack.
        since: Unix time in milliseconds; bus events that were logged earlier are ignored.
    """

    target: Target
    since: int

    def archived(self, key: str) -> bytes | None:
        """Return the body that the archive stores under a key, or None if the archive has no such key."""
        bucket = self.target.outputs["s3_bucket_name"]
        try:
            return self.target.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if is_missing(error):
                return None
            raise

    def record(self, key: str) -> dict[str, str]:
        """Return the webhook record with a given record key, as attribute → text. Return {} if there is none."""
        answer = self.target.client("dynamodb").get_item(
            TableName=self.target.outputs["dynamodb_table_name"], Key={"key": {"S": key}}, ConsistentRead=True
        )
        return {name: str(next(iter(value.values()))) for name, value in answer.get("Item", {}).items()}

    def bus_events(self) -> list[dict[str, Any]]:
        """Return the providers' events that are in the log group of the bus since `since`, in the order of the log."""
        return [event for event in self.logged() if event.get("source") != outcome_event.SOURCE]

    def outcomes(self) -> list[dict[str, Any]]:
        """Return the details of the outcome events that are in the log group of the bus since `since`."""
        return [event["detail"] for event in self.logged() if event.get("source") == outcome_event.SOURCE]

    def logged(self) -> list[dict[str, Any]]:
        """Return all events that are in the log group of the bus since `since`, in the order of the log."""
        pages = self.target.client("logs").get_paginator("filter_log_events")
        group = self.target.outputs[LOG_GROUP_OUTPUT]
        try:
            found = [
                json.loads(event["message"])
                for page in pages.paginate(logGroupName=group, startTime=self.since)
                for event in page["events"]
            ]
        except ClientError as error:
            if is_missing(error):
                return []
            raise
        return [cast("dict[str, Any]", event) for event in found if isinstance(event, dict)]

    def on_bus(self) -> Counter[str]:
        """Return how often each event is in the log group of the bus since `since`, as `provider:event id` → count."""
        details = [event["detail"] for event in self.bus_events()]
        return Counter(f"{detail['provider']}:{detail['event_id']}" for detail in details)

    def wait_for_bus(self, names: Iterable[str], seconds: float) -> set[str]:
        """Wait until the bus has logged some given events. Return the events that it has not logged after `seconds`.

        Args:
            names: the events, each as `provider:event id`.
            seconds: maximum time to wait.
        """
        wanted = set(names)
        poll(lambda: wanted <= self.on_bus().keys(), seconds)
        return wanted - self.on_bus().keys()

    def wait_for_count(self, name: str, count: int, seconds: float) -> bool:
        """Wait until the bus has delivered an event `count` times; return False if that takes longer than `seconds`.

        Args:
            name: the event, as `provider:event id`.
            count: minimum number of deliveries.
            seconds: maximum time to wait.
        """
        return poll(lambda: self.on_bus()[name] >= count, seconds)


def observer(target: Target) -> Observer:
    """Return an observer of a stack. The observer ignores bus events that were logged before this call.

    Raises:
        UserError: if the stack has the providers system, but no log group of the bus.
    """
    if target.has_providers and LOG_GROUP_OUTPUT not in target.outputs:
        raise UserError("the stack has no log group in which to look for bus events: set hookline:logEvents to true")
    return Observer(target, int(time.time() * 1000))


def poll(what: Callable[[], bool], seconds: float, pause: float = PAUSE_SECONDS) -> bool:
    """Call a function until it returns True. Return False if the function still returns False after `seconds`."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True

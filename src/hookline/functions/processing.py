"""Processing: publishes the events of the FIFO queue on the bus, in order within each message group.

Processing publishes an event only after all earlier events of the event's message group. So processing works in rounds,
and each round publishes the first remaining event of every group. When an event fails, processing returns this event
and the rest of its group to the queue. SQS delivers these events again in the same order. There is one exception. If
the failed event is at its last receive, SQS moves it to the dead-letter queue, and processing continues with the next
event of the group.

Processing can publish an event twice, so consumers must be idempotent by ``detail.key``. When the remaining time of the
invocation is too short, processing returns the remaining events to the queue.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol

from hookline.core.providers.contract import BookingRules
from hookline.core.sender_mapping import read_mappings
from hookline.core.transactions.booking import rules_for
from hookline.core.values.redact import loggable_id
from hookline.functions.aws import clients
from hookline.functions.aws.deadline import DEADLINE
from hookline.functions.bus import Bus
from hookline.functions.providers.envelopes import (
    ARCHIVE_CHANGED,
    METRICS,
    OLD_VERSION,
    UNBOOKED,
    Bodies,
    Envelope,
    Envelopes,
    Message,
    Unreadable,
)
from hookline.functions.telemetry import Telemetry


class Context(Protocol):
    """The Lambda context of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda stops the invocation."""
        ...


MAX_RECEIVES = 3
"""Maximum number of receives of a message (``maxReceiveCount``).

If the message fails at its last receive, SQS moves it to the dead-letter queue.
"""

RESERVE_MILLISECONDS = 10_000
"""Minimum remaining time of the invocation, in milliseconds, to start another event.

The time is enough to read the largest body from the archive and to call EventBridge, with retries. An invocation must
handle at least four events of a batch of ten. Otherwise, the last ones reach ``MAX_RECEIVES`` before their turn. With
this reserve, an event may take 6.6 seconds.
"""

MAX_LOGGED_IDS = 10
"""Maximum number of failed message ids, and of unbooked event keys, in a log line."""


@dataclass(frozen=True)
class Batch:
    """The state of an SQS batch while processing publishes its events.

    Attributes:
        remaining: returns the milliseconds until Lambda stops this invocation.
        bodies: archive key → decoded body, only for bodies that contain several events.
        published: the published events.
    """

    remaining: Callable[[], int]
    bodies: Bodies
    published: list[Envelope]


@dataclass(frozen=True)
class Processing:
    """The dependencies of processing.

    Attributes:
        envelopes: builds the bus event of a delivery message.
        bus: the bus on which events are published.
        telemetry: the writer of log lines.
        now: returns the current time, with a time zone.
    """

    envelopes: Envelopes
    bus: Bus
    telemetry: Telemetry
    now: Callable[[], datetime]


def respond(
    processing: Processing, event: Mapping[str, Any], remaining: Callable[[], int]
) -> dict[str, list[dict[str, str]]]:
    """Publish the events of an SQS batch on the bus, and write the log line of the batch.

    Args:
        processing: the dependencies.
        event: an SQS event of a FIFO queue.
        remaining: returns the milliseconds until Lambda stops this invocation.

    Returns:
        A partial batch response with the ids of the failed messages, which SQS delivers again.

    Raises:
        RuntimeError: after a bug in the code. SQS delivers the whole batch again.
    """
    try:
        return _process(processing, event["Records"], Batch(remaining, {}, []))
    except Exception as bug:  # noqa: BLE001 - the message may contain sensitive values, so only the type is used
        _emit(processing, {"error": type(bug).__name__}, {"Published": 0, "PublishFailures": 1}, {})
        raise RuntimeError(f"the batch was not processed: {type(bug).__name__}") from None


def _process(processing: Processing, records: Sequence[Message], batch: Batch) -> dict[str, list[dict[str, str]]]:
    waiting = _by_group(records)
    returned: dict[str, str] = {}
    while waiting:
        failures = _publish_round(processing, [group[0] for group in waiting], batch)
        for group in waiting:
            returned |= _given_back(group, failures)
        waiting = [group[1:] for group in waiting if group[1:] and group[1]["messageId"] not in returned]
    _report(processing, batch.published, returned)
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in returned]}


def _given_back(group: Sequence[Message], failures: Mapping[str, str]) -> dict[str, str]:
    """Return message id → error code of the messages of one message group that go back to the queue.

    Args:
        group: the remaining messages of a message group. Processing has just tried to publish the first message.
        failures: message id → error code of the messages that processing has just failed to publish.
    """
    identifier = group[0]["messageId"]
    if identifier not in failures:
        return {}
    # If a message fails at its last receive, SQS moves it to the dead-letter queue. The later messages of its group
    # have the same number of receives. If they also went back, SQS would move them to the dead-letter queue too.
    is_last = int(group[0]["attributes"].get("ApproximateReceiveCount", "1")) >= MAX_RECEIVES
    behind = {} if is_last else {message["messageId"]: "Behind" for message in group[1:]}
    return {identifier: failures[identifier], **behind}


def _by_group(records: Sequence[Message]) -> list[list[Message]]:
    groups: dict[str, list[Message]] = {}
    for record in records:
        groups.setdefault(record["attributes"]["MessageGroupId"], []).append(record)
    return list(groups.values())


def _publish_round(processing: Processing, messages: Sequence[Message], batch: Batch) -> dict[str, str]:
    """Publish one message of each message group. Return message id → error code of each failed message."""
    failures: dict[str, str] = {}
    envelopes: dict[str, Envelope] = {}
    for message in messages:
        if batch.remaining() < RESERVE_MILLISECONDS:
            failures[message["messageId"]] = "OutOfTime"
            continue
        try:
            envelopes[message["messageId"]] = processing.envelopes.read(message, batch.bodies)
        except Unreadable as unreadable:
            failures[message["messageId"]] = unreadable.code
    failures |= _publish(processing.bus, envelopes)
    batch.published.extend(envelope for name, envelope in envelopes.items() if name not in failures)
    return failures


def _publish(bus: Bus, envelopes: Mapping[str, Envelope]) -> dict[str, str]:
    """Publish bus events with their outcome events. Return message id → error code of each message that failed.

    A message has failed if any of its events failed. Then all of them are published again.
    """
    events = {name: envelope.event for name, envelope in envelopes.items()}
    for name, envelope in envelopes.items():
        events |= {f"{name} {number}": outcome for number, outcome in enumerate(envelope.outcomes)}
    return {name.partition(" ")[0]: code for name, code in bus.publish(events).items()}


def _report(processing: Processing, published: Sequence[Envelope], returned: Mapping[str, str]) -> None:
    durations: dict[str, int] = {}
    if published:
        waited = processing.now() - min([envelope.received_at for envelope in published])
        durations["LatencyMs"] = max(0, round(waited.total_seconds() * 1000))
    codes = list(returned.values())
    fields: dict[str, object] = {
        "errors": {code: codes.count(code) for code in codes} or None,
        "failed_message_ids": [*returned][:MAX_LOGGED_IDS] or None,
    }
    counts = {"Published": len(published), "PublishFailures": len(returned)}
    if ARCHIVE_CHANGED in codes:
        counts[ARCHIVE_CHANGED] = codes.count(ARCHIVE_CHANGED)
    counted = [metric for envelope in published for metric in envelope.metrics]
    counts |= {metric: counted.count(metric) for metric in METRICS if metric in counted}
    if unbooked := [loggable_id(envelope.key) for envelope in published if UNBOOKED in envelope.metrics]:
        fields["unbooked"] = unbooked[:MAX_LOGGED_IDS]
    if old := [envelope.provider for envelope in published if OLD_VERSION in envelope.metrics]:
        fields["old_versions"] = {name: old.count(name) for name in old}
    _emit(processing, fields, counts, durations)


def _emit(
    processing: Processing,
    fields: Mapping[str, object],
    counts: Mapping[str, int],
    durations: Mapping[str, int],
) -> None:
    milliseconds = int(processing.now().timestamp() * 1000)
    processing.telemetry.emit(milliseconds=milliseconds, fields=fields, counts=counts, durations=durations)


def _rules(environ: Mapping[str, str]) -> Callable[[str], BookingRules]:
    basil_since, tests = environ["STRIPE_BASIL_SINCE"], environ["BOOK_TEST_EVENTS"] == "true"
    adyen_capture, book_paypal = environ["ADYEN_CAPTURE"], environ["BOOK_PAYPAL"] == "true"
    accounts, references = json.loads(environ["BOOKED_ACCOUNTS"]), json.loads(environ["REFERENCE_FIELDS"])
    mappings = read_mappings(json.loads(environ.get("STANDARD_WEBHOOKS", "{}")))

    @cache
    def rules(name: str) -> BookingRules:
        return rules_for(
            name,
            adyen_capture=adyen_capture,
            book_paypal=book_paypal,
            accounts=accounts,
            stripe_basil_since=basil_since,
            reference_fields=references,
            tests=tests,
            mappings=mappings,
        )

    return rules


def compose(environ: Mapping[str, str]) -> Processing:
    """Create processing with the settings in the environment variables."""
    return Processing(
        envelopes=Envelopes(
            s3=clients.s3_client(environ["BUCKET_NAME"], ahead=False),
            bucket=environ["BUCKET_NAME"],
            rules=_rules(environ),
        ),
        bus=Bus(clients.events_client(), environ["BUS_NAME"]),
        telemetry=Telemetry(environ["SERVICE"], environ["ENVIRONMENT"]),
        now=lambda: datetime.now(UTC),
    )


@cache
def _composed() -> Processing:
    return compose(os.environ)


def handler(event: Mapping[str, Any], context: Context) -> dict[str, list[dict[str, str]]]:
    """Publish the events of an SQS batch. Lambda calls this handler of processing."""
    DEADLINE.begin(context)
    return respond(_composed(), event, context.get_remaining_time_in_millis)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    _composed()  # during initialization, because Lambda gives it more CPU time than an invocation

"""Processing: publishes the events of the FIFO queue on the bus, in order within each message group.

Processing first makes the bus events of all messages of a batch, and then publishes them, up to ten in each call. When
an event fails, processing publishes this event and everything behind it in its message group again: at once, and later
from the queue, because processing returns them. SQS delivers them again in the same order. So the last publications of
a group's events are in order. The first publications may not be, if EventBridge refused one event of a call and took
the events behind it. There is one exception. If the failed event is at its last receive, SQS moves it to the
dead-letter queue, and processing continues with the next event of the group.

Processing can publish an event twice, so consumers must be idempotent by ``detail.key``. When the remaining time of the
invocation is too short, processing returns the messages that it has not read to the queue.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from hookline.functions.bus import Bus, Queued
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
"""Minimum remaining time of the invocation, in milliseconds, to read another message.

The time is enough to read the largest body from the archive, with retries, and to publish all events that were read. An
invocation must handle at least four messages of a batch of ten. Otherwise, the last ones reach ``MAX_RECEIVES`` before
their turn. With this reserve, a message may take 6.6 seconds to read.
"""

MAX_LOGGED_IDS = 10
"""Maximum number of failed message ids, and of unbooked event keys, in a log line."""


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
        return _process(processing, event["Records"], remaining)
    except Exception as bug:  # noqa: BLE001 - the message may contain sensitive values, so only the type is used
        _emit(processing, {"error": type(bug).__name__}, {"Published": 0, "PublishFailures": 1}, {})
        raise RuntimeError(f"the batch was not processed: {type(bug).__name__}") from None


def _process(
    processing: Processing, records: Sequence[Message], remaining: Callable[[], int]
) -> dict[str, list[dict[str, str]]]:
    envelopes: dict[str, Envelope] = {}
    bodies: Bodies = {}  # only bodies that contain several events

    def read(message: Message) -> str:
        if remaining() < RESERVE_MILLISECONDS:
            return "OutOfTime"
        try:
            envelopes[message["messageId"]] = processing.envelopes.read(message, bodies)
        except Unreadable as unreadable:
            return unreadable.code
        return ""

    readable, unread = _sift(records, read)
    failures = processing.bus.publish([each for message in readable for each in _events(message, envelopes)])
    published, refused = _sift(readable, lambda message: failures.get(message["messageId"], ""))
    returned = unread | refused
    _report(processing, [envelopes[message["messageId"]] for message in published], returned)
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in returned]}


def _sift(messages: Iterable[Message], attempt: Callable[[Message], str]) -> tuple[list[Message], dict[str, str]]:
    """Return the messages that succeed, and message id → error code of those that go back to the queue.

    A message goes back if it fails, or if an earlier message of its message group goes back.

    Args:
        messages: messages in the order of the queue.
        attempt: returns the error code of a message; empty if the message succeeds.
    """
    succeeded: list[Message] = []
    returned: dict[str, str] = {}
    held = set[str]()
    for message in messages:
        group = _group(message)
        code = "Behind" if group in held else attempt(message)
        if not code:
            succeeded.append(message)
            continue
        returned[message["messageId"]] = code
        # If a message fails at its last receive, SQS moves it to the dead-letter queue. The later messages of its group
        # often have the same number of receives. If they also went back, SQS would move them to this queue too.
        if int(message["attributes"].get("ApproximateReceiveCount", "1")) < MAX_RECEIVES:
            held.add(group)
    return succeeded, returned


def _group(message: Message) -> str:
    return message["attributes"]["MessageGroupId"]


def _events(message: Message, envelopes: Mapping[str, Envelope]) -> Iterator[Queued]:
    """Yield the bus event of a message and the outcome events that follow from it.

    The message has failed if any of them failed. Then all of them are published again.
    """
    name, group = message["messageId"], _group(message)
    envelope = envelopes[name]
    yield Queued(name, group, envelope.event)
    yield from (Queued(name, group, outcome) for outcome in envelope.outcomes)


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

"""Processing: publishes the events of the FIFO queue on the bus, in order within each message group.

Processing first makes the bus events of all messages of a batch, and then publishes them, up to ten in each call. If
the remaining time of the invocation becomes short, it publishes what it has read before it reads another message. When
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
from hookline.functions.providers.batch import Batch
from hookline.functions.providers.envelopes import (
    ARCHIVE_CHANGED,
    METRICS,
    OLD_VERSION,
    UNBOOKED,
    Envelope,
    Envelopes,
    Message,
)
from hookline.functions.telemetry import Telemetry


class Context(Protocol):
    """The Lambda context of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda stops the invocation."""
        ...


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
    batch = Batch(processing.envelopes, processing.bus, remaining)
    for message in records:
        batch.read(message)
    batch.publish()
    _report(processing, batch.published, batch.returned)
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in batch.returned]}


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

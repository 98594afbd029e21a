"""The router: forwards the messages of new outbox items to the queue of their transaction type.

The router receives batches of stream records from the table ``transaction-events``. For each record that fails
temporarily, the router returns the sequence number. Lambda retries the batch from the lowest returned number, until the
maximum record age of the event source mapping. The retry includes later records that were forwarded before. So the
router can send a message twice, and consumers must be idempotent by event id.

A record that can never be forwarded would block its shard during all retries. So the router does not return the number
of such a record. Instead, it sends a report of the record to the failure queue.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from hookline.core import QUEUES
from hookline.core.values.redact import loggable_id
from hookline.core.values.strict_json import encode
from hookline.core.values.timestamp import parse_rfc3339
from hookline.functions.aws import clients
from hookline.functions.aws.deadline import DEADLINE
from hookline.functions.queues import Outgoing, batches, deliver
from hookline.functions.telemetry import Telemetry

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

MAX_LOGGED_IDS = 10
"""Maximum number of failed event ids in a log line."""

FAILURE_SCHEMA = "hookline.unroutable.v1"
"""Name of the failure report's format. A report has the error code, event id and sequence number of a stream record."""

_ATTRIBUTES = ("transaction_type", "event_id", "trace_id")


@dataclass(frozen=True)
class Router:
    """The dependencies and settings of the router.

    Attributes:
        sqs: SQS client.
        queue_urls: transaction type → URL of its queue.
        failures_url: URL of the failure queue.
        telemetry: the writer of log lines.
        now: returns the current time, with a time zone.
    """

    sqs: SQSClient
    queue_urls: Mapping[str, str]
    failures_url: str
    telemetry: Telemetry
    now: Callable[[], datetime]


def respond(router: Router, event: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Forward the messages of a batch of stream records, and write the log line of the batch.

    Args:
        router: the dependencies and settings.
        event: a DynamoDB stream event with the new items (``NewImage``).

    Returns:
        A partial batch response with the sequence numbers of the records that Lambda must retry.

    Raises:
        RuntimeError: after a bug in the code. Lambda retries the whole batch.
    """
    try:
        return _route(router, event["Records"])
    except Exception as bug:  # noqa: BLE001 - the message may contain sensitive values, so only the type is used
        _emit(router, {"error": type(bug).__name__}, {"Routed": 0, "RouteFailures": 1}, {})
        raise RuntimeError(f"the batch was not routed: {type(bug).__name__}") from None


def _route(router: Router, records: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, str]]]:
    inserted = [record for record in records if record.get("eventName") == "INSERT"]
    outgoing, failures = _read(inserted, router.queue_urls)
    hopeless = set(failures)
    for transaction_type, queue_url in router.queue_urls.items():
        ours = [message for message in outgoing if message.attributes["transaction_type"] == transaction_type]
        for batch in batches(ours):
            unsent, refused = deliver(router.sqs, queue_url, batch)
            failures |= unsent
            hopeless |= refused
    settled = _set_aside(router, inserted, {number: failures[number] for number in hopeless})
    _report(router, len(inserted), outgoing, failures)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failures if number not in settled]}


def _set_aside(router: Router, records: Sequence[Mapping[str, Any]], hopeless: Mapping[str, str]) -> set[str]:
    """Send a failure report for each permanently failed record.

    Return the sequence numbers of the records whose report was sent.
    """
    if not hopeless:
        return set()
    reports = [
        Outgoing(number, _failure(record, number, hopeless[number]), {}, router.now())
        for record in records
        if (number := _sequence_number(record)) in hopeless and number
    ]
    taken = {report.identifier for report in reports}
    for batch in batches(reports):
        taken -= deliver(router.sqs, router.failures_url, batch)[0].keys()
    return taken


def _failure(record: Mapping[str, Any], number: str, code: str) -> str:
    """Return the failure report of a stream record. It does not contain the transaction, which is in the table."""
    event_id = record["dynamodb"].get("Keys", {}).get("event_id", {}).get("S")
    return encode({"schema": FAILURE_SCHEMA, "code": code, "event_id": event_id, "sequence_number": number})


def _read(records: Sequence[Mapping[str, Any]], queue_urls: Mapping[str, str]) -> tuple[list[Outgoing], dict[str, str]]:
    outgoing: list[Outgoing] = []
    failures: dict[str, str] = {}
    for record in records:
        try:
            outgoing.append(read_record(record, queue_urls))
        except (KeyError, TypeError, ValueError):
            failures[_sequence_number(record)] = "MalformedRecord"
    return outgoing, failures


def read_record(record: Mapping[str, Any], queue_urls: Mapping[str, str]) -> Outgoing:
    """Return the transaction message that a stream record contains.

    Args:
        record: a record of a DynamoDB stream event.
        queue_urls: transaction type → URL of its queue.

    Raises:
        KeyError, TypeError, ValueError: when the record does not contain a valid outbox item.
    """
    image = record["dynamodb"]["NewImage"]
    attributes = {name: _required_text(image, name) for name in _ATTRIBUTES}
    if attributes["transaction_type"] not in queue_urls:
        raise ValueError("there is no queue for the transaction type")
    return Outgoing(
        identifier=record["dynamodb"]["SequenceNumber"],
        body=_required_text(image, "message"),
        attributes=attributes,
        received_at=parse_rfc3339(_required_text(image, "received_at")),
    )


def _required_text(image: Mapping[str, Mapping[str, str]], name: str) -> str:
    text = image[name]["S"]
    if not text:
        raise ValueError(f"{name} is empty")
    return text


def _sequence_number(record: Mapping[str, Any]) -> str:
    """Return the sequence number of a stream record, or an empty string if there is none.

    If the router returns an empty string, Lambda retries the whole batch.
    """
    try:
        return record["dynamodb"]["SequenceNumber"]
    except (KeyError, TypeError):
        return ""


def _report(router: Router, inserted: int, outgoing: Sequence[Outgoing], failures: Mapping[str, str]) -> None:
    sent = [message for message in outgoing if message.identifier not in failures]
    unsent = [message for message in outgoing if message.identifier in failures]
    durations: dict[str, int] = {}
    if sent:
        waited = router.now() - min(message.received_at for message in sent)
        durations["LatencyMs"] = max(0, round(waited.total_seconds() * 1000))
    codes = list(failures.values())
    fields = {
        "records": inserted,
        "errors": {code: codes.count(code) for code in codes} or None,
        "failed_event_ids": [loggable_id(message.attributes["event_id"]) for message in unsent][:MAX_LOGGED_IDS]
        or None,
    }
    _emit(router, fields, {"Routed": len(sent), "RouteFailures": inserted - len(sent)}, durations)


def _emit(
    router: Router,
    fields: Mapping[str, object],
    counts: Mapping[str, int],
    durations: Mapping[str, int],
) -> None:
    milliseconds = int(router.now().timestamp() * 1000)
    router.telemetry.emit(milliseconds=milliseconds, fields=fields, counts=counts, durations=durations)


def compose(environ: Mapping[str, str]) -> Router:
    """Create the router with the settings in the environment variables."""
    return Router(
        sqs=clients.sqs_client(),
        queue_urls={kind: environ[f"{queue.upper()}_QUEUE_URL"] for kind, queue in QUEUES.items()},
        failures_url=environ["FAILURES_QUEUE_URL"],
        telemetry=Telemetry(environ["SERVICE"], environ["ENVIRONMENT"]),
        now=lambda: datetime.now(UTC),
    )


@cache
def _composed() -> Router:
    return compose(os.environ)


def handler(event: Mapping[str, Any], context: object) -> dict[str, list[dict[str, str]]]:
    """Forward the messages of a batch of stream records. Lambda calls this handler of the router."""
    DEADLINE.begin(context)
    return respond(_composed(), event)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    _composed()  # during initialization, because Lambda gives it more CPU time than an invocation

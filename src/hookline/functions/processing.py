"""Processing: publishes the events of the FIFO queue on the bus, in the order of their message groups.

An event goes out only once those before it in its group are out, so each round publishes the first event of every
group together. After the first failure of a group that event and the rest of the group are given back to the queue,
which delivers them again in their order; only what will never be received again lets the others go on. So an event
can be published twice, never lost, and consumers key on its id. What there is no time for is given back untried.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol

from hookline.core.values.redact import loggable_id
from hookline.functions.aws import clients
from hookline.functions.aws.deadline import DEADLINE
from hookline.functions.bus import Bus
from hookline.functions.providers.envelopes import Bodies, Envelope, Envelopes, Message, Unreadable
from hookline.functions.telemetry import Telemetry


class Context(Protocol):
    """What Lambda says about an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the time until Lambda stops it."""
        ...


MAX_RECEIVES = 3
"""How often a message is received before it becomes a dead letter: the queue's ``maxReceiveCount``."""

RESERVE_MILLISECONDS = 15_000
"""Time that must remain before another event is read: for its body, and for one call to the bus with its retries."""

MAX_LOGGED_IDS = 10
"""Most failed message ids in one log line."""


@dataclass(frozen=True)
class Batch:
    """What is known of a batch while it is processed.

    Attributes:
        remaining: milliseconds until Lambda stops this invocation.
        bodies: decoded bodies that hold several events, by archive key.
        published: each event that went out.
    """

    remaining: Callable[[], int]
    bodies: Bodies
    published: list[Envelope]


@dataclass(frozen=True)
class Processing:
    """What processing works with.

    Attributes:
        envelopes: makes the bus event of a message.
        bus: where the events go.
        telemetry: where the log line goes.
        now: the clock, with a time zone.
    """

    envelopes: Envelopes
    bus: Bus
    telemetry: Telemetry
    now: Callable[[], datetime]


def respond(
    processing: Processing, event: Mapping[str, Any], remaining: Callable[[], int]
) -> dict[str, list[dict[str, str]]]:
    """Publish a batch of messages and write its log line.

    Args:
        processing: the collaborators.
        event: an SQS event of a FIFO queue.
        remaining: milliseconds until Lambda stops this invocation.

    Returns:
        Lambda's partial batch response: the ids of the messages that are to be delivered again.

    Raises:
        RuntimeError: for a fault of the program, so that the whole batch is delivered again.
    """
    try:
        return _process(processing, event["Records"], Batch(remaining, {}, []))
    except Exception as bug:  # noqa: BLE001 - its words may hold values, so only its type goes on
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
    """Return what of a group goes back to the queue, and why, after its first message was tried."""
    identifier = group[0]["messageId"]
    if identifier not in failures:
        return {}
    # A message at its last receive becomes a dead letter now, and those behind it, received as often, would too.
    is_last = int(group[0]["attributes"].get("ApproximateReceiveCount", "1")) >= MAX_RECEIVES
    behind = {} if is_last else {message["messageId"]: "Behind" for message in group[1:]}
    return {identifier: failures[identifier], **behind}


def _by_group(records: Sequence[Message]) -> list[list[Message]]:
    groups: dict[str, list[Message]] = {}
    for record in records:
        groups.setdefault(record["attributes"]["MessageGroupId"], []).append(record)
    return list(groups.values())


def _publish_round(processing: Processing, messages: Sequence[Message], batch: Batch) -> dict[str, str]:
    """Publish one message of each group; return the error code of each that failed, by message id."""
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
    failures |= processing.bus.publish({name: envelope.event for name, envelope in envelopes.items()})
    batch.published.extend(envelope for name, envelope in envelopes.items() if name not in failures)
    return failures


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
    if unbooked := [loggable_id(envelope.unbooked) for envelope in published if envelope.unbooked]:
        fields["unbooked"] = unbooked[:MAX_LOGGED_IDS]
        counts["Unbooked"] = len(unbooked)
    _emit(processing, fields, counts, durations)


def _emit(
    processing: Processing,
    fields: Mapping[str, object],
    counts: Mapping[str, int],
    durations: Mapping[str, int],
) -> None:
    milliseconds = int(processing.now().timestamp() * 1000)
    processing.telemetry.emit(milliseconds=milliseconds, fields=fields, counts=counts, durations=durations)


def _same_facts(adyen_capture: str) -> Mapping[str, Mapping[str, str]]:
    if adyen_capture == "automatic":
        return {}
    from hookline.core.providers import adyen  # noqa: PLC0415 - a provider's module is loaded when it first speaks

    return {"adyen": adyen.BOOKED_BY_WITH_MANUAL_CAPTURE}


def compose(environ: Mapping[str, str]) -> Processing:
    """Put processing together from its environment variables."""
    return Processing(
        envelopes=Envelopes(
            s3=clients.s3_client(environ["BUCKET_NAME"], ahead=False),
            bucket=environ["BUCKET_NAME"],
            booked_by=_same_facts(environ["ADYEN_CAPTURE"]),
        ),
        bus=Bus(clients.events_client(), environ["BUS_NAME"]),
        telemetry=Telemetry(environ["SERVICE"], environ["ENVIRONMENT"]),
        now=lambda: datetime.now(UTC),
    )


@cache
def _composed() -> Processing:
    return compose(os.environ)


def handler(event: Mapping[str, Any], context: Context) -> dict[str, list[dict[str, str]]]:
    """Publish one batch; the function's entry point in Lambda."""
    DEADLINE.begin(context)
    return respond(_composed(), event, context.get_remaining_time_in_millis)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    _composed()  # while the environment starts, which Lambda gives more processor time than an invocation

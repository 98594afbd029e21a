"""The validator's retry of bus events from the queue ``forward-failures``.

Lambda sends a bus event to this queue if the validator did not record it in three attempts. Lambda then passes the
queue's messages to the validator in batches, again and again. A message whose transactions are all recorded is deleted.
If a retry can succeed, the message goes back to the queue. What no retry can mend goes to the queue ``forward-dlq``: a
conflict, and a message or bus event that is not valid. A message that was not recorded for a day goes there too, long
before SQS deletes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from hookline.core import FORWARD_DEAD_LETTERS, FORWARD_FAILURES
from hookline.core.errors import Rejected
from hookline.core.values.redact import loggable_id
from hookline.core.values.strict_json import decode
from hookline.functions.aws.errors import AwsError, Transient
from hookline.functions.queues import Outgoing, batches, deliver
from hookline.functions.telemetry import Telemetry
from hookline.functions.transactions import bus_events
from hookline.functions.transactions.outbox_table import OutboxTable

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_sqs.client import SQSClient

REASON = "reason"
"""Message attribute in ``forward-dlq``: why the message is there, such as ``event_conflict``."""

MALFORMED = "malformed_message"
"""The reason if the message is not Lambda's report of a failed invocation with a bus event."""

RETRIED_FOR = timedelta(days=1)
"""How long a message is retried. SQS deletes messages after seven days, so each is received in the other six."""

_BUS_EVENT_MEMBERS = {"source", "detail"}


def respond(
    messages: Sequence[Mapping[str, Any]],
    outbox: OutboxTable,
    make_sqs: Callable[[], SQSClient],
    telemetry: Telemetry,
    now: datetime,
    trace_id: str,
) -> dict[str, object]:
    """Record the transactions of a batch of messages, and write the log line of the batch.

    Args:
        messages: the records of an SQS event. A body has the schema ``forward-failure.v1``.
        outbox: the outbox table.
        make_sqs: returns the SQS client. It is called only if a message goes to ``forward-dlq``.
        telemetry: the writer of log lines.
        now: the current time, with a time zone.
        trace_id: X-Ray trace id of this invocation.

    Returns:
        A partial batch response with the ids of the messages that Lambda must retry.
    """
    log: dict[str, Any] = {"forward_failures": len(messages), "trace_id": loggable_id(trace_id)}
    until_away = _until_away(outbox)
    outcomes = [_record(message, until_away, now, trace_id, log) for message in messages]
    again: set[str] = set()
    hopeless: list[Outgoing] = []
    for message, each in zip(messages, outcomes, strict=True):
        failed = bus_events.failures(each)
        if bus_events.UNAVAILABLE in failed and now - _sent_at(message) < RETRIED_FOR:
            again.add(message["messageId"])
        elif failed:
            reason = {REASON: ", ".join(failed)}
            hopeless.append(Outgoing(message["messageId"], message["body"], reason, now))
    if hopeless:
        unsent = _set_aside(hopeless, make_sqs(), messages[0]["eventSourceARN"])
        again |= unsent.keys()
        log |= {"dead_letters": len(hopeless) - len(unsent), "send_errors": sorted({*unsent.values()}) or None}
    bus_events.emit(telemetry, now, [outcome for each in outcomes for outcome in each], log)
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in sorted(again)]}


class _UntilAway:
    """A DynamoDB client for one batch. After a call without an answer, it makes no other call, and fails at once.

    A call without an answer takes up to nine seconds. If the table is away, the messages of a backlog then take turns
    sooner.
    """

    def __init__(self, client: DynamoDBClient) -> None:
        self._client = client
        self._failure: Transient | None = None

    def put_item(self, **arguments: Any) -> object:  # noqa: ANN401 - the arguments of PutItem
        """Write an item, unless an earlier write got no answer."""
        if self._failure:
            raise self._failure
        try:
            return self._client.put_item(**arguments)
        except Transient as failure:
            self._failure = failure
            raise


def _until_away(outbox: OutboxTable) -> OutboxTable:
    client = cast("DynamoDBClient", _UntilAway(outbox.client))
    return OutboxTable(client, outbox.name, outbox.expiry_days, outbox.untimed_expiry_days)


def _sent_at(message: Mapping[str, Any]) -> datetime:
    """Return the time at which Lambda sent a message to the queue."""
    return datetime.fromtimestamp(int(message["attributes"]["SentTimestamp"]) / 1000, UTC)


def _record(
    message: Mapping[str, Any], outbox: OutboxTable, now: datetime, trace_id: str, log: dict[str, Any]
) -> list[str]:
    """Record the transactions of a message, and return their outcomes. Add log fields to ``log``."""
    try:
        event = decode(message["body"].encode()).get("requestPayload")
    except Rejected:
        event = None
    if not isinstance(event, dict) or not event.keys() >= _BUS_EVENT_MEMBERS:
        return [MALFORMED]
    return bus_events.record(event, outbox, now, trace_id, log)


def _set_aside(hopeless: Sequence[Outgoing], sqs: SQSClient, source_arn: str) -> dict[str, str]:
    """Send messages to ``forward-dlq``, and return message id → error code of those that were not sent.

    If the function stops before Lambda deletes the messages from ``forward-failures``, they are sent again.

    Args:
        hopeless: the messages, with the reason as message attribute.
        sqs: SQS client.
        source_arn: ARN of the queue ``forward-failures``, from whose name that of ``forward-dlq`` follows.
    """
    name = source_arn.rpartition(":")[2].replace(FORWARD_FAILURES, FORWARD_DEAD_LETTERS, 1)
    try:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except AwsError as error:
        return {message.identifier: error.code for message in hopeless}
    unsent: dict[str, str] = {}
    for batch in batches(hopeless):
        unsent |= deliver(sqs, url, batch)[0]
    return unsent

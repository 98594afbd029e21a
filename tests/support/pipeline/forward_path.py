"""The way of bus events to the validator, on the simulation's clock: Lambda's retries, the failure queue, dead letters.

The numbers are those that the program deploys. Lambda waits one minute before its first retry and two minutes before
its second one ("How Lambda handles errors and retries with asynchronous invocation"). A batch takes some time, and only
some batches run at the same time. The failure queue gives the messages that were sent first before all others, as often
as they are visible: no order is worse for the messages behind them.
"""

import contextlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from support.fakes.table import outbox_table
from support.pipeline.cloud import START, Stopped

from hookline.functions.telemetry import Telemetry
from hookline.functions.transactions.outbox_table import OutboxTable
from hookline.functions.validator import Validator, respond
from hookline.infra.parts.queues import RETENTION_SECONDS
from hookline.infra.providers.forwarding import (
    ASYNC_RETRIES,
    BATCH_SIZE,
    FEWEST_CONCURRENT_BATCHES,
    PAUSE_SECONDS,
    RECEIVES,
)

RETRIES_AFTER = (timedelta(minutes=1), timedelta(minutes=2))
RETENTION = timedelta(seconds=RETENTION_SECONDS)
STEP = timedelta(seconds=30)
SOURCE_ARN = "arn:aws:sqs:us-east-1:123456789012:forward-failures-dev"


@dataclass
class Invocation:
    """An asynchronous invocation that waits for its next attempt.

    Attributes:
        event: the bus event.
        at: time of the next attempt.
        attempts: number of attempts so far.
    """

    event: dict[str, Any]
    at: datetime
    attempts: int = 0


@dataclass
class Waiting:
    """A message in the queue forward-failures.

    Attributes:
        name: message id.
        body: the body.
        sent_at: time at which it was sent.
        visible_at: time from which it can be received.
        receives: number of receives.
    """

    name: str
    body: str
    sent_at: datetime
    visible_at: datetime
    receives: int = 0


@dataclass
class DeadLetter:
    """A message in the queue forward-dlq.

    Attributes:
        body: the body.
        reason: the message attribute; empty if SQS moved the message.
        left: time until SQS deletes the message.
    """

    body: str
    reason: str
    left: timedelta


@dataclass
class ForwardPath:
    """The bus's rule, Lambda, the two queues and the validator with its table. It is also the validator's SQS client.

    Attributes:
        now: the current time.
        away: whether every invocation of the validator fails before its first line.
        batch_time: how long the validator takes for a batch of forward-failures.
        concurrency: how many of these batches run at the same time.
        stop_before_send: whether the validator is killed before it sends to forward-dlq. It is then set to False.
        stop_after_send: whether the validator is killed after it sent to forward-dlq. It is then set to False.
        waiting: the messages in forward-failures.
        dead: the messages in forward-dlq.
        accepted: how many transactions the validator counted as accepted.
        deleted_unread: how many messages SQS deleted because they were too old.
    """

    now: datetime = START
    away: bool = False
    batch_time: timedelta = timedelta(milliseconds=100)
    concurrency: int = FEWEST_CONCURRENT_BATCHES
    stop_before_send: bool = False
    stop_after_send: bool = False
    waiting: list[Waiting] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    accepted: int = 0
    deleted_unread: int = 0

    def __post_init__(self) -> None:
        self.table = outbox_table()
        self._invocations: list[Invocation] = []
        self._sent = 0
        self._free = 0.0
        self._validator = Validator(
            OutboxTable(self.table, "events", 35, None),
            False,
            None,  # no bus event needs a secret
            Telemetry("transactions", "dev"),
            lambda: self.now,
            lambda: self,
        )

    def publish(self, event: dict[str, Any]) -> None:
        """Let the rule invoke the validator with a bus event."""
        self._invocations.append(Invocation(event, self.now))

    def put(self, body: str) -> None:
        """Send a message to forward-failures."""
        self._sent += 1
        self.waiting.append(Waiting(f"message-{self._sent}", body, self.now, self.now))

    def run(self, time: timedelta) -> None:
        """Let time pass, with all invocations, receives and deletions that are due."""
        end = self.now + time
        while self.now < end:
            self._invoke_due()
            self._expire()
            self._retry_visible()
            self.now += STEP

    def get_queue_url(self, QueueName: str) -> dict[str, str]:  # noqa: N803 - AWS's name
        """Return the URL of forward-dlq."""
        assert QueueName == "forward-dlq-dev"
        return {"QueueUrl": "url of forward-dlq"}

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """Accept messages for forward-dlq, or kill the validator."""
        assert QueueUrl == "url of forward-dlq"
        if self.stop_before_send:
            self.stop_before_send = False
            raise Stopped
        for entry in Entries:
            reason = entry["MessageAttributes"]["reason"]["StringValue"]
            self.dead.append(DeadLetter(entry["MessageBody"], reason, RETENTION))
        if self.stop_after_send:
            self.stop_after_send = False
            raise Stopped
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def _invoke_due(self) -> None:
        for each in [each for each in self._invocations if each.at <= self.now]:
            self._invocations.remove(each)
            if self._invoke(each.event) is not None:
                continue
            if each.attempts == ASYNC_RETRIES:
                self.put(report(each.event))
            else:
                at = self.now + RETRIES_AFTER[each.attempts]
                self._invocations.append(Invocation(each.event, at, each.attempts + 1))

    def _expire(self) -> None:
        for message in [each for each in self.waiting if self.now - each.sent_at >= RETENTION]:
            self.waiting.remove(message)
            self.deleted_unread += 1

    def _retry_visible(self) -> None:
        """Pass as many batches to the validator as it can take in a step. What it did not use is not saved."""
        self._free = min(self._free, 1) + self.concurrency * (STEP / self.batch_time)
        while self._free >= 1 and (batch := self._receive()):
            self._free -= 1
            self._retry(batch)

    def _receive(self) -> list[Waiting]:
        """Receive up to ten messages. SQS moves those with too many receives to forward-dlq, and keeps their age."""
        visible = [each for each in self.waiting if each.visible_at <= self.now]
        for message in [each for each in visible if each.receives == RECEIVES]:
            self.waiting.remove(message)
            self.dead.append(DeadLetter(message.body, "", RETENTION - (self.now - message.sent_at)))
        batch = [each for each in visible if each.receives < RECEIVES][:BATCH_SIZE]
        for message in batch:
            message.receives += 1
            message.visible_at = self.now + timedelta(seconds=PAUSE_SECONDS)
        return batch

    def _retry(self, batch: Sequence[Waiting]) -> None:
        records = [
            {
                "messageId": each.name,
                "body": each.body,
                "attributes": {"SentTimestamp": str(int(each.sent_at.timestamp() * 1000))},
                "eventSourceARN": SOURCE_ARN,
                "eventSource": "aws:sqs",
            }
            for each in batch
        ]
        answer = self._invoke({"Records": records})
        if answer is None:
            return
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        self.waiting = [each for each in self.waiting if each not in batch or each.name in failed]

    def _invoke(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """Return the validator's answer, or None if it failed or was killed. Count the accepted transactions."""
        if self.away:
            return None
        out, answer = io.StringIO(), None
        with contextlib.redirect_stdout(out), contextlib.suppress(RuntimeError, Stopped):
            answer = respond(self._validator, event)
        self.accepted += sum(json.loads(line).get("Accepted", 0) for line in out.getvalue().splitlines())
        return answer


def report(event: dict[str, Any]) -> str:
    """Return the message that Lambda sends to forward-failures for a bus event, also before the validator read them."""
    return json.dumps(
        {
            "version": "1.0",
            "timestamp": "2026-11-21T12:03:10.000Z",
            "requestContext": {
                "requestId": "e8a3c1d2-0000-4000-8000-000000000001",
                "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:validator-dev:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "requestPayload": event,
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": {"errorMessage": "not every transaction was recorded", "errorType": "RuntimeError"},
        }
    )

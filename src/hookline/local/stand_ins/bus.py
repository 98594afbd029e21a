"""Delivery of bus events to the targets of EventBridge rules. It replaces the emulator's own delivery.

In the emulator, each rule sends its events to a hidden queue: an extra SQS queue that only local mode uses (see
`hookline.local.resources.events`). The hidden queue's tags name the rule, its real target and its dead-letter queue.
`hookline.local.stand_ins.bus` moves the events from the hidden queue to the real target, and retries a failed delivery.
If the target does not exist, the event goes to the dead-letter queue, with the message attributes that AWS documents in
"Using dead-letter queues to process undelivered events in EventBridge".
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hookline.local.cloud import Cloud, error_code, is_missing

HIDDEN_QUEUE = "hookline-local-target-"
TARGET_TAG, RULE_TAG, DEAD_LETTERS_TAG = "target", "rule", "dead-letters"
LOOK_FOR_TARGETS_SECONDS = 0.5
WAIT_SECONDS = 5
LOG_GROUP = ":log-group:"


@dataclass
class RuleTarget:
    """The real target of an EventBridge rule, and the rule's hidden queue.

    The hidden queue is an extra SQS queue to which the emulator sends the rule's events instead of to the real target.

    Attributes:
        cloud: AWS clients with root permissions.
        queue_url: the URL of the hidden queue.
        arn: the ARN of the target, which is a log group, function, queue, state machine or bus.
        rule: the ARN of the rule.
        dead_letters: the ARN of the target's dead-letter queue; empty if there is no such queue.
    """

    cloud: Cloud
    queue_url: str
    arn: str
    rule: str
    dead_letters: str
    _stream: str = field(default="")

    def take(self, wait_seconds: int) -> int:
        """Receive up to ten events of the rule, and deliver them to the rule's real target. Return their number.

        The events come from the hidden queue, an extra SQS queue to which the emulator sends them. If it is empty, wait
        at most `wait_seconds` for the first event.

        Raises:
            botocore.exceptions.ClientError: if the hidden queue does not exist any more.
        """
        answer = self.cloud.call(
            "sqs",
            "receive_message",
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=wait_seconds,
        )
        messages = answer.get("Messages", [])
        for message in messages:
            self._settle(message)
        return len(messages)

    def _settle(self, message: dict[str, Any]) -> None:
        try:
            self._deliver(message["Body"])
        except ClientError as error:
            if not is_missing(error):
                return  # the event stays in the queue and is retried after the visibility timeout
            self._give_up(message["Body"], error)
        self.cloud.call("sqs", "delete_message", QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])

    def _deliver(self, event: str) -> None:
        match self.arn.split(":")[2]:
            case "logs":
                self._write(self.arn.partition(LOG_GROUP)[2], event)
            case "sqs":
                self.cloud.call("sqs", "send_message", QueueUrl=_queue_url(self.cloud, self.arn), MessageBody=event)
            case "states":
                self.cloud.call("stepfunctions", "start_execution", stateMachineArn=self.arn, input=event)
            case "events":
                self._forward(json.loads(event))
            case _:
                # The invocation is asynchronous (`Event`), as from EventBridge on AWS. Lambda applies the function's
                # retry limits and failure destination only to asynchronous invocations.
                payload = event.encode()
                self.cloud.call("lambda", "invoke", FunctionName=self.arn, InvocationType="Event", Payload=payload)

    def _forward(self, event: dict[str, Any]) -> None:
        bus = self.arn.rpartition("/")[2]
        self.cloud.call("events", "describe_event_bus", Name=bus)  # PutEvents succeeds even if there is no such bus
        entry = {
            "EventBusName": bus,
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
        }
        self.cloud.call("events", "put_events", Entries=[entry])

    def _write(self, group: str, event: str) -> None:
        if not self._stream:
            stream = str(uuid.uuid4())
            self.cloud.call("logs", "create_log_stream", logGroupName=group, logStreamName=stream)
            self._stream = stream
        line = {"timestamp": int(time.time() * 1000), "message": event}
        self.cloud.call("logs", "put_log_events", logGroupName=group, logStreamName=self._stream, logEvents=[line])

    def _give_up(self, event: str, error: ClientError) -> None:
        if not self.dead_letters:
            return
        attributes = {
            "RULE_ARN": self.rule,
            "TARGET_ARN": self.arn,
            "ERROR_CODE": error_code(error),
            "ERROR_MESSAGE": str(error),
        }
        self.cloud.call(
            "sqs",
            "send_message",
            QueueUrl=_queue_url(self.cloud, self.dead_letters),
            MessageBody=event,
            MessageAttributes={key: {"DataType": "String", "StringValue": v} for key, v in attributes.items()},
        )


def deliver_forever(root: Cloud, stopping: threading.Event, log: Callable[[str], None]) -> None:
    """Deliver bus events until `stopping` is set, with one thread for each target of an EventBridge rule."""
    threads: dict[str, threading.Thread] = {}
    while not stopping.wait(LOOK_FOR_TARGETS_SECONDS):
        try:
            follow(root, threads, log)
        except (ClientError, BotoCoreError) as error:
            log(f"bus: {type(error).__name__}")  # the emulator is starting or ending


def follow(root: Cloud, threads: dict[str, threading.Thread], log: Callable[[str], None]) -> None:
    """Start a delivery thread for each hidden queue without a running thread.

    A hidden queue is an extra SQS queue to which the emulator sends the events of one EventBridge rule.

    Args:
        root: AWS clients with root permissions.
        threads: URL of a hidden queue → its delivery thread. `follow` adds the new threads.
        log: writes a line to the emulator's log.
    """
    for url in root.call("sqs", "list_queues", QueueNamePrefix=HIDDEN_QUEUE).get("QueueUrls", []):
        if url not in threads or not threads[url].is_alive():
            threads[url] = threading.Thread(target=serve, args=(find(root, url), log), name=url, daemon=True)
            threads[url].start()


def find(root: Cloud, queue_url: str) -> RuleTarget:
    """Return the real target of the EventBridge rule to which a hidden queue belongs, from the queue's tags.

    A hidden queue is an extra SQS queue to which the emulator sends the rule's events.
    """
    tags = root.call("sqs", "list_queue_tags", QueueUrl=queue_url)["Tags"]
    return RuleTarget(root, queue_url, tags[TARGET_TAG], tags[RULE_TAG], tags.get(DEAD_LETTERS_TAG, ""))


def serve(target: RuleTarget, log: Callable[[str], None]) -> None:
    """Read the events of an EventBridge rule from an extra SQS queue, and deliver them to the rule's real target.

    The emulator sends the rule's events to this hidden queue. The delivery ends when the queue is removed, or after an
    error. After an error, `follow` starts a new thread that continues the delivery.
    """
    try:
        while True:
            target.take(WAIT_SECONDS)
    except (ClientError, BotoCoreError) as error:
        if not (isinstance(error, ClientError) and is_missing(error)):
            log(f"bus: delivery to {target.arn}: {error}")


def _queue_url(cloud: Cloud, arn: str) -> str:
    return f"{cloud.endpoint}/{cloud.account}/{arn.rsplit(':', 1)[1]}"

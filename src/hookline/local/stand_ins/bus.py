"""Takes what the rules of an event bus let through to its target, in place of the emulator.

Each target is a hidden queue (see `hookline.local.resources.events`), whose tags name the real target, the rule and the
dead letters. What a target does not take is repeated; what it can never take goes to the dead letters, with AWS's
message attributes ("Using dead-letter queues to process undelivered events in EventBridge").
"""

from __future__ import annotations

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
    """Where the events of one hidden queue belong.

    Attributes:
        cloud: clients with root permissions.
        queue_url: the hidden queue.
        arn: the log group or the function.
        rule: ARN of the rule.
        dead_letters: ARN of an SQS queue, or empty.
    """

    cloud: Cloud
    queue_url: str
    arn: str
    rule: str
    dead_letters: str
    _stream: str = field(default="")

    def take(self, wait_seconds: int) -> int:
        """Delivers the messages that are there, or come within the time; returns how many there were.

        Raises:
            botocore.exceptions.ClientError: if the hidden queue is gone.
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
                return  # visible again after a while, and repeated
            self._give_up(message["Body"], error)
        self.cloud.call("sqs", "delete_message", QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])

    def _deliver(self, event: str) -> None:
        if LOG_GROUP in self.arn:
            self._write(self.arn.partition(LOG_GROUP)[2], event)
        else:
            # As Lambda's own queue does it: with the function's bounds and failure destination.
            self.cloud.call("lambda", "invoke", FunctionName=self.arn, InvocationType="Event", Payload=event.encode())

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
    """Starts a thread for each target that there is, which ends with its hidden queue."""
    threads: dict[str, threading.Thread] = {}
    while not stopping.wait(LOOK_FOR_TARGETS_SECONDS):
        try:
            follow(root, threads, log)
        except (ClientError, BotoCoreError) as error:
            log(f"bus: {type(error).__name__}")  # the emulator is starting or ending


def follow(root: Cloud, threads: dict[str, threading.Thread], log: Callable[[str], None]) -> None:
    """Starts a thread for each hidden queue that has none, or whose thread has ended."""
    for url in root.call("sqs", "list_queues", QueueNamePrefix=HIDDEN_QUEUE).get("QueueUrls", []):
        if url not in threads or not threads[url].is_alive():
            threads[url] = threading.Thread(target=serve, args=(find(root, url), log), name=url, daemon=True)
            threads[url].start()


def find(root: Cloud, queue_url: str) -> RuleTarget:
    """The target that a hidden queue stands for."""
    tags = root.call("sqs", "list_queue_tags", QueueUrl=queue_url)["Tags"]
    return RuleTarget(root, queue_url, tags[TARGET_TAG], tags[RULE_TAG], tags.get(DEAD_LETTERS_TAG, ""))


def serve(target: RuleTarget, log: Callable[[str], None]) -> None:
    """Delivers until the hidden queue is gone, or an error ends it; the next look at the queues starts it anew."""
    try:
        while True:
            target.take(WAIT_SECONDS)
    except (ClientError, BotoCoreError) as error:
        if not (isinstance(error, ClientError) and is_missing(error)):
            log(f"bus: delivery to {target.arn}: {error}")


def _queue_url(cloud: Cloud, arn: str) -> str:
    return f"{cloud.endpoint}/{cloud.account}/{arn.rsplit(':', 1)[1]}"

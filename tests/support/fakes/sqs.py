"""SQS in memory."""

# ruff: noqa: N803 - AWS names the arguments so

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from support.fakes.errors import client_error


def _lists() -> defaultdict[str, list[Any]]:
    return defaultdict(list)


@dataclass
class FakeSqs:
    """Queues whose messages are invisible once received, until they are given back; sends are answered by script.

    Attributes:
        waiting: URL → messages that a receive returns.
        in_flight: URL → receipt handle → message.
        receives: message id → how often it was received.
        calls: queue and message bodies of each send, in order.
        delivered: bodies that were sent and taken, by queue.
        entries: every entry that was sent and taken.
        refusals: for a message body, what happens on its next sends: an error code (``!`` in front for the
            sender's fault), or an empty text for no answer at all.
        error: raised in place of the answer to a send.
        errors: raised by the next receives and counts, one each, before anything happens.
        error_on_give_back: True refuses to give messages back.
        missing: URLs of queues that do not exist.
        meta: the endpoint that a boto3 client would call.
    """

    waiting: dict[str, list[dict[str, Any]]] = field(default_factory=_lists)
    in_flight: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: defaultdict(dict))
    receives: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    calls: list[tuple[str, list[str]]] = field(default_factory=list)
    delivered: dict[str, list[str]] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    refusals: dict[str, list[str]] = field(default_factory=dict)
    error: Exception | None = None
    errors: list[Exception] = field(default_factory=list)
    error_on_give_back: bool = False
    missing: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    meta: Any = field(default_factory=lambda: SimpleNamespace(endpoint_url="http://127.0.0.1:4566"))

    def put(self, url: str, body: str, attributes: Mapping[str, str] | None = None) -> None:
        """Add a message."""
        with self.lock:
            name = f"m{len(self.receives)}"
            self.receives[name] = 0
            values = {key: {"StringValue": value} for key, value in (attributes or {}).items()}
            message = {"MessageId": name, "ReceiptHandle": name, "Body": body}
            self.waiting[url].append(message | ({"MessageAttributes": values} if values else {}))

    def get_queue_url(self, QueueName: str) -> dict[str, str]:
        """Return the URL of a queue: its name."""
        if self.error:
            raise self.error
        return {"QueueUrl": QueueName}

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        """Take the entries that no script refuses."""
        self.calls.append((QueueUrl, [entry["MessageBody"] for entry in Entries]))
        if self.error:
            raise self.error
        answer: dict[str, Any] = {}
        for entry in Entries:
            script = self.refusals.get(entry["MessageBody"])
            if script:
                self._refuse(entry["Id"], script.pop(0), answer)
            else:
                answer.setdefault("Successful", []).append({"Id": entry["Id"]})
                self.delivered.setdefault(QueueUrl, []).append(entry["MessageBody"])
                self.entries.append(entry)
        return answer

    def receive_message(
        self, QueueUrl: str, MaxNumberOfMessages: int, WaitTimeSeconds: int, MessageAttributeNames: list[str]
    ) -> dict[str, Any]:
        """Return up to so many messages; no key `Messages` if there are none."""
        assert WaitTimeSeconds >= 0
        assert MessageAttributeNames
        with self.lock:
            self._fail()
            waiting = self.waiting[QueueUrl]
            taken, self.waiting[QueueUrl] = waiting[:MaxNumberOfMessages], waiting[MaxNumberOfMessages:]
            for message in taken:
                self.receives[message["MessageId"]] += 1
                self.in_flight[QueueUrl][message["ReceiptHandle"]] = message
            return {"Messages": taken} if taken else {}

    def delete_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> None:
        """Delete received messages."""
        with self.lock:
            for entry in Entries:
                del self.in_flight[QueueUrl][entry["ReceiptHandle"]]

    def change_message_visibility_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> None:
        """Make received messages visible at once."""
        if self.error_on_give_back:
            raise client_error("ServiceUnavailable", 503)
        assert len(Entries) <= 10
        assert all(entry["VisibilityTimeout"] == 0 for entry in Entries)
        with self.lock:
            for entry in Entries:
                self.waiting[QueueUrl].append(self.in_flight[QueueUrl].pop(entry["ReceiptHandle"]))

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:
        """Return the two counts that are shown."""
        with self.lock:
            self._fail()
            if QueueUrl in self.missing:
                raise client_error("AWS.SimpleQueueService.NonExistentQueue")
            counts = {
                "ApproximateNumberOfMessages": str(len(self.waiting[QueueUrl])),
                "ApproximateNumberOfMessagesNotVisible": str(len(self.in_flight[QueueUrl])),
            }
            assert AttributeNames
            return {"Attributes": counts}

    def _fail(self) -> None:
        if self.errors:
            raise self.errors.pop(0)

    @staticmethod
    def _refuse(identifier: str, code: str, answer: dict[str, Any]) -> None:
        if code:
            failed = {"Id": identifier, "Code": code.lstrip("!"), "SenderFault": code.startswith("!")}
            answer.setdefault("Failed", []).append(failed)

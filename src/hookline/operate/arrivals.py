"""A receiver for the transaction messages that one run of the demo or of a test puts into a stack's queues."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import TracebackType
from typing import Any, Self, cast

from botocore.exceptions import BotoCoreError, ClientError

from hookline.operate.target import Target

PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class Arrival:
    """One transaction message that was received from the payments, refunds or disputes queue.

    Attributes:
        queue: transaction type of the queue, such as `payment`.
        at: time of receipt on the monotonic clock, in seconds.
        message: the decoded body; numbers with a fraction are Decimal, so that they stay exact.
        attributes: name of a message attribute → value.
    """

    queue: str
    at: float
    message: dict[str, Any]
    attributes: dict[str, str]


class Arrivals:
    """A receiver that reads the transaction queues in background threads, and deletes the messages of one run.

    Use the receiver as a context manager. A message belongs to the run if its event id begins with `prefix`, or with
    one of several prefixes. `require_own_messages` makes sure that no other messages are in the queues before the run.
    The receiver keeps messages of others that arrive during the run invisible until the run ends, so that it receives
    each of them only once. After three receives, SQS would move such a message to the dead-letter queue.
    """

    def __init__(
        self, target: Target, prefix: str | tuple[str, ...], queue_urls: Mapping[str, str] | None = None
    ) -> None:
        self._target = target
        self._prefix = prefix
        self._urls = target.queue_urls if queue_urls is None else queue_urls
        self._found: dict[str, list[Arrival]] = defaultdict(list)
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._watch, args=item, daemon=True) for item in self._urls.items()]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def of(self, event_id: str) -> list[Arrival]:
        """Return all messages with the given event id that the receiver has received so far."""
        with self._changed:
            return list(self._found.get(event_id, ()))

    def all(self) -> list[Arrival]:
        """Return all messages of the run that the receiver has received so far."""
        with self._changed:
            return [arrival for arrivals in self._found.values() for arrival in arrivals]

    def wait_for(self, event_ids: Iterable[str], seconds: float) -> set[str]:
        """Wait until a message with each event id has arrived, and return the ids that are missing after `seconds`."""
        wanted, deadline = set(event_ids), time.monotonic() + seconds
        with self._changed:
            while wanted - self._found.keys() and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            return wanted - self._found.keys()

    def _watch(self, queue: str, url: str) -> None:
        foreign: list[str] = []
        while not self._stopping.is_set():
            try:
                received = self._receive(queue, url, foreign)
            except (ClientError, BotoCoreError):
                received = False  # not raised: the caller reports messages that did not arrive
            if not received:
                self._stopping.wait(PAUSE_SECONDS)
        self._give_back(url, foreign)

    def _receive(self, queue: str, url: str, foreign: list[str]) -> bool:
        """Receive up to ten messages, and return False if there were none.

        Args:
            queue: transaction type of the queue.
            url: URL of the queue.
            foreign: list to which the receipt handles of messages that do not belong to the run are added.
        """
        client, ours = self._target.client("sqs"), list[str]()
        messages = client.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0, MessageAttributeNames=["All"]
        ).get("Messages", [])
        for message in messages:
            (ours if self._keep(queue, message) else foreign).append(message["ReceiptHandle"])
        if ours:
            client.delete_message_batch(QueueUrl=url, Entries=_entries(ours))
        return bool(messages)

    def _keep(self, queue: str, message: dict[str, Any]) -> bool:
        """Keep a message and return True if it belongs to the run; otherwise return False."""
        body = _json(message["Body"])
        event_id = str(body.get("event_id", ""))
        if not event_id.startswith(self._prefix):
            return False
        attributes = {key: value.get("StringValue", "") for key, value in message.get("MessageAttributes", {}).items()}
        with self._changed:
            self._found[event_id].append(Arrival(queue, time.monotonic(), body, attributes))
            self._changed.notify_all()
        return True

    def _give_back(self, url: str, foreign: list[str]) -> None:
        for start in range(0, len(foreign), 10):
            entries = [{**entry, "VisibilityTimeout": 0} for entry in _entries(foreign[start : start + 10])]
            try:
                self._target.client("sqs").change_message_visibility_batch(QueueUrl=url, Entries=entries)
            except (ClientError, BotoCoreError):
                return  # the messages become visible again when their visibility timeout ends


def _entries(handles: list[str]) -> list[dict[str, Any]]:
    return [{"Id": str(place), "ReceiptHandle": handle} for place, handle in enumerate(handles)]


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_float=Decimal)
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}

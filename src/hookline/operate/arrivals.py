"""Watches a stack's queues for the events of one run."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, cast

from botocore.exceptions import BotoCoreError, ClientError

from hookline.operate.target import Target

PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class Arrival:
    """One message that came out of a queue.

    Attributes:
        queue: the transaction type whose queue it was.
        at: when it was received, on the monotonic clock, in seconds.
        message: its body.
        attributes: its message attributes.
    """

    queue: str
    at: float
    message: dict[str, Any]
    attributes: dict[str, str]


class Arrivals:
    """Receives from all queues in the background; takes the messages of one run and gives all others back.

    Use it as a context manager. A message is of this run if its event id begins with `prefix`.
    """

    def __init__(self, target: Target, prefix: str, queue_urls: Mapping[str, str] | None = None) -> None:
        self._target = target
        self._prefix = prefix
        self._urls = queue_urls or target.queue_urls
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
        """All messages with this event id so far."""
        with self._changed:
            return list(self._found.get(event_id, ()))

    def wait_for(self, event_ids: Iterable[str], seconds: float) -> set[str]:
        """Waits until every id has arrived at least once; returns those that have not."""
        wanted, deadline = set(event_ids), time.monotonic() + seconds
        with self._changed:
            while wanted - self._found.keys() and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            return wanted - self._found.keys()

    def _watch(self, queue: str, url: str) -> None:
        client = self._target.client("sqs")
        while not self._stopping.is_set():
            try:
                messages = client.receive_message(
                    QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0, MessageAttributeNames=["All"]
                ).get("Messages", [])
                for message in messages:
                    self._sort(queue, url, message)
            except (ClientError, BotoCoreError):
                messages = []  # a queue that cannot be read shows as messages that do not arrive
            if not messages:
                self._stopping.wait(PAUSE_SECONDS)

    def _sort(self, queue: str, url: str, message: dict[str, Any]) -> None:
        client, body = self._target.client("sqs"), _json(message["Body"])
        event_id = str(body.get("event_id", ""))
        if not event_id.startswith(self._prefix):
            client.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
            return
        attributes = {key: value["StringValue"] for key, value in message.get("MessageAttributes", {}).items()}
        with self._changed:
            self._found[event_id].append(Arrival(queue, time.monotonic(), body, attributes))
            self._changed.notify_all()
        client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}

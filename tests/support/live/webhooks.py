"""A sender of webhooks to a stack, with a watcher of its queues, for one test."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
from jsonschema import Draft4Validator
from support.contracts import CheckedArrivals

from hookline.operate.arrivals import Arrivals
from hookline.operate.observations import PAUSE_SECONDS, poll
from hookline.operate.sending.send import Answer, Sender, encode, new_event
from hookline.operate.target import Target

ARRIVAL_SECONDS = 30.0

ERROR_BODY = Draft4Validator(
    {
        "type": "object",
        "required": ["error"],
        "additionalProperties": False,
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message", "field"],
                "additionalProperties": False,
                "properties": {
                    "code": {"type": "string", "pattern": "^[a-z_]+$"},
                    "message": {"type": "string", "minLength": 1},
                    "field": {"type": ["string", "null"]},
                },
            }
        },
    }
)


@dataclass(frozen=True)
class Webhooks:
    """The transactions system of one stack, for one test.

    Attributes:
        target: the stack.
        secret: signs every request; None sends unsigned requests.
        http: the HTTP client.
        prefix: start of every event id of this test.
    """

    target: Target
    secret: str | None
    http: httpx.Client
    prefix: str

    def event(self, name: str = "1", kind: str = "payment", **fields: Any) -> dict[str, Any]:
        """Return a valid event with some other fields."""
        return new_event(kind, f"{self.prefix}{name}") | fields

    def send(self, event: dict[str, Any] | bytes, headers: dict[str, str] | None = None) -> Answer:
        """Send an event, or exactly these bytes, with POST."""
        body = event if isinstance(event, bytes) else encode(event)
        return Sender(self.target.webhook_url, self.secret, self.http).send(body, headers)

    def send_all(self, events: Iterable[dict[str, Any]], at_once: int) -> list[Answer]:
        """Send events with `at_once` threads, and return the answers in the order of the events."""
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(self.send, events))

    def watch(self) -> Arrivals:
        """Return a watcher that takes this test's messages from the three queues."""
        return CheckedArrivals(self.target, self.prefix)

    def watch_dead_letters(self) -> Arrivals:
        """Return a watcher that takes this test's messages from the three dead-letter queues."""
        return CheckedArrivals(self.target, self.prefix, self.target.dead_letter_urls)

    def waiting(self, url: str) -> int:
        """Return the approximate number of messages in a queue."""
        answer = self.target.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return int(answer["ApproximateNumberOfMessages"]) + int(answer["ApproximateNumberOfMessagesNotVisible"])


def assert_refused(answer: Answer, status: int, code: str, field: str | None = None) -> None:
    """Assert that the answer is this rejection, in the documented form."""
    ERROR_BODY.validate(answer.body)
    error = answer.body["error"]
    assert (answer.status, error["code"], error["field"]) == (status, code, field)


def quantile(values: list[float], share: float) -> float:
    """Return the value that this share of the values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def eventually(what: Callable[[], bool], seconds: float = ARRIVAL_SECONDS, pause: float = PAUSE_SECONDS) -> bool:
    """Call `what` until it returns True; return False if it still returns False after `seconds`."""
    return poll(what, seconds, pause)

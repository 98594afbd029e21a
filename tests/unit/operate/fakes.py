"""A stack that lives in the test: queues in memory, and a webhook on a local port that answers by the contract."""

# ruff: noqa: N803 - boto3 names its arguments so

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from hookline.core.transactions.transaction import TRANSACTION_TYPES
from hookline.operate.target import Target


def client_error(code: str, status: int = 400) -> ClientError:
    """An error as AWS answers it."""
    return ClientError({"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "X")


@dataclass
class FakeSqs:
    """Queues in memory: a received message is invisible until it is given back.

    Attributes:
        waiting: URL → messages that a receive returns.
        in_flight: URL → receipt handle → message.
        receives: message id → how often it was received.
        errors: raised by the next calls, one each, before anything happens.
        error_on_give_back: True refuses to give messages back.
        missing: URLs of queues that do not exist.
    """

    waiting: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    in_flight: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: defaultdict(dict))
    receives: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    errors: list[Exception] = field(default_factory=list)
    error_on_give_back: bool = False
    missing: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, url: str, body: str, attributes: Mapping[str, str] | None = None) -> None:
        """Adds a message."""
        with self.lock:
            name = f"m{len(self.receives)}"
            self.receives[name] = 0
            values = {key: {"StringValue": value} for key, value in (attributes or {}).items()}
            message = {"MessageId": name, "ReceiptHandle": name, "Body": body}
            self.waiting[url].append(message | ({"MessageAttributes": values} if values else {}))

    def receive_message(
        self, QueueUrl: str, MaxNumberOfMessages: int, WaitTimeSeconds: int, MessageAttributeNames: list[str]
    ) -> dict[str, Any]:
        """Up to so many messages; no key `Messages` if there are none."""
        with self.lock:
            if self.errors:
                raise self.errors.pop(0)
            taken, self.waiting[QueueUrl] = (
                self.waiting[QueueUrl][:MaxNumberOfMessages],
                self.waiting[QueueUrl][MaxNumberOfMessages:],
            )
            for message in taken:
                self.receives[message["MessageId"]] += 1
                self.in_flight[QueueUrl][message["ReceiptHandle"]] = message
            return {"Messages": taken} if taken else {}

    def delete_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> None:
        """Deletes received messages."""
        with self.lock:
            for entry in Entries:
                del self.in_flight[QueueUrl][entry["ReceiptHandle"]]

    def change_message_visibility_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> None:
        """Makes received messages visible at once."""
        if self.error_on_give_back:
            raise client_error("ServiceUnavailable", 503)
        assert len(Entries) <= 10
        assert all(entry["VisibilityTimeout"] == 0 for entry in Entries)
        with self.lock:
            for entry in Entries:
                self.waiting[QueueUrl].append(self.in_flight[QueueUrl].pop(entry["ReceiptHandle"]))

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:
        """The two counts that are shown."""
        with self.lock:
            if self.errors:
                raise self.errors.pop(0)
            if QueueUrl in self.missing:
                raise client_error("AWS.SimpleQueueService.NonExistentQueue")
            counts = {
                "ApproximateNumberOfMessages": str(len(self.waiting[QueueUrl])),
                "ApproximateNumberOfMessagesNotVisible": str(len(self.in_flight[QueueUrl])),
            }
            return {"Attributes": counts}


@dataclass
class FakeSecretsManager:
    """One secret.

    Attributes:
        value: its SecretString; an exception is raised instead.
    """

    value: str | Exception

    def get_secret_value(self, SecretId: str) -> dict[str, str]:
        """The secret's value."""
        if isinstance(self.value, Exception):
            raise self.value
        return {"SecretString": self.value}

    def put_secret_value(self, SecretId: str, SecretString: str) -> None:
        """Another value."""
        self.value = SecretString


OUTPUTS = {
    "webhook_url": "http://127.0.0.1:9/webhook",
    **{f"{kind}s_queue_url": f"https://sqs/{kind}s-queue" for kind in TRANSACTION_TYPES},
    **{f"{kind}s_dlq_url": f"https://sqs/{kind}s-dlq" for kind in TRANSACTION_TYPES},
    "router_failures_queue_url": "https://sqs/router-failures-queue",
    "signing_secret_arn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:transactions",
    "allow_unsigned": True,
}


@dataclass
class FakeStack:
    """A pipeline with one rule for each of the demonstration's lines.

    Attributes:
        sqs: its queues.
        secrets: its signing secrets.
        outputs: its outputs.
        seen: headers of each request, names in lower case.
        wrong: True sends every event to the disputes queue.
        bodies: event id → what was accepted.
    """

    sqs: FakeSqs = field(default_factory=FakeSqs)
    secrets: FakeSecretsManager = field(default_factory=lambda: FakeSecretsManager('{"transactions": []}'))
    outputs: dict[str, Any] = field(default_factory=lambda: dict(OUTPUTS))
    seen: list[dict[str, str]] = field(default_factory=list)
    wrong: bool = False
    bodies: dict[str, bytes] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """The stack as operators see it."""
        return Target(self.outputs, {"sqs": self.sqs, "secretsmanager": self.secrets}.__getitem__)

    def answer_at(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and body for one request to a path."""
        return self.answer(body)

    def answer(self, body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and body for one request."""
        try:
            event = json.loads(body)
            event_id, kind, _ = event["event_id"], event["transaction_type"], event["amount"]
        except (ValueError, KeyError):
            return 400, {"error": {"code": "invalid_body", "message": "no", "field": None}}
        if event_id in self.bodies:
            same = self.bodies[event_id] == body
            return (200, {"status": "duplicate"}) if same else (409, {"error": {"code": "event_conflict"}})
        self.bodies[event_id] = body
        queue = "dispute" if self.wrong else kind
        self.sqs.put(self.outputs[f"{queue}s_queue_url"], body.decode(), {"event_id": event_id})
        return 202, {"status": "accepted", "event_id": event_id}


@contextmanager
def serving(stack: FakeStack) -> Iterator[Target]:
    """The stack with its webhook on a free local port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            stack.seen.append({name.lower(): value for name, value in self.headers.items()})
            body = self.rfile.read(int(self.headers["content-length"]))
            status, answer = stack.answer_at(self.path, stack.seen[-1], body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Keeps quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        for name, path in (("webhook_url", "/webhook"), ("api_endpoint", "/providers/webhook")):
            if name in stack.outputs:
                stack.outputs[name] = f"http://127.0.0.1:{server.server_port}{path}"
        yield stack.target
        server.shutdown()
        thread.join()


def unreachable() -> EndpointConnectionError:
    """What boto3 raises when nothing listens."""
    return EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

"""A stack that lives in the test: queues in memory, and a webhook on a local port that answers by the contract."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from support.fakes.secrets_manager import FakeSecretsManager
from support.fakes.sqs import FakeSqs

from hookline.core.transactions.transaction import TRANSACTION_TYPES
from hookline.operate.target import Target

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

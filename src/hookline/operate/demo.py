"""The demonstration: seven requests, and where each one ended."""

from __future__ import annotations

import shlex
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from hookline.local.emulator import LocalError
from hookline.operate.arrivals import Arrival, Arrivals
from hookline.operate.send import TIMEOUT_SECONDS, Answer, Sender, encode, new_event, signature_headers
from hookline.operate.target import Target

ARRIVAL_SECONDS = 15.0
SETTLE_SECONDS = 0.5


@dataclass(frozen=True)
class Step:
    """One request of the demonstration and what should come of it.

    Attributes:
        title: what is sent.
        body: the exact bytes.
        status: the expected HTTP status code.
        event_id: id whose messages belong to this request; empty if it has none, or another request's.
        queue: transaction type of the queue that the event should reach because of this request; empty for none.
    """

    title: str
    body: bytes
    status: int
    event_id: str = ""
    queue: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the demonstration's table: a step, its answer, and the arrivals of its event."""

    step: Step
    answer: Answer
    arrivals: list[Arrival]

    @property
    def as_expected(self) -> bool:
        """True if the answer and the queue are what they should be, with one message and no second one."""
        queues = [arrival.queue for arrival in self.arrivals]
        return self.answer.status == self.step.status and queues == ([self.step.queue] if self.step.queue else [])

    @property
    def arrival_milliseconds(self) -> float | None:
        """From sending to the message being received; None if no message came."""
        return (self.arrivals[0].at - self.answer.sent_at) * 1000 if self.arrivals else None


def steps(run: str) -> list[Step]:
    """The seven requests of a run; every event id begins with `run`."""
    payment = new_event("payment", f"{run}-payment")
    conflicting = payment | {"amount": "4990.00"}
    without_amount = {key: value for key, value in new_event("payment", f"{run}-bare").items() if key != "amount"}
    refund, dispute = (
        new_event("refund", f"{run}-refund", "12.00"),
        new_event("dispute", f"{run}-dispute", "80.5"),
    )
    return [
        Step("payment", encode(payment), 202, payment["event_id"], "payment"),
        Step("refund", encode(refund), 202, refund["event_id"], "refund"),
        Step("dispute", encode(dispute), 202, dispute["event_id"], "dispute"),
        Step("same payment again", encode(payment), 200),
        Step("same id, new amount", encode(conflicting), 409),
        Step("malformed body", b'{"event_id": ', 400),
        Step("no amount", encode(without_amount), 400, without_amount["event_id"]),
    ]


def run_demo(target: Target, progress: Callable[[str], None] = lambda _title: None) -> list[Line]:
    """Sends the seven requests, waits for their messages, and returns a line for each.

    Raises:
        LocalError: if the stack requires signatures and has no secret to sign with.
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if the secret cannot be read.
    """
    run = f"demo-{uuid.uuid4().hex[:10]}"
    plan = steps(run)
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client, Arrivals(target, run) as arrivals:
        sender = Sender(target.webhook_url, secret_for(target), client)
        answers: list[Answer] = []
        for step in plan:
            progress(f"sending {step.title}")
            answers.append(sender.send(step.body))
        progress("waiting for the messages")
        accepted = [s.event_id for s, a in zip(plan, answers, strict=True) if s.queue and a.status == s.status]
        arrivals.wait_for(accepted, ARRIVAL_SECONDS)
        time.sleep(SETTLE_SECONDS)  # a message too many would come now
        return [Line(s, a, arrivals.of(s.event_id)) for s, a in zip(plan, answers, strict=True)]


def secret_for(target: Target) -> str | None:
    """The secret that requests must be signed with; None where the stack accepts unsigned ones.

    Raises:
        LocalError: if the stack requires signatures and has no secret.
    """
    if target.outputs["allow_unsigned"]:
        return None
    secrets = target.signing_secrets()
    if not secrets:
        arn = target.outputs["signing_secret_arn"]
        raise LocalError(f"this stack requires signatures and its secret has no value yet: {arn}")
    return secrets[0]


def curl(target: Target) -> str:
    """A command line that sends a new payment, and works as it stands; a signed one does for five minutes."""
    secret = secret_for(target)
    head = f"curl -i {shlex.quote(target.webhook_url)} -H 'content-type: application/json'"
    if secret is None:
        event = (
            """'{"event_id":"evt-'$(date +%s)'","transaction_type":"payment","amount":"12.50","currency":"EUR","""
            """"timestamp":'$(date +%s)'}'"""
        )
        return f"{head} -d {event}"
    body = encode(new_event("payment", f"evt-{uuid.uuid4().hex[:8]}"))
    headers = [shlex.quote(f"{name}: {value}") for name, value in signature_headers(secret, body).items()]
    return " -H ".join([head, *headers]) + f" -d {shlex.quote(body.decode())}"

"""The code of `hookline demo`: it sends requests to the systems of a stack and observes the effects of each request."""

from __future__ import annotations

import shlex
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from hookline.core.senders import own_id
from hookline.errors import UserError
from hookline.operate.arrivals import Arrival, Arrivals
from hookline.operate.demo_steps import DemoStep, provider_steps, transaction_steps
from hookline.operate.observations import Observer, observer
from hookline.operate.own_messages import require_own_messages
from hookline.operate.sending.provider_webhooks import endpoint, send
from hookline.operate.sending.send import TIMEOUT_SECONDS, Answer, Sender, encode, new_event, signature_headers
from hookline.operate.target import Target

ARRIVAL_SECONDS = 15.0
SETTLE_SECONDS = 0.5


@dataclass(frozen=True)
class DemoLine:
    """One line of the table that `hookline demo` prints: a request, its answer, and its effects.

    Attributes:
        step: the request, with its expected effects.
        answer: the answer of the API.
        arrivals: the transaction messages of the request's events.
        archive_key: key of the body in the archive. Empty if the archive does not have the body, or if an earlier
            request stored it.
        on_bus: number of the request's events that reached the bus.
    """

    step: DemoStep
    answer: Answer
    arrivals: list[Arrival]
    archive_key: str = ""
    on_bus: int = 0

    @property
    def as_expected(self) -> bool:
        """True if the request got the expected answer, and had each expected effect once and no other effect."""
        queues = sorted((str(arrival.message.get("event_id")), arrival.queue) for arrival in self.arrivals)
        return (
            self.answer.status == self.step.status
            and queues == sorted(self.step.queues.items())
            and bool(self.archive_key) == bool(self.step.stored)
            and self.on_bus == (len(self.step.on_bus) if self.step.stored else 0)
        )

    @property
    def arrival_milliseconds(self) -> float | None:
        """Milliseconds from sending the request until its last message was received. None if no message arrived."""
        at = [arrival.at for arrival in self.arrivals]
        return (max(at) - self.answer.sent_at) * 1000 if at else None


def run_demo(target: Target, progress: Callable[[str], None] = lambda _title: None) -> list[DemoLine]:
    """Send the requests of the demo, wait for their effects, and return one line for each request.

    Args:
        target: the stack.
        progress: function that is called with a description of each step before the step begins.

    Raises:
        UserError: if the stack is not for tests, if its queues have messages, if it requires signatures, but its secret
            has no value, or if it has the providers system, but no log group of bus events.
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if the queues' attributes or the secrets
            cannot be read.
    """
    require_own_messages(target)
    plan: list[DemoStep] = []
    if target.has_transactions:
        plan += transaction_steps(own_id(target.sender, f"demo-{uuid.uuid4().hex[:10]}"))
    plan += provider_steps(target) if target.has_providers else []
    looking = observer(target)
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client, _arrivals(target, plan) as arrivals:
        answers = _send_all(target, plan, client, progress)
        done = list(zip(plan, answers, strict=True))
        progress("waiting for the messages")
        good = [step for step, answer in done if answer.status == step.status]
        arrivals.wait_for([event_id for step in good for event_id in step.queues], ARRIVAL_SECONDS)
        if target.has_providers:
            looking.wait_for_bus([name for step in good if step.stored for name in step.on_bus], ARRIVAL_SECONDS)
        time.sleep(SETTLE_SECONDS)  # time in which a wrong second copy of a message would arrive
        on_bus = looking.on_bus() if target.has_providers else Counter[str]()
        return [_line(step, answer, arrivals, looking, on_bus) for step, answer in done]


def _arrivals(target: Target, plan: list[DemoStep]) -> Arrivals:
    watched = tuple(event_id for step in plan for event_id in step.event_ids)
    return Arrivals(target, watched, None if target.has_transactions else {})


def _send_all(
    target: Target, plan: list[DemoStep], client: httpx.Client, progress: Callable[[str], None]
) -> list[Answer]:
    secret = secret_for(target) if target.has_transactions else None
    own = Sender(target.outputs.get("webhook_url", ""), secret, client)
    answers: list[Answer] = []
    for step in plan:
        progress(f"sending {step.title}")
        webhook = step.webhook
        answers.append(send(webhook, endpoint(target, webhook.provider), client) if webhook else own.send(step.body))
    return answers


def _line(step: DemoStep, answer: Answer, arrivals: Arrivals, looking: Observer, on_bus: Mapping[str, int]) -> DemoLine:
    found = [arrival for event_id in step.event_ids for arrival in arrivals.of(event_id)]
    if step.webhook is None or step.stored is None:
        return DemoLine(step, answer, found)
    key = step.webhook.archive_key
    archived = key if looking.archived(key) == step.body else ""
    return DemoLine(step, answer, found, archived, sum(on_bus.get(name, 0) for name in step.on_bus))


def secret_for(target: Target) -> str | None:
    """Return the secret that signs requests to the transactions endpoint; None if the stack accepts unsigned requests.

    Raises:
        UserError: if the stack requires signatures, but its secret has no value.
    """
    if target.accepts_unsigned:
        return None
    secrets = target.signing_secrets()
    if not secrets:
        arn = target.outputs["signing_secret_arn"]
        raise UserError(f"the stack requires signatures, but its secret has no value yet: set the value of {arn}")
    return secrets[0]


def curl(target: Target) -> str:
    """Return a curl command that sends a new payment. If it needs a signature, it works for only five minutes."""
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

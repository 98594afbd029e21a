"""The requests that `hookline demo` sends, with the expected effects of each request."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hookline.core.providers import adyen
from hookline.core.values.strict_json import JsonValue, decode, encode
from hookline.operate.sending import samples
from hookline.operate.sending.provider_webhooks import Signer, Webhook, sample_of, signer_for
from hookline.operate.sending.send import encode as encode_event
from hookline.operate.sending.send import new_event
from hookline.operate.sending.signing import can_sign
from hookline.operate.target import Target

STALE_SECONDS = 600


@dataclass(frozen=True)
class DemoStep:
    """One request that `hookline demo` sends, with its expected effects.

    Attributes:
        title: name of the request in the table that the command prints.
        body: the exact bytes of the request.
        status: the expected HTTP status code.
        event_ids: event ids or transaction ids whose messages the table shows beside this request. Empty if the table
            shows them beside an earlier request with the same ids.
        queues: event id or transaction id → transaction type of the queue that must get the message with this id.
        webhook: the signed webhook of a provider; None for a request to the transactions system.
        stored: True if the archive must get the body, and the bus its events. False if neither may get anything. None
            if an earlier request already led to both, or if the request is not a webhook of a provider.
    """

    title: str
    body: bytes
    status: int
    event_ids: tuple[str, ...] = ()
    queues: Mapping[str, str] = field(default_factory=dict[str, str])
    webhook: Webhook | None = None
    stored: bool | None = None

    @property
    def on_bus(self) -> list[str]:
        """The events of a provider's webhook, each as `provider:event id`. Empty for the transactions system."""
        return [f"{self.webhook.provider}:{event_id}" for event_id in self.webhook.event_ids] if self.webhook else []


def transaction_steps(run: str) -> list[DemoStep]:
    """Return the seven demo requests to the transactions system, with event ids that begin with `run`."""
    payment = new_event("payment", f"{run}-payment")
    conflicting = payment | {"amount": "4990.00"}
    without_amount = {key: value for key, value in new_event("payment", f"{run}-bare").items() if key != "amount"}
    refund, dispute = new_event("refund", f"{run}-refund", "12.00"), new_event("dispute", f"{run}-dispute", "80.5")
    accepted = [
        DemoStep(event["transaction_type"], encode_event(event), 202, (event["event_id"],), {event["event_id"]: kind})
        for event, kind in ((payment, "payment"), (refund, "refund"), (dispute, "dispute"))
    ]
    return [
        *accepted,
        DemoStep("same payment again", encode_event(payment), 200),
        DemoStep("same id, new amount", encode_event(conflicting), 409),
        DemoStep("malformed body", b'{"event_id": ', 400),
        DemoStep("no amount", encode_event(without_amount), 400, (without_amount["event_id"],)),
    ]


def provider_steps(target: Target) -> list[DemoStep]:
    """Return the demo requests to the providers system. Providers without a signing secret in the stack get none."""
    live = target.secrets("provider_secrets_arn")
    enabled: list[str] = target.outputs["providers"]
    signing = {name for name, secrets in live.items() if any(can_sign(name, secret) for secret in secrets)}
    signers = {name: signer_for(target, name) for name in enabled if name in signing}
    found = _stripe_steps(target, signers["stripe"]) if "stripe" in signers else []
    for name, title, make in (
        ("adyen", "Adyen batch of two", lambda: _adyen_batch(target)),
        ("square", "Square refund", lambda: samples.read("square", "refund")),
        ("razorpay", "Razorpay dispute", lambda: samples.read("razorpay", "dispute")),
    ):
        if name in signers:
            found.append(_accepted(target, title, signers[name].sign(samples.with_new_ids(name, make()))))
    return found


def _stripe_steps(target: Target, signer: Signer) -> list[DemoStep]:
    def new() -> bytes:
        return samples.with_new_ids("stripe", samples.read("stripe", "payment"))

    payment = signer.sign(new())
    forged = replace(signer, secret=f"whsec_{uuid.uuid4().hex}").sign(new())
    stale = signer.sign(new(), now=int(time.time()) - STALE_SECONDS)
    return [
        _accepted(target, "Stripe payment", payment),
        DemoStep("the same again", payment.body, 200, webhook=payment),
        _refused("Stripe, forged", forged),
        _refused("Stripe, 10 min late", stale),
    ]


def _adyen_batch(target: Target) -> bytes:
    """Return the body of one Adyen delivery with two events: a payment and a dispute."""
    payment, dispute = (
        decode(samples.read("adyen", event)) for event in (sample_of(target, "adyen", "payment"), "dispute")
    )
    items: list[JsonValue] = [
        {"NotificationRequestItem": item} for delivery in (payment, dispute) for item in adyen.items_of(delivery)
    ]
    return encode({**payment, "notificationItems": items}).encode()


def _accepted(target: Target, title: str, webhook: Webhook) -> DemoStep:
    queues = webhook.transactions if target.forwards else {}
    return DemoStep(title, webhook.body, 200, tuple(webhook.transactions), queues, webhook, stored=True)


def _refused(title: str, webhook: Webhook) -> DemoStep:
    return DemoStep(title, webhook.body, 401, tuple(webhook.transactions), {}, webhook, stored=False)

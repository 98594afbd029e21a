"""Genuine webhooks for the simulation: bodies in the providers' formats, signed with the simulation's secrets."""

import base64
import json
from datetime import datetime
from typing import Any

from hookline.core.providers.contract import Delivery
from hookline.core.signatures.hmac_body import BASE64, mac
from hookline.operate.sending.signing import sign

URL = "https://example.com/webhook/square"
SECRETS = {
    "adyen": bytes(range(32)).hex(),
    "checkout": "checkout-simulation",
    "razorpay": "razorpay-simulation",
    "shopify": "shopify-simulation",
    "square": "square-simulation",
    "standard_webhooks": "whsec_" + base64.b64encode(bytes(range(24))).decode(),
    "stripe": "whsec_stripe_simulation",
}
"""A live secret of each provider whose signature uses a shared secret."""


def signed(provider: str, payload: dict[str, Any] | bytes, now: datetime, secret: str = "") -> Delivery:
    """Return a genuine delivery of a payload, signed now."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return sign(provider, body, secret or SECRETS[provider], int(now.timestamp()), event_id="evt_header", url=URL)


def signed_bytes(provider: str, body: bytes, now: datetime) -> Delivery:
    """Return a delivery of any bytes with a genuine signature."""
    if provider != "shopify":
        return signed(provider, body, now)
    # The signer would read Shopify's topic from the body, but this body may not be JSON.
    signature = mac(SECRETS[provider].encode(), body, BASE64).decode()
    return Delivery(body, {"x-shopify-hmac-sha256": signature, "x-shopify-topic": "orders/create"})


def stripe_payment(event_id: str = "evt_1", payment: str = "pi_1", **more: Any) -> dict[str, Any]:
    """Return a Stripe payment of 10.99 USD."""
    intent = {"id": payment, "amount": 1099, "amount_received": 1099, "currency": "usd", "status": "succeeded"}
    return {
        "id": event_id,
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": 1_795_262_400,
        "data": {"object": intent},
        **more,
    }


def adyen_batch(*references: str) -> dict[str, Any]:
    """Return an Adyen batch of authorisations, one for each PSP reference."""
    return {
        "live": "false",
        "notificationItems": [{"NotificationRequestItem": _authorisation(reference)} for reference in references],
    }


def _authorisation(reference: str) -> dict[str, Any]:
    return {
        "pspReference": reference,
        "merchantAccountCode": "ACCOUNT",
        "merchantReference": "order:1",
        "amount": {"value": 1500, "currency": "EUR"},
        "eventCode": "AUTHORISATION",
        "eventDate": "2026-11-21T10:00:00+01:00",
        "success": "true",
    }


EVENTS: dict[str, dict[str, Any]] = {
    "adyen": adyen_batch("PSP1"),
    "checkout": {
        "id": "evt_1",
        "type": "payment_captured",
        "timestamp": "2026-11-21T10:00:00Z",
        "data": {"id": "pay_1", "amount": 1500, "currency": "EUR"},
    },
    "razorpay": {
        "event": "payment.captured",
        "account_id": "acc_1",
        "created_at": 1_795_262_400,
        "payload": {"payment": {"entity": {"id": "pay_1", "amount": 1500, "currency": "INR"}}},
    },
    "shopify": {
        "id": 1,
        "order_id": 2,
        "kind": "sale",
        "gateway": "bogus",
        "status": "success",
        "amount": "15.00",
        "currency": "CAD",
        "created_at": "2026-11-21T10:00:00+01:00",
    },
    "square": {
        "event_id": "evt_1",
        "type": "payment.updated",
        "created_at": "2026-11-21T10:00:00Z",
        "data": {
            "type": "payment",
            "id": "pay_1",
            "object": {
                "payment": {
                    "id": "pay_1",
                    "version": 2,
                    "status": "COMPLETED",
                    "amount_money": {"amount": 1500, "currency": "USD"},
                    "total_money": {"amount": 1500, "currency": "USD"},
                }
            },
        },
    },
    "standard_webhooks": {
        "type": "payment.succeeded",
        "timestamp": "2026-11-21T10:00:00Z",
        "data": {"payment_id": "pay_1", "total_amount": 1500, "currency": "USD"},
    },
    "stripe": stripe_payment(),
}
"""One genuine payment of each provider whose signature uses a shared secret."""

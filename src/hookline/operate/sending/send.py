"""A sender of webhooks to one endpoint, and functions that make example events in hookline's own form."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import httpx

from hookline.core.signatures.standard_webhooks import sign

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """The answer of an endpoint to one webhook.

    Attributes:
        status: HTTP status code; 0 if there was no answer.
        body: the body as a JSON object; empty if the body is anything else.
        sent_at: time of sending on the monotonic clock, in seconds.
        milliseconds: time from sending until the whole answer was received, in ms.
    """

    status: int
    body: dict[str, Any]
    sent_at: float
    milliseconds: float

    @property
    def code(self) -> str:
        """`accepted`, `duplicate`, or the error code in the body. Empty if the body has none of them."""
        error: object = self.body.get("error")
        code: object = cast("dict[str, object]", error).get("code") if isinstance(error, dict) else None
        return str(self.body.get("status") or code or "")


@dataclass(frozen=True)
class Sender:
    """A sender of webhooks to one endpoint. Several threads may use it. It keeps HTTP connections open.

    Attributes:
        url: URL of the endpoint.
        secret: Standard Webhooks secret that signs each request; None if the sender adds no signature.
        client: the HTTP client.
    """

    url: str
    secret: str | None
    client: httpx.Client

    def send(self, body: bytes, headers: dict[str, str] | None = None) -> Answer:
        """Send a body unchanged with POST. Return the answer, which has the status 0 if the endpoint is unreachable."""
        all_headers = {"content-type": "application/json", **self._signature(body), **(headers or {})}
        started = time.monotonic()
        try:
            response = self.client.post(self.url, content=body, headers=all_headers)
        except httpx.HTTPError as error:
            return Answer(0, {"error": {"code": type(error).__name__}}, started, _since(started))
        return Answer(response.status_code, _json(response), started, _since(started))

    def send_event(self, event: dict[str, Any]) -> Answer:
        """Send an event as JSON with POST, and return the answer."""
        return self.send(encode(event))

    def _signature(self, body: bytes) -> dict[str, str]:
        return signature_headers(self.secret, body) if self.secret else {}


def signature_headers(secret: str, body: bytes) -> dict[str, str]:
    """Return the three Standard Webhooks headers for a body, with the current time."""
    webhook_id, now = f"msg_{uuid.uuid4().hex}", int(time.time())
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret, webhook_id, now, body),
    }


def new_event(kind: str, event_id: str, amount: str = "49.90", currency: str = "EUR") -> dict[str, Any]:
    """Return an example event in hookline's own form, with the current time.

    Args:
        kind: transaction type of the event.
        event_id: event id.
        amount: amount in major units of the currency, such as euros.
        currency: ISO 4217 code.
    """
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "event_id": event_id,
        "transaction_type": kind,
        "amount": amount,
        "currency": currency,
        "timestamp": now,
        "metadata": {"order": f"order-{event_id[-6:]}"},
    }


def encode(event: dict[str, Any]) -> bytes:
    """Return an event as JSON bytes."""
    return json.dumps(event).encode()


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}


def _since(started: float) -> float:
    return (time.monotonic() - started) * 1000

"""Signatures, events and money reports of Square's webhooks.

Sources: "Validate and process webhook notifications", "Webhook events reference" (developer.squareup.com).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from hookline.core.providers.contract import Delivery, Event, MoneyReport, Provider, Settings, Verified
from hookline.core.providers.reading import (
    bounded_id,
    bounded_key,
    currency_at,
    instant_at,
    minor_units,
    required_text,
    text_at,
    whole_at,
)
from hookline.core.signatures.hmac_body import BASE64, is_usable, read_signature, require_match, usable_keys
from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.core.values.strict_json import JsonObject

SIGNATURE_HEADER = "x-square-hmacsha256-signature"

EVENT_TYPES = {
    "payment.created": "payment",
    "payment.updated": "payment",
    "refund.created": "refund",
    "refund.updated": "refund",
    "dispute.created": "dispute",
    "dispute.state.updated": "dispute",
}

BOOKED_BY = {
    "payment.created": "payment.updated",
    "refund.created": "refund.updated",
    "dispute.state.updated": "dispute.created",
}


def verify(delivery: Delivery, secrets: Iterable[str], now: int, settings: Settings) -> Verified:  # noqa: ARG001
    """Verify Square's signature: the HMAC-SHA256 of the notification URL and the body, as base64.

    Square signs the URL directly followed by the body, without a separator. If an attacker could choose the URL, they
    could move bytes between the URL and the body, and the signature would still match. So the URL comes from hookline's
    settings and not from the request.

    Square does not sign a time. An empty body is rejected, because Square's own libraries also reject an empty body.
    """
    signature = read_signature(delivery.headers, SIGNATURE_HEADER, BASE64)
    keys = usable_keys(secrets)
    if not (settings.url and delivery.body):
        raise SignatureRefused(Refusal.MALFORMED if settings.url else Refusal.NO_SECRET)
    secret = require_match([signature], keys, settings.url.encode() + delivery.body, BASE64)
    return Verified(None, (secret,))


def identify(delivery: Delivery, payload: JsonObject, settings: Settings) -> list[Event]:  # noqa: ARG001
    """Return the only event of a Square delivery. The event id is in the signed body."""
    event_id, event_type = required_text(payload, "event_id"), required_text(payload, "type")
    # In Square's events, ``data.id`` can differ from the id of the payment, refund or dispute.
    object_id = text_at(payload, "data", "object", _object(event_type), "id") or text_at(payload, "data", "id")
    key, account = bounded_key(event_id), text_at(payload, "merchant_id")
    return [Event(bounded_id(event_id), event_type, object_id or event_id, payload, key, account=account)]


def normalise(event: Event) -> list[MoneyReport]:
    """Return the money report of a Square event in a list.

    The list is empty if the event type is not in ``EVENT_TYPES``.
    """
    transaction_type = EVENT_TYPES.get(event.event_type)
    if transaction_type is None:
        return []
    path = ("data", "object", transaction_type)
    money = "total_money" if transaction_type == "payment" else "amount_money"
    currency = currency_at(event.payload, *path, money, "currency")
    return [
        MoneyReport(
            event_id=event.event_id,
            transaction_type=transaction_type,
            amount=minor_units(whole_at(event.payload, *path, money, "amount"), currency),
            currency=currency,
            timestamp=instant_at(event.payload, "created_at"),
            object_id=event.object_id,
            status=_status(event, path),
            fact=f"{transaction_type}:{event.object_id}",
            # All updates of an object give the same transaction id. If their timestamps differed, the validator would
            # find a conflict.
            occurred_at=instant_at(event.payload, *path, "created_at"),
        )
    ]


def _object(event_type: str) -> str:
    return event_type.partition(".")[0]


def _status(event: Event, path: tuple[str, ...]) -> str | None:
    """Return the status of a Square payment or refund, or the state of a dispute.

    Return None for a new dispute, and ``UNKNOWN`` if the object has no status and no state.
    """
    if event.event_type == "dispute.created":
        return None
    return text_at(event.payload, *path, "state") or text_at(event.payload, *path, "status") or "UNKNOWN"


PROVIDER = Provider(
    name="square",
    required_headers=(SIGNATURE_HEADER,),
    retry_horizon=timedelta(hours=24),
    signs_time=False,
    event_types=EVENT_TYPES,
    booked_by=BOOKED_BY,
    statuses={},
    verify=verify,
    identify=identify,
    normalise=normalise,
    is_usable=is_usable,
)

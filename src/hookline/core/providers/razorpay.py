"""Signatures, events and money reports of Razorpay's webhooks.

Sources: "Validate and test webhooks", "Webhook payloads", "About webhooks" (razorpay.com/docs).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from hookline.core.providers.contract import Delivery, Event, MoneyReport, Provider, Settings, Verified
from hookline.core.providers.reading import (
    bounded_id,
    content_key,
    currency_at,
    header_id,
    instant_at,
    minor_units,
    required_text,
    text_at,
    whole_at,
)
from hookline.core.signatures.hmac_body import HEX, is_usable, read_signature, require_match, usable_keys
from hookline.core.values.strict_json import JsonObject

SIGNATURE_HEADER = "x-razorpay-signature"
EVENT_ID_HEADER = "x-razorpay-event-id"

EVENT_TYPES = {
    "payment.captured": "payment",
    "refund.processed": "refund",
    "refund.failed": "refund",
    "payment.dispute.created": "dispute",
    "payment.dispute.won": "dispute",
    "payment.dispute.lost": "dispute",
    "payment.dispute.closed": "dispute",
    "payment.dispute.under_review": "dispute",
    "payment.dispute.action_required": "dispute",
}

BOOKED_BY = {
    "payment.dispute.won": "payment.dispute.created",
    "payment.dispute.lost": "payment.dispute.created",
    "payment.dispute.closed": "payment.dispute.created",
    "payment.dispute.under_review": "payment.dispute.created",
    "payment.dispute.action_required": "payment.dispute.created",
}

STATUSES = {name: name.rpartition(".")[2] for name in ("refund.failed", *BOOKED_BY)}
"""Event type → status of its money report. A money report with such a status does not become a transaction."""


def verify(delivery: Delivery, secrets: Iterable[str], now: int, settings: Settings) -> Verified:  # noqa: ARG001
    """Verify the header ``X-Razorpay-Signature``: the HMAC-SHA256 of the body, as hex.

    Razorpay does not sign a time or the event id.
    """
    signature = read_signature(delivery.headers, SIGNATURE_HEADER, HEX)
    secret = require_match([signature], usable_keys(secrets), delivery.body, HEX)
    return Verified(None, (secret,))


def identify(delivery: Delivery, payload: JsonObject, settings: Settings) -> list[Event]:  # noqa: ARG001
    """Return the only event of a Razorpay delivery.

    The event id is in an unsigned header, so the signed key does not contain the event id.
    """
    event_type = required_text(payload, "event")
    entity = _entity(event_type)
    object_id = text_at(payload, "payload", entity, "entity", "id") or required_text(payload, "account_id")
    key = content_key(event_type, object_id, delivery.body)
    header = header_id(delivery.headers, EVENT_ID_HEADER)
    account = text_at(payload, "account_id")
    return [Event(header or bounded_id(key), event_type, object_id, payload, key, account=account)]


def normalise(event: Event) -> list[MoneyReport]:
    """Return the money report of a Razorpay event in a list.

    The list is empty if the event type is not in ``EVENT_TYPES``.
    """
    transaction_type = EVENT_TYPES.get(event.event_type)
    if transaction_type is None:
        return []
    path = ("payload", _entity(event.event_type), "entity")
    currency = currency_at(event.payload, *path, "currency")
    return [
        MoneyReport(
            event_id=event.event_id,
            transaction_type=transaction_type,
            amount=minor_units(whole_at(event.payload, *path, "amount"), currency),
            currency=currency,
            timestamp=instant_at(event.payload, "created_at"),
            object_id=event.object_id,
            status=STATUSES.get(event.event_type),
            fact=f"{transaction_type}:{text_at(event.payload, *path, 'id') or event.signed_key}",
        )
    ]


def _entity(event_type: str) -> str:
    """Return the name of the object that a Razorpay event is about, such as ``payment``, ``refund`` or ``dispute``.

    The name comes from the event type, because the payload of a dispute event also contains the payment.
    """
    return "dispute" if event_type.startswith("payment.dispute.") else event_type.partition(".")[0]


PROVIDER = Provider(
    name="razorpay",
    required_headers=("X-Razorpay-Signature",),
    retry_horizon=timedelta(hours=24),
    signs_time=False,
    event_types=EVENT_TYPES,
    booked_by=BOOKED_BY,
    statuses=STATUSES,
    verify=verify,
    identify=identify,
    normalise=normalise,
    is_usable=is_usable,
    unsigned=("event_id",),
)

"""Signatures, events and money reports of Checkout.com's webhooks.

Sources: "Configure your webhook server", "Event types", "Format the amount value" (checkout.com/docs). Checkout.com has
no official library that verifies these signatures.
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
from hookline.core.signatures.hmac_body import HEX, is_usable, read_signature, require_match, usable_keys
from hookline.core.values.strict_json import JsonObject

SIGNATURE_HEADER = "cko-signature"

EVENT_TYPES = {
    "payment_captured": "payment",
    "payment_refunded": "refund",
    "dispute_received": "dispute",
    "dispute_evidence_required": "dispute",
    "dispute_evidence_submitted": "dispute",
    "dispute_accepted": "dispute",
    "dispute_canceled": "dispute",
    "dispute_expired": "dispute",
    "dispute_lost": "dispute",
    "dispute_resolved": "dispute",
    "dispute_won": "dispute",
}

BOOKED_BY = {
    name: "dispute_evidence_required"
    for name, transaction_type in EVENT_TYPES.items()
    if transaction_type == "dispute" and name != "dispute_evidence_required"
}

EXPONENTS = {"CLP": 2}
"""Currency → number of decimal places at Checkout.com. It lists only differences from ISO 4217."""

STATUSES = {name: name.removeprefix("dispute_") for name in BOOKED_BY if name != "dispute_received"}
"""Event type → status of its money report. A money report with such a status does not become a transaction."""


def verify(delivery: Delivery, secrets: Iterable[str], now: int, settings: Settings) -> Verified:  # noqa: ARG001
    """Verify the header ``Cko-Signature``: the HMAC-SHA256 of the body, as hex. Checkout.com does not sign a time."""
    signature = read_signature(delivery.headers, SIGNATURE_HEADER, HEX)
    secret = require_match([signature], usable_keys(secrets), delivery.body, HEX)
    return Verified(None, (secret,))


def identify(delivery: Delivery, payload: JsonObject, settings: Settings) -> list[Event]:  # noqa: ARG001
    """Return the only event of a Checkout.com delivery. The event id is in the signed body."""
    event_id, event_type = required_text(payload, "id"), required_text(payload, "type")
    object_id = text_at(payload, "data", "id") or event_id
    key, account = bounded_key(event_id), text_at(payload, "data", "entity_id")
    return [Event(bounded_id(event_id), event_type, object_id, payload, key, account=account)]


def normalise(event: Event) -> list[MoneyReport]:
    """Return the money report of a Checkout.com event in a list.

    The list is empty if the event type is not in ``EVENT_TYPES``. Older events have the time in the field
    ``created_on`` instead of ``timestamp``.
    """
    transaction_type = EVENT_TYPES.get(event.event_type)
    if transaction_type is None:
        return []
    currency = currency_at(event.payload, "data", "currency")
    return [
        MoneyReport(
            event_id=event.event_id,
            transaction_type=transaction_type,
            amount=minor_units(whole_at(event.payload, "data", "amount"), currency, EXPONENTS),
            currency=currency,
            timestamp=instant_at(event.payload, "timestamp") or instant_at(event.payload, "created_on"),
            object_id=event.object_id,
            status=STATUSES.get(event.event_type),
        )
    ]


PROVIDER = Provider(
    name="checkout",
    required_headers=("Cko-Signature",),
    retry_horizon=timedelta(days=3),
    signs_time=False,
    event_types=EVENT_TYPES,
    booked_by=BOOKED_BY,
    statuses=STATUSES,
    verify=verify,
    identify=identify,
    normalise=normalise,
    is_usable=is_usable,
)

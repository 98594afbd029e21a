"""Signatures, events and money reports of Checkout.com's webhooks.

Sources: "Configure your webhook server", "Event types", "Format the amount value" (checkout.com/docs). Checkout.com has
no official library that verifies these signatures.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from hookline.core.providers.contract import BookingRules, Delivery, Event, MoneyReport, Provider, Settings, Verified
from hookline.core.providers.reading import (
    bounded_id,
    bounded_key,
    currency_at,
    instant_at,
    minor_units,
    reference_at,
    required_text,
    text_at,
    whole_at,
)
from hookline.core.providers.table import verdict_on
from hookline.core.providers.tables.checkout import FAMILIES, TABLE
from hookline.core.signatures.hmac_body import HEX, is_usable, read_signature, require_match, usable_keys
from hookline.core.values.strict_json import JsonObject

SIGNATURE_HEADER = "cko-signature"


EXPONENTS = {"CLP": 2}
"""Currency → number of decimal places at Checkout.com. It lists only differences from ISO 4217."""


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
    version = text_at(payload, "version")
    return [Event(bounded_id(event_id), event_type, object_id, payload, key, account=account, api_version=version)]


def normalise(event: Event, rules: BookingRules) -> list[MoneyReport]:  # noqa: ARG001
    """Return the money report of a Checkout.com event in a list. The list is empty if the event is not about money.

    Older events have the time in the field ``created_on`` instead of ``timestamp``.
    """
    judged = verdict_on(TABLE, FAMILIES, event.event_type, "")
    if judged is None:
        return []
    currency = currency_at(event.payload, "data", "currency")
    of_dispute = judged.transaction_type == "dispute"
    return [
        MoneyReport(
            event_id=event.event_id,
            transaction_type=judged.transaction_type,
            verdict=judged.verdict,
            status=event.event_type.partition("_")[2],
            amount=minor_units(whole_at(event.payload, "data", "amount"), currency, EXPONENTS),
            currency=currency,
            timestamp=instant_at(event.payload, "timestamp") or instant_at(event.payload, "created_on"),
            object_id=_object_id(event, judged.transaction_type),
            fact=f"dispute:{event.object_id}" if of_dispute else None,
            booked_type="dispute_evidence_required" if of_dispute else None,
            payment_id=text_at(event.payload, "data", "payment_id")
            or (event.object_id if judged.transaction_type == "refund" else ""),
            reference=_reference(event.payload),
            respond_by=instant_at(event.payload, "data", "evidence_required_by"),
        )
    ]


def _object_id(event: Event, transaction_type: str) -> str:
    """Return the id of the payment or dispute. A refund has the id of its action: ``data.id`` is its payment."""
    return (text_at(event.payload, "data", "action_id") if transaction_type == "refund" else "") or event.object_id


def _reference(payload: JsonObject) -> str:
    """Return the merchant's reference of a payment or refund. A dispute has the reference of its payment."""
    return reference_at(payload, "data", "reference") or reference_at(payload, "data", "payment_reference")


PROVIDER = Provider(
    name="checkout",
    required_headers=("Cko-Signature",),
    retry_horizon=timedelta(days=3),
    signs_time=False,
    table=TABLE,
    families=FAMILIES,
    verify=verify,
    identify=identify,
    normalise=normalise,
    is_usable=is_usable,
)

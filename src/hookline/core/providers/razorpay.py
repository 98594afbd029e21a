"""Signatures, events and money reports of Razorpay's webhooks.

Sources: "Validate and test webhooks", "Webhook payloads", "About webhooks" (razorpay.com/docs).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from hookline.core.providers.contract import BookingRules, Delivery, Event, MoneyReport, Provider, Settings, Verified
from hookline.core.providers.reading import (
    bounded_id,
    content_key,
    currency_at,
    header_id,
    instant_at,
    minor_units,
    reference_at,
    required_text,
    text_at,
    whole_at,
)
from hookline.core.providers.table import verdict_on
from hookline.core.providers.tables.razorpay import FAMILIES, TABLE
from hookline.core.signatures.hmac_body import HEX, is_usable, read_signature, require_match, usable_keys
from hookline.core.values.strict_json import JsonObject

SIGNATURE_HEADER = "x-razorpay-signature"
EVENT_ID_HEADER = "x-razorpay-event-id"


_TELLERS = {"payment": "payment.captured", "refund": "refund.processed"}
"""Transaction type → event type in the metadata of the transaction. Several event types tell these facts."""


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


def normalise(event: Event, rules: BookingRules) -> list[MoneyReport]:
    """Return the money report of a Razorpay event in a list. The list is empty if the event is not about money.

    The time is that of the payment, refund or dispute. The time of the event differs from one event to the next.
    """
    path = ("payload", _entity(event.event_type), "entity")
    status = text_at(event.payload, *path, "status")
    judged = verdict_on(TABLE, FAMILIES, event.event_type, status)
    if judged is None:
        return []
    currency, noted = currency_at(event.payload, *path, "currency"), ("notes", rules.reference_field)
    return [
        MoneyReport(
            event_id=event.event_id,
            transaction_type=judged.transaction_type,
            verdict=judged.verdict,
            status=status,
            amount=minor_units(whole_at(event.payload, *path, "amount"), currency),
            currency=currency,
            timestamp=instant_at(event.payload, "created_at"),
            object_id=event.object_id,
            fact=f"{judged.transaction_type}:{text_at(event.payload, *path, 'id') or event.signed_key}",
            occurred_at=instant_at(event.payload, *path, "created_at"),
            booked_type=_TELLERS.get(judged.transaction_type),
            payment_id=text_at(event.payload, *path, "payment_id"),
            reference=reference_at(event.payload, *path, "receipt") or reference_at(event.payload, *path, *noted),
            changing="" if text_at(event.payload, *path, "receipt") else "reference",
            inquiry=text_at(event.payload, *path, "phase") == "retrieval",
            respond_by=instant_at(event.payload, *path, "respond_by"),
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
    table=TABLE,
    families=FAMILIES,
    verify=verify,
    identify=identify,
    normalise=normalise,
    is_usable=is_usable,
    unsigned=("event_id",),
    identifying_headers=(EVENT_ID_HEADER,),
)

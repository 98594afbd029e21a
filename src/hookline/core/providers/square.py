"""Signatures, events and money reports of Square's webhooks.

Sources: "Validate and process webhook notifications", "Webhook events reference" (developer.squareup.com).
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
from hookline.core.providers.tables.square import FAMILIES, TABLE
from hookline.core.signatures.hmac_body import BASE64, is_usable, read_signature, require_match, usable_keys
from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.core.values.strict_json import JsonObject

SIGNATURE_HEADER = "x-square-hmacsha256-signature"


_TELLERS = {"payment": "payment.updated", "refund": "refund.updated"}
"""Transaction type → event type in the metadata of the transaction. Several event types tell these facts."""


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


def normalise(event: Event, rules: BookingRules) -> list[MoneyReport]:  # noqa: ARG001
    """Return the money report of a Square event in a list. The list is empty if the event is not about money."""
    path = ("data", "object", _object(event.event_type))
    status = text_at(event.payload, *path, "state") or text_at(event.payload, *path, "status")
    judged = verdict_on(TABLE, FAMILIES, event.event_type, status)
    if judged is None:
        return []
    money = "total_money" if judged.transaction_type == "payment" else "amount_money"
    currency = currency_at(event.payload, *path, money, "currency")
    return [
        MoneyReport(
            event_id=event.event_id,
            transaction_type=judged.transaction_type,
            verdict=judged.verdict,
            status=status,
            amount=minor_units(whole_at(event.payload, *path, money, "amount"), currency),
            currency=currency,
            timestamp=instant_at(event.payload, "created_at"),
            object_id=event.object_id,
            fact=f"{judged.transaction_type}:{event.object_id}",
            # All updates of an object give the same transaction id. If their timestamps differed, the validator would
            # find a conflict.
            occurred_at=instant_at(event.payload, *path, "created_at"),
            booked_type=_TELLERS.get(judged.transaction_type),
            payment_id=text_at(event.payload, *path, "payment_id")
            or text_at(event.payload, *path, "disputed_payment", "payment_id"),
            inquiry=judged.transaction_type == "dispute" and status.startswith("INQUIRY_"),
            reference=reference_at(event.payload, *path, "reference_id"),
            respond_by=instant_at(event.payload, *path, "due_at"),
        )
    ]


def _object(event_type: str) -> str:
    return event_type.partition(".")[0]


PROVIDER = Provider(
    name="square",
    required_headers=(SIGNATURE_HEADER,),
    retry_horizon=timedelta(hours=24),
    signs_time=False,
    table=TABLE,
    families=FAMILIES,
    verify=verify,
    identify=identify,
    normalise=normalise,
    is_usable=is_usable,
)

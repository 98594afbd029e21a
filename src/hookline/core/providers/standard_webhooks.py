"""Signatures, events and money reports of webhooks that follow the Standard Webhooks specification.

Sources: the Standard Webhooks specification 1.0.0 (standardwebhooks.com). The specification recommends the fields
``type``, ``timestamp`` and ``data``. Each sender defines its own event types and data. The field names that this module
reads inside ``data`` are the names that payment services with Standard Webhooks use.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hookline.core.providers.contract import (
    BookingRules,
    Delivery,
    Event,
    FurtherRoute,
    MoneyReport,
    Provider,
    Settings,
    Verified,
)
from hookline.core.providers.reading import (
    bounded_id,
    bounded_key,
    currency_at,
    id_at,
    instant_at,
    minor_units,
    text_at,
    whole_at,
)
from hookline.core.providers.table import BOOKED, Table, rows, verdict_on
from hookline.core.senders import own_id
from hookline.core.signatures import standard_webhooks
from hookline.core.values.strict_json import JsonObject

TABLE: Table = {
    **rows("payment", BOOKED, "payment.succeeded"),
    **rows("refund", BOOKED, "refund.succeeded"),
    **rows("dispute", BOOKED, "dispute.opened"),
}

FAMILIES: tuple[str, ...] = ()
"""Empty, because each sender defines its own event types."""

_AMOUNT_FIELDS = {"payment": ("total_amount", "amount"), "refund": ("amount",), "dispute": ("amount",)}


def verify(delivery: Delivery, secrets: Iterable[str], now: int, settings: Settings) -> Verified:  # noqa: ARG001
    """Verify a Standard Webhooks signature: HMAC-SHA256 of ``webhook-id.webhook-timestamp.body``."""
    secret = standard_webhooks.verify(delivery.headers, delivery.body, secrets, now)
    signed_at = datetime.fromtimestamp(int(delivery.headers[standard_webhooks.TIMESTAMP_HEADER]), UTC)
    return Verified(signed_at, (secret,))


def identify(delivery: Delivery, payload: JsonObject, settings: Settings) -> list[Event]:  # noqa: ARG001
    """Return the only event of a Standard Webhooks delivery.

    The event id is the signed header ``webhook-id``, after the name of the sender if the sender has one.
    """
    webhook_id = delivery.headers[standard_webhooks.ID_HEADER]
    event_type = text_at(payload, "type") or "unknown"
    object_id = _object_id(payload, event_type) or webhook_id
    event_id, sender = own_id(delivery.sender, webhook_id), delivery.sender
    return [Event(bounded_id(event_id), event_type, object_id, payload, bounded_key(event_id), account=sender)]


def normalise(event: Event, rules: BookingRules) -> list[MoneyReport]:  # noqa: ARG001
    """Return the money report of a Standard Webhooks event in a list. The list is empty for other event types.

    The sender gives the amount as a whole number of minor units.
    """
    judged = verdict_on(TABLE, FAMILIES, event.event_type, "")
    if judged is None:
        return []
    amounts = (whole_at(event.payload, "data", field) for field in _AMOUNT_FIELDS[judged.transaction_type])
    currency = currency_at(event.payload, "data", "currency")
    return [
        MoneyReport(
            event_id=event.event_id,
            transaction_type=judged.transaction_type,
            verdict=judged.verdict,
            status="",
            amount=minor_units(next((amount for amount in amounts if amount is not None), None), currency),
            currency=currency,
            timestamp=instant_at(event.payload, "timestamp"),
            object_id=event.object_id,
            payment_id="" if judged.transaction_type == "payment" else id_at(event.payload, "data", "payment_id"),
        )
    ]


def _object_id(payload: JsonObject, event_type: str) -> str:
    of_type = f"{TABLE[event_type].transaction_type}_id" if event_type in TABLE else "id"
    return id_at(payload, "data", of_type) or id_at(payload, "data", "id")


PROVIDER = Provider(
    name="standard_webhooks",
    required_headers=standard_webhooks.SIGNATURE_HEADERS,
    retry_horizon=timedelta(days=3),
    signs_time=True,
    table=TABLE,
    families=FAMILIES,
    verify=verify,
    identify=identify,
    normalise=normalise,
    is_usable=standard_webhooks.is_usable,
    identifying_headers=(standard_webhooks.ID_HEADER,),
    routes=(FurtherRoute("svix", standard_webhooks.SVIX_HEADERS),),
)

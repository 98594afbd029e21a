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
    decimal_text_at,
    id_at,
    instant_at,
    minor_units,
    minor_units_of_decimal,
    reference_at,
    text_at,
    whole_at,
)
from hookline.core.providers.table import BOOKED, COUNTED, NOT_FINAL, Judgement, Table, rows, verdict_on
from hookline.core.sender_mapping import MoneyFields, SenderMapping, mapping_for
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


def identify(delivery: Delivery, payload: JsonObject, settings: Settings) -> list[Event]:
    """Return the only event of a Standard Webhooks delivery.

    The event id is the signed header ``webhook-id``, after the name of the sender if the sender has one.
    """
    webhook_id = delivery.headers[standard_webhooks.ID_HEADER]
    mapping = mapping_for(settings.mappings, delivery.sender)
    event_type = text_at(payload, *(mapping.event_type if mapping else ("type",))) or "unknown"
    object_id = _object_id(payload, event_type, mapping) or webhook_id
    event_id, key = own_id(delivery.sender, webhook_id), signed_key(delivery)
    return [Event(bounded_id(event_id), event_type, object_id, payload, key, account=delivery.sender)]


def signed_key(delivery: Delivery) -> str:
    """Return the signed key of a delivery, which is made from its ``webhook-id`` and the name of the sender."""
    return bounded_key(own_id(delivery.sender, delivery.headers[standard_webhooks.ID_HEADER]))


def normalise(event: Event, rules: BookingRules) -> list[MoneyReport]:
    """Return the money report of a Standard Webhooks event in a list. The list is empty for other event types.

    The mapping of the sender says which event types move money, and where the money data is. Without a mapping,
    ``TABLE`` says it, and the sender gives the amount as a whole number of minor units.
    """
    mapping = mapping_for(rules.mappings, event.account)
    if mapping is not None:
        fields = mapping.by_type.get(event.event_type)
        return [_mapped(event, fields)] if fields else []
    judged = verdict_on(TABLE, FAMILIES, event.event_type, "")
    return [_by_table(event, judged)] if judged else []


def _by_table(event: Event, judged: Judgement) -> MoneyReport:
    amounts = (whole_at(event.payload, "data", field) for field in _AMOUNT_FIELDS[judged.transaction_type])
    currency = currency_at(event.payload, "data", "currency")
    return MoneyReport(
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


def _mapped(event: Event, fields: MoneyFields) -> MoneyReport:
    """Return the money report of an event by the mapping of its sender.

    Several events can tell one payment, refund or dispute, so its id makes the transaction id. Then the transaction has
    the first of the event types in the mapping, and no reference, which another event could tell differently.
    """
    payload, object_id = event.payload, id_at(event.payload, *fields.object_id)
    currency = currency_at(payload, *fields.currency)
    status = text_at(payload, *fields.status) if fields.status else ""
    return MoneyReport(
        event_id=event.event_id,
        transaction_type=fields.transaction_type,
        verdict=_verdict(status, fields),
        status=status,
        amount=_amount(payload, fields, currency),
        currency=currency,
        timestamp=instant_at(payload, "timestamp"),
        object_id=object_id or event.object_id,
        fact=own_id(event.account, f"{fields.transaction_type}:{object_id}") if object_id else None,
        booked_type=fields.types[0],
        payment_id=id_at(payload, *fields.payment_id) if fields.payment_id else "",
        reference=reference_at(payload, *fields.reference) if fields.reference else "",
        changing="reference" if len(fields.types) > 1 else "",
    )


def _verdict(status: str, fields: MoneyFields) -> str:
    if not fields.status or status in fields.booked:
        return BOOKED
    return NOT_FINAL if status in fields.ignored else COUNTED


def _amount(payload: JsonObject, fields: MoneyFields, currency: str | None) -> int | None:
    if not fields.in_major_units:
        return minor_units(whole_at(payload, *fields.amount), currency)
    text = decimal_text_at(payload, *fields.amount)
    return None if text.startswith("-") else minor_units_of_decimal(text, currency)


def _object_id(payload: JsonObject, event_type: str, mapping: SenderMapping | None) -> str:
    if mapping is not None:
        fields = mapping.by_type.get(event_type)
        return id_at(payload, *fields.object_id) if fields else id_at(payload, "data", "id")
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
    signed_key=signed_key,
    routes=(FurtherRoute("svix", standard_webhooks.SVIX_HEADERS),),
)

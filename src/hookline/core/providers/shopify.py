"""Signatures, events and money reports of Shopify's webhooks.

Sources: "Verify webhook deliveries", "Webhook topics", "OrderTransaction", "Refund", "Dispute" (shopify.dev).

Shopify signs only the body. The topic (Shopify's event type) is in an unsigned header, so an attacker who has a genuine
delivery can change the topic. Therefore, hookline does not publish a body that contradicts its topic.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from hookline.core.errors import invalid_field
from hookline.core.providers.contract import (
    TEST_MARK,
    BookingRules,
    Delivery,
    Event,
    MoneyReport,
    Provider,
    Settings,
    Verified,
)
from hookline.core.providers.reading import (
    bounded_id,
    content_key,
    currency_at,
    header_id,
    id_at,
    instant_at,
    minor_units_of_decimal,
    reference_at,
    text_at,
)
from hookline.core.providers.shopify_topics import KINDS, contradicts, is_dispute
from hookline.core.providers.table import COUNTED, verdict_on
from hookline.core.providers.tables.shopify import FAMILIES, REFUND_TRANSACTION, TABLE
from hookline.core.signatures.hmac_body import BASE64, is_usable, read_signature, require_match, usable_keys
from hookline.core.values.strict_json import JsonObject

SIGNATURE_HEADER = "x-shopify-hmac-sha256"
TOPIC_HEADER = "x-shopify-topic"
EVENT_ID_HEADER = "x-shopify-event-id"
SHOP_HEADER = "x-shopify-shop-domain"
VERSION_HEADER = "x-shopify-api-version"
TEST_HEADER = "x-shopify-test"

_TYPES = {
    "order_transactions/create": "payment",
    "refunds/create": "refund",
    "disputes/create": "dispute",
    "disputes/update": "dispute",
}
"""Topic about money → transaction type of its body. A transaction object can also be a refund."""


TELLING_FIELDS = {
    "payment": frozenset({"order_id", "kind", "gateway", "amount"}),
    "refund": frozenset({"order_id", "transactions", "refund_line_items"}),
    "dispute": frozenset({"reason", "evidence_due_by", "amount"}),
}
"""Transaction type → fields in Shopify's bodies of this type. A body with all these fields is of this type."""

_KINDS_THAT_MOVE_MONEY = ("capture", "sale", "refund")
_KINDS_WITHOUT_MONEY = ("authorization", "emv_authorization", "void", "suggested_refund")


def verify(delivery: Delivery, secrets: Iterable[str], now: int, settings: Settings) -> Verified:  # noqa: ARG001
    """Verify the header ``X-Shopify-Hmac-Sha256``: the HMAC-SHA256 of the body, as base64.

    Shopify does not sign a time, the event id or the topic.
    """
    signature = read_signature(delivery.headers, SIGNATURE_HEADER, BASE64)
    secret = require_match([signature], usable_keys(secrets), delivery.body, BASE64)
    return Verified(None, (secret,))


def identify(delivery: Delivery, payload: JsonObject, settings: Settings) -> list[Event]:
    """Return the only event of a Shopify delivery.

    The event is withheld if the stack does not publish its topic, or if the body contradicts the topic. The signed key
    of a payment, refund, dispute or withheld event contains no header value. The key of any other event contains the
    topic, which is in an unsigned header.

    Raises:
        Rejected: 422 ``invalid_field`` when the topic is malformed.
    """
    topic = header_id(delivery.headers, TOPIC_HEADER)
    if not topic:
        raise invalid_field(TOPIC_HEADER, "must be a topic of Shopify")
    withheld = topic not in (settings.shopify_topics or KINDS) or contradicts(payload, topic)
    kind = "withheld" if withheld else _TYPES.get(topic) or f"topic:{topic}"
    key = content_key(kind, id_at(payload, "id"), delivery.body)
    event_id = header_id(delivery.headers, EVENT_ID_HEADER) or bounded_id(key)
    object_id = id_at(payload, "id") or content_key("body", "", delivery.body)  # the event id is not signed
    shop, version = header_id(delivery.headers, SHOP_HEADER), header_id(delivery.headers, VERSION_HEADER)
    marked = TEST_MARK if header_id(delivery.headers, TEST_HEADER) == "true" else ""
    return [Event(event_id, topic, object_id, payload, key, None, withheld, shop, version, marked)]


def normalise(event: Event, rules: BookingRules) -> list[MoneyReport]:  # noqa: ARG001
    """Return the money reports of a Shopify event: one for each transaction object of a refund, otherwise one.

    The list is empty for an event that is not about money, and for a transaction object that moves none, such as an
    authorization. A refund is told by ``refunds/create`` and by ``order_transactions/create``, so the id of its
    transaction object is its fact. If a subscription leaves out the fields that say whether money moved, the event is
    counted.
    """
    transaction_type = _TYPES.get(event.event_type)
    if transaction_type is None:
        judged = verdict_on(TABLE, FAMILIES, event.event_type, "")
        return [_counted(event, judged.transaction_type)] if judged else []
    if transaction_type == "dispute":
        return [_dispute(event)]
    if transaction_type == "payment":
        return _of_transactions(event, [event.payload])
    listed = event.payload.get("transactions")
    if not isinstance(listed, list):
        return [_counted(event, "refund")]
    objects = [each for each in listed if isinstance(each, dict)]
    return _of_transactions(event, [each for each in objects if each.get("kind") in ("refund", None)])


def _of_transactions(event: Event, transactions: list[JsonObject]) -> list[MoneyReport]:
    moving = [each for each in transactions if each.get("kind") not in _KINDS_WITHOUT_MONEY]
    return [_of_transaction(event, each) for each in moving]


def _of_transaction(event: Event, transaction: JsonObject) -> MoneyReport:
    kind, status = text_at(transaction, "kind"), text_at(transaction, "status")
    transaction_type = "refund" if kind == "refund" or event.event_type == "refunds/create" else "payment"
    if kind not in _KINDS_THAT_MOVE_MONEY or not status:
        return _counted(event, transaction_type)
    key = event.event_type if transaction_type == _TYPES[event.event_type] else REFUND_TRANSACTION
    judged = verdict_on(TABLE, FAMILIES, key, status)
    amount, currency = _money(transaction)
    identifier = id_at(transaction, "id")
    return MoneyReport(
        event_id=event.event_id,
        transaction_type=transaction_type,
        verdict=judged.verdict if judged else COUNTED,
        status=status,
        amount=amount,
        currency=currency,
        timestamp=instant_at(transaction, "created_at"),
        object_id=identifier or event.object_id,
        fact=f"{transaction_type}:{identifier or event.signed_key}",
        booked_type="refunds/create" if transaction_type == "refund" else None,
        payment_id=id_at(transaction, "parent_id") if transaction_type == "refund" else "",
        test=transaction.get("test") is True,
        reference=reference_at(transaction, "order_id") or reference_at(event.payload, "order_id"),
    )


def _dispute(event: Event) -> MoneyReport:
    if not is_dispute(event.payload):
        return _counted(event, "dispute")
    status = text_at(event.payload, "status")
    judged = verdict_on(TABLE, FAMILIES, event.event_type, status)
    amount, currency = _money(event.payload)
    return MoneyReport(
        event_id=event.event_id,
        transaction_type="dispute",
        verdict=judged.verdict if judged else COUNTED,
        status=status,
        amount=amount,
        currency=currency,
        timestamp=instant_at(event.payload, "finalized_on") or instant_at(event.payload, "initiated_at"),
        object_id=event.object_id,
        fact=f"dispute:{id_at(event.payload, 'id') or event.signed_key}",
        occurred_at=instant_at(event.payload, "initiated_at"),
        booked_type="disputes/create",
        inquiry=text_at(event.payload, "type") == "inquiry",
        changing="inquiry",
        test=event.payload.get("test") is True,
        reference=reference_at(event.payload, "order_id"),
        respond_by=instant_at(event.payload, "evidence_due_by"),
    )


def _counted(event: Event, transaction_type: str) -> MoneyReport:
    """Return the money report of an event that possibly moves money, but does not say enough to be booked."""
    return MoneyReport(
        event_id=event.event_id,
        transaction_type=transaction_type,
        verdict=COUNTED,
        status=text_at(event.payload, "status"),
        amount=None,
        currency=None,
        timestamp=None,
        object_id=event.object_id,
        test=event.payload.get("test") is True,
    )


def shape_of(payload: JsonObject) -> str | None:
    """Return the transaction type that the fields of a Shopify body show. Return None if they show no type."""
    return next((kind for kind, fields in TELLING_FIELDS.items() if fields <= payload.keys()), None)


def topic_of(payload: JsonObject) -> str:
    """Return a topic (Shopify's event type) that matches the fields of a Shopify body."""
    shape = shape_of(payload)
    return next((topic for topic, kind in _TYPES.items() if kind == shape), "orders/create")


def _money(payload: JsonObject) -> tuple[int | None, str | None]:
    currency = currency_at(payload, "currency")
    return minor_units_of_decimal(text_at(payload, "amount"), currency), currency


PROVIDER = Provider(
    name="shopify",
    required_headers=("X-Shopify-Hmac-Sha256", "X-Shopify-Topic"),
    retry_horizon=timedelta(hours=4),
    signs_time=False,
    table=TABLE,
    families=FAMILIES,
    verify=verify,
    identify=identify,
    normalise=normalise,
    is_usable=is_usable,
    unsigned=(
        "account",
        "api_version",
        "event_id",
        "event_type",
        "test",
        "transactions.metadata.marked_test",
        "transactions.metadata.provider_account",
    ),
    lowest_version="2026-01",
    identifying_headers=(TOPIC_HEADER, EVENT_ID_HEADER, SHOP_HEADER, VERSION_HEADER, TEST_HEADER),
)

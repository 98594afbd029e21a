"""Signatures, events and money reports of Shopify's webhooks.

Sources: "Verify webhook deliveries", "Webhook topics", "OrderTransaction", "Refund", "Dispute" (shopify.dev).

Shopify signs only the body. The topic (Shopify's event type) is in an unsigned header, so an attacker who has a genuine
delivery can change the topic. Therefore, hookline does not publish a body that contradicts its topic.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from hookline.core.errors import invalid_field
from hookline.core.providers.contract import Delivery, Event, MoneyReport, Provider, Settings, Verified
from hookline.core.providers.reading import (
    bounded_id,
    content_key,
    currency_at,
    header_id,
    id_at,
    instant_at,
    minor_units_of_decimal,
    text_at,
)
from hookline.core.providers.shopify_topics import KINDS, contradicts, is_dispute
from hookline.core.signatures.hmac_body import BASE64, is_usable, read_signature, require_match, usable_keys
from hookline.core.values.strict_json import JsonObject

SIGNATURE_HEADER = "x-shopify-hmac-sha256"
TOPIC_HEADER = "x-shopify-topic"
EVENT_ID_HEADER = "x-shopify-event-id"
SHOP_HEADER = "x-shopify-shop-domain"

EVENT_TYPES = {
    "order_transactions/create": "payment",
    "refunds/create": "refund",
    "disputes/create": "dispute",
    "disputes/update": "dispute",
}

BOOKED_BY: dict[str, str] = {}
"""Empty, because an attacker can change the topic (Shopify's event type).

Shopify does not sign the topic. Therefore, the topic must not decide whether a dispute is booked.
"""

TELLING_FIELDS = {
    "payment": frozenset({"order_id", "kind", "gateway", "amount"}),
    "refund": frozenset({"order_id", "transactions", "refund_line_items"}),
    "dispute": frozenset({"reason", "evidence_due_by", "amount"}),
}
"""Transaction type → fields in Shopify's bodies of this type. A body with all these fields is of this type."""

_FINAL_STATUSES = frozenset({"accepted", "charge_refunded", "lost", "won"})
_TIME_FIELDS = {"payment": "created_at", "refund": "created_at", "dispute": "initiated_at"}
_KINDS_THAT_MOVE_MONEY = ("capture", "sale")


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
    kind = "withheld" if withheld else EVENT_TYPES.get(topic) or f"topic:{topic}"
    key = content_key(kind, id_at(payload, "id"), delivery.body)
    event_id = header_id(delivery.headers, EVENT_ID_HEADER) or bounded_id(key)
    object_id, shop = id_at(payload, "id") or event_id, header_id(delivery.headers, SHOP_HEADER)
    return [Event(event_id, topic, object_id, payload, key, withheld=withheld, account=shop)]


def normalise(event: Event) -> list[MoneyReport]:
    """Return the money report of a Shopify payment, refund or dispute in a list.

    The list is empty for any other event, and for a payment that is not a successful sale or capture. If a subscription
    leaves out the fields that say whether money moved, the amount is unknown. The amount of a dispute is also unknown
    if nothing in the body shows that it is a dispute, because Shopify does not sign the topic.
    """
    transaction_type = EVENT_TYPES.get(event.event_type)
    is_payment = transaction_type == "payment"
    if transaction_type is None or (is_payment and not _moves_money(event.payload)):
        return []
    if transaction_type == "refund":
        amount, currency = _refunded(event.payload)
    elif (transaction_type == "dispute" and not is_dispute(event.payload)) or (is_payment and _is_cut(event.payload)):
        amount, currency = None, None
    else:
        amount, currency = _money(event.payload)
    return [
        MoneyReport(
            event_id=event.event_id,
            transaction_type=transaction_type,
            amount=amount,
            currency=currency,
            timestamp=instant_at(event.payload, _TIME_FIELDS[transaction_type]),
            object_id=event.object_id,
            status=_final_status(event.payload) if transaction_type == "dispute" else None,
            fact=f"{transaction_type}:{id_at(event.payload, 'id') or event.signed_key}",
            booked_type="disputes/create" if transaction_type == "dispute" else None,
            test=event.payload.get("test") is True,
        )
    ]


def shape_of(payload: JsonObject) -> str | None:
    """Return the transaction type that the fields of a Shopify body show. Return None if they show no type."""
    return next((kind for kind, fields in TELLING_FIELDS.items() if fields <= payload.keys()), None)


def topic_of(payload: JsonObject) -> str:
    """Return a topic (Shopify's event type) that matches the fields of a Shopify body."""
    shape = shape_of(payload)
    return next((topic for topic, kind in EVENT_TYPES.items() if kind == shape), "orders/create")


def _final_status(dispute: JsonObject) -> str | None:
    status = text_at(dispute, "status")
    return status if status in _FINAL_STATUSES else None


def _moves_money(transaction: JsonObject) -> bool:
    kind, status = transaction.get("kind"), transaction.get("status")
    return (kind is None or kind in _KINDS_THAT_MOVE_MONEY) and (status is None or status == "success")


def _is_cut(transaction: JsonObject) -> bool:
    """Return whether a transaction object lacks a field that says whether money moved."""
    return transaction.get("kind") is None or transaction.get("status") is None


def _money(payload: JsonObject) -> tuple[int | None, str | None]:
    currency = currency_at(payload, "currency")
    return minor_units_of_decimal(text_at(payload, "amount"), currency), currency


def _refunded(refund: JsonObject) -> tuple[int | None, str | None]:
    """Return the amount and currency of a Shopify refund.

    Shopify sends no total. So the amount is the sum of the refund's successful Shopify transaction objects. Test
    objects are not counted. The amount is 0 if there is no successful object. The amount is None if the list is absent,
    an object is pending or lacks its kind or status, an amount is unknown, or there are several currencies.
    """
    transactions = refund.get("transactions")
    listed = [each for each in transactions if isinstance(each, dict)] if isinstance(transactions, list) else []
    if not isinstance(transactions, list) or any(_is_cut(each) for each in listed):
        return None, None
    refunds = [each for each in listed if each.get("kind") == "refund" and each.get("test") is not True]
    if any(each.get("status") == "pending" for each in refunds):
        return None, None
    given_back = [_money(each) for each in refunds if each.get("status") == "success"]
    if not given_back:
        return 0, None
    known = [amount for amount, _ in given_back if amount is not None]
    currencies = {currency for _, currency in given_back}
    if len(currencies) != 1 or len(known) != len(given_back):
        return None, None
    return sum(known), currencies.pop()


PROVIDER = Provider(
    name="shopify",
    required_headers=("X-Shopify-Hmac-Sha256", "X-Shopify-Topic"),
    retry_horizon=timedelta(hours=4),
    signs_time=False,
    event_types=EVENT_TYPES,
    booked_by=BOOKED_BY,
    statuses={},
    verify=verify,
    identify=identify,
    normalise=normalise,
    is_usable=is_usable,
    unsigned=("account", "event_id", "event_type"),
)

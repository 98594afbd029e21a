"""Shopify's topics (event types) that hookline knows, with the fields that a body of each topic cannot have.

Sources: "Webhooks" (topics and sample payloads), "Order", "Transaction", "Refund", "Dispute", "Privacy law compliance"
(shopify.dev).

Shopify does not sign the topic. So somebody with a copy of one genuine delivery can send its body with any topic. A
body *contradicts* a topic if it has a field that only bodies of other topics have, or a state that the topic excludes.
A missing field never contradicts a topic, because a subscription can leave out fields.
"""

from __future__ import annotations

from hookline.core.values.strict_json import JsonObject, JsonValue

PAYMENT, REFUND, DISPUTE, ORDER, PRIVACY = "payment", "refund", "dispute", "order", "privacy"

KINDS = {
    "order_transactions/create": PAYMENT,
    "refunds/create": REFUND,
    "disputes/create": DISPUTE,
    "disputes/update": DISPUTE,
    "orders/create": ORDER,
    "orders/updated": ORDER,
    "orders/paid": ORDER,
    "orders/cancelled": ORDER,
    "orders/fulfilled": ORDER,
    "orders/partially_fulfilled": ORDER,
    "customers/data_request": PRIVACY,
    "customers/redact": PRIVACY,
    "shop/redact": PRIVACY,
}
"""Topic → kind of its bodies."""

_DISPUTE_FIELDS = ("evidence_due_by", "evidence_sent_on", "finalized_on", "network_reason_code")
_DISPUTE_TYPES = ("chargeback", "inquiry")

_KINDS_WITH = {
    **dict.fromkeys(("authorization", "kind", "manual_payment_gateway", "parent_id", "payment_id"), (PAYMENT,)),
    **dict.fromkeys(("order_adjustments", "refund_line_items", "refund_shipping_lines"), (REFUND,)),
    **dict.fromkeys(_DISPUTE_FIELDS, (DISPUTE,)),
    **dict.fromkeys(("cancelled_at", "financial_status", "fulfillment_status", "line_items"), (ORDER,)),
    **dict.fromkeys(("data_request", "orders_requested", "orders_to_redact", "shop_domain"), (PRIVACY,)),
    "order_id": (PAYMENT, REFUND, DISPUTE),
    "transactions": (REFUND, ORDER),
}
"""Field → the only kinds whose bodies can have this field."""

_EXCLUDED_STATES: dict[str, tuple[str, tuple[JsonValue, ...]]] = {
    "orders/cancelled": ("cancelled_at", (None,)),
    "orders/paid": ("financial_status", (None, "authorized", "expired", "pending")),
}
"""Topic → a field, and the values of this field that the topic excludes.

Shopify may render a body after the next change of the order, so a state that can follow the topic is not listed.
"""


def contradicts(payload: JsonObject, topic: str) -> bool:
    """Return whether a body cannot belong to a topic. No body contradicts a topic that hookline does not know."""
    kind = KINDS.get(topic)
    if kind is None:
        return False
    if any(kind not in _KINDS_WITH.get(field, (kind,)) for field in payload):
        return True
    field, excluded = _EXCLUDED_STATES.get(topic, ("", ()))
    return field in payload and payload[field] in excluded


def is_dispute(payload: JsonObject) -> bool:
    """Return whether the fields of a body show that it is a dispute, whatever its topic says."""
    return payload.get("type") in _DISPUTE_TYPES or any(field in payload for field in _DISPUTE_FIELDS)

"""Stripe's event types: what hookline does with each one, by its status."""

from __future__ import annotations

from hookline.core.providers.table import (
    ANY,
    BOOKED,
    NO_MONEY,
    NOT_FINAL,
    OLD_REFUND,
    Row,
    Table,
    changes,
    ending,
    opening,
    rows,
    told_by,
)

FIRST_RIGHT_VERSION = "2025-03-31"
"""The first API version whose refund objects all stand for money that is given back.

Before it, Stripe also made a refund object for the part of a payment that is not captured ("Partially capturing or
canceling payments no longer creates a Refund", docs.stripe.com/changelog/basil). So hookline books refunds of an older
version from the charge.
"""

OF_INTENT, CAPTURED, NOT_CAPTURED = "of a payment intent", "captured", "not captured"
"""States of a charge. They take the place of a status."""

_CHARGE_OF_INTENT = {OF_INTENT: told_by("payment_intent.succeeded")}

_REFUND = Row(
    "refund",
    {
        "succeeded": BOOKED,
        "pending": NOT_FINAL,
        "requires_action": NOT_FINAL,
        "failed": changes("refund_failed"),
        "canceled": NO_MONEY,
    },
)

_OPEN = ("warning_needs_response", "warning_under_review", "needs_response", "under_review")

_ENDS = {
    "warning_closed": "dispute_closed",
    "charge_refunded": "dispute_closed",
    "won": "dispute_won",
    "lost": "dispute_lost",
}
"""Status of a dispute that has ended → outcome."""

TABLE: Table = {
    "payment_intent.succeeded": Row("payment", {"succeeded": BOOKED}),
    "charge.succeeded": Row("payment", {CAPTURED: BOOKED, NOT_CAPTURED: NOT_FINAL, **_CHARGE_OF_INTENT}),
    "charge.captured": Row("payment", {CAPTURED: BOOKED, **_CHARGE_OF_INTENT}),
    "refund.created": _REFUND,
    "refund.updated": _REFUND,
    **rows("refund", changes("refund_failed"), "refund.failed"),
    **rows("refund", told_by("refund.created"), "charge.refunded", "charge.refund.updated"),
    "charge.dispute.created": opening(_OPEN, _ENDS),
    "charge.dispute.closed": Row("dispute", ending(_ENDS)),
    **rows("dispute", told_by("charge.dispute.created"), "charge.dispute.updated"),
    **rows("dispute", changes("dispute_funds_withdrawn"), "charge.dispute.funds_withdrawn"),
    **rows("dispute", changes("dispute_funds_reinstated"), "charge.dispute.funds_reinstated"),
    **rows(
        "payment",
        NO_MONEY,
        "payment_intent.created",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.amount_capturable_updated",
        "payment_intent.partially_funded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "charge.pending",
        "charge.failed",
        "charge.expired",
        "charge.updated",
    ),
}
"""What hookline does with each event type and status, from the API version ``FIRST_RIGHT_VERSION`` on."""

OLD_TABLE: Table = {
    **TABLE,
    **rows("refund", BOOKED, "charge.refunded"),
    **dict.fromkeys(
        ("refund.created", "refund.updated", "charge.refund.updated"),
        Row("refund", {**dict.fromkeys(("failed", "canceled"), changes("refund_failed")), ANY: OLD_REFUND}),
    ),
}
"""The same for older API versions, and for refunds from before the setting ``stripeBasilSince``."""

FAMILIES = ("payment_intent.", "charge.", "refund.", "v1.payment_intent.", "v1.charge.", "v1.refund.")
"""Starts of event types that can move money. ``v1.`` begins the types of thin events, which have no amount."""

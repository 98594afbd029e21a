"""Razorpay's event types: what hookline does with each one, by its status."""

from __future__ import annotations

from hookline.core.providers.table import (
    BOOKED,
    NO_MONEY,
    NONE,
    NOT_FINAL,
    Row,
    Table,
    changes,
    opening,
    rows,
    told_by,
)

_REFUND = {"processed": BOOKED, "pending": NOT_FINAL, "created": NOT_FINAL, "failed": changes("refund_failed")}

_ENDS = {"won": "dispute_won", "lost": "dispute_lost", "closed": "dispute_closed"}
"""Status of a dispute that has ended → outcome."""

TABLE: Table = {
    "payment.captured": Row("payment", {"captured": BOOKED, "refunded": BOOKED, NONE: BOOKED}),
    **rows("payment", NOT_FINAL, "payment.authorized"),
    **rows(
        "payment",
        NO_MONEY,
        "payment.failed",
        "payment.downtime.started",
        "payment.downtime.updated",
        "payment.downtime.resolved",
    ),
    "refund.created": Row("refund", _REFUND),
    "refund.processed": Row("refund", {**_REFUND, NONE: BOOKED}),
    "refund.speed_changed": Row("refund", _REFUND),
    **rows("refund", changes("refund_failed"), "refund.failed"),
    "payment.dispute.created": opening(("open", "under_review", NONE), _ENDS),
    **rows("dispute", changes("dispute_won"), "payment.dispute.won"),
    **rows("dispute", changes("dispute_lost"), "payment.dispute.lost"),
    **rows("dispute", changes("dispute_closed"), "payment.dispute.closed"),
    **rows(
        "dispute",
        told_by("payment.dispute.created"),
        "payment.dispute.under_review",
        "payment.dispute.action_required",
    ),
}

FAMILIES = ("payment.", "refund.")

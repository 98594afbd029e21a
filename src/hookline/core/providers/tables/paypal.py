"""PayPal's event types: what hookline does with each one, by its status."""

from __future__ import annotations

from hookline.core.providers.table import BOOKED, NO_MONEY, NONE, NOT_FINAL, Row, Table, changes, rows, told_by

_PAYMENT = Row(
    "payment",
    {
        "completed": BOOKED,
        "partially_refunded": BOOKED,
        "refunded": BOOKED,
        NONE: BOOKED,
        "pending": NOT_FINAL,
        "declined": NO_MONEY,
        "denied": NO_MONEY,
        "failed": NO_MONEY,
        "voided": NO_MONEY,
    },
)

_REFUND = Row(
    "refund",
    {
        "completed": BOOKED,
        "refunded": BOOKED,
        "partially_refunded": BOOKED,
        "reversed": BOOKED,
        NONE: BOOKED,
        "pending": NOT_FINAL,
        "cancelled": NO_MONEY,
        "failed": changes("refund_failed"),
    },
)

_DISPUTE_STATUSES = (
    "open",
    "waiting_for_buyer_response",
    "waiting_for_seller_response",
    "under_review",
    "resolved",
    "other",
    NONE,
)

TABLE: Table = {
    "PAYMENT.CAPTURE.COMPLETED": _PAYMENT,
    "PAYMENT.SALE.COMPLETED": _PAYMENT,
    "PAYMENT.CAPTURE.REFUNDED": _REFUND,
    "PAYMENT.CAPTURE.REVERSED": _REFUND,
    "PAYMENT.SALE.REFUNDED": _REFUND,
    "PAYMENT.SALE.REVERSED": _REFUND,
    "CUSTOMER.DISPUTE.CREATED": Row("dispute", dict.fromkeys(_DISPUTE_STATUSES, BOOKED)),
    "CUSTOMER.DISPUTE.RESOLVED": Row(
        "dispute",
        {
            "resolved_seller_favour": changes("dispute_won"),
            "resolved_with_payout": changes("dispute_won"),
            "denied": changes("dispute_won"),
            "resolved_buyer_favour": changes("dispute_lost"),
            "accepted": changes("dispute_lost"),
            "canceled_by_buyer": changes("dispute_closed"),
            "none": changes("dispute_closed"),
        },
    ),
    **rows("dispute", told_by("CUSTOMER.DISPUTE.CREATED"), "CUSTOMER.DISPUTE.UPDATED", "RISK.DISPUTE.CREATED"),
    **rows("payment", NOT_FINAL, "PAYMENT.CAPTURE.PENDING", "PAYMENT.SALE.PENDING"),
    **rows("payment", NO_MONEY, "PAYMENT.CAPTURE.DENIED", "PAYMENT.CAPTURE.DECLINED", "PAYMENT.SALE.DENIED"),
    **rows("refund", NOT_FINAL, "PAYMENT.REFUND.PENDING"),
    **rows("refund", changes("refund_failed"), "PAYMENT.REFUND.FAILED"),
}

FAMILIES = ("PAYMENT.CAPTURE.", "PAYMENT.SALE.", "PAYMENT.REFUND.", "CUSTOMER.DISPUTE.", "RISK.DISPUTE.")

"""Square's event types: what hookline does with each one, by its status or state."""

from __future__ import annotations

from hookline.core.providers.table import (
    BOOKED,
    NO_MONEY,
    NONE,
    NOT_FINAL,
    Row,
    Table,
    changes,
    ending,
    opening,
    rows,
    told_by,
)

_PAYMENT = Row(
    "payment",
    {
        "COMPLETED": BOOKED,
        "APPROVED": NOT_FINAL,
        "PENDING": NOT_FINAL,
        "CANCELED": NO_MONEY,
        "FAILED": NO_MONEY,
    },
)

_REFUND = Row(
    "refund",
    {
        "COMPLETED": BOOKED,
        "PENDING": NOT_FINAL,
        "REJECTED": changes("refund_failed"),
        "FAILED": changes("refund_failed"),
    },
)

_OPEN = ("INQUIRY_EVIDENCE_REQUIRED", "INQUIRY_PROCESSING", "EVIDENCE_REQUIRED", "PROCESSING", "WAITING_THIRD_PARTY")

_ENDS = {
    "INQUIRY_CLOSED": "dispute_closed",
    "ACCEPTED": "dispute_lost",
    "WON": "dispute_won",
    "LOST": "dispute_lost",
}
"""State of a dispute that has ended → outcome."""

_CHANGED = Row(
    "dispute",
    {**dict.fromkeys(_OPEN, told_by("dispute.created")), **ending(_ENDS)},
)

TABLE: Table = {
    "payment.created": _PAYMENT,
    "payment.updated": _PAYMENT,
    "refund.created": _REFUND,
    "refund.updated": _REFUND,
    "dispute.created": opening((*_OPEN, NONE), _ENDS),
    "dispute.state.updated": _CHANGED,
    "dispute.state.changed": _CHANGED,
    **rows(
        "dispute",
        NO_MONEY,
        "dispute.evidence.created",
        "dispute.evidence.added",
        "dispute.evidence.deleted",
        "dispute.evidence.removed",
    ),
}

FAMILIES = ("payment.", "refund.", "dispute.")

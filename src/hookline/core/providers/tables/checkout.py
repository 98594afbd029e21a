"""Checkout.com's event types: what hookline does with each one."""

from __future__ import annotations

from hookline.core.providers.table import BOOKED, NO_MONEY, NOT_FINAL, Table, changes, rows, told_by

TABLE: Table = {
    **rows("payment", BOOKED, "payment_captured"),
    **rows("refund", BOOKED, "payment_refunded"),
    **rows("dispute", BOOKED, "dispute_received", "dispute_evidence_required"),
    **rows("payment", NOT_FINAL, "payment_approved", "payment_pending", "payment_capture_pending"),
    **rows("refund", NOT_FINAL, "payment_refund_pending"),
    **rows(
        "payment",
        NO_MONEY,
        "payment_declined",
        "payment_canceled",
        "payment_voided",
        "payment_void_declined",
        "payment_expired",
        "payment_capture_declined",
        "payment_compliance_review",
        "payment_retry_scheduled",
        "payment_authentication_failed",
        "payment_authorization_incremented",
        "payment_authorization_increment_declined",
        "payment_instrument_created",
        "payment_instrument_error",
        "payment_instrument_verification_failed",
        "payment_instrument_verification_passed",
    ),
    **rows("refund", NO_MONEY, "payment_refund_declined"),
    **rows("payment", changes("payment_returned"), "payment_returned"),
    **rows(
        "dispute",
        told_by("dispute_evidence_required"),
        "dispute_evidence_submitted",
        "dispute_evidence_acknowledged_by_scheme",
        "dispute_arbitration_evidence_submitted",
        "dispute_arbitration_sent_to_scheme",
    ),
    **rows("dispute", changes("dispute_won"), "dispute_won", "dispute_arbitration_won"),
    **rows("dispute", changes("dispute_reversed"), "dispute_canceled"),
    **rows(
        "dispute",
        changes("dispute_lost"),
        "dispute_accepted",
        "dispute_expired",
        "dispute_lost",
        "dispute_arbitration_lost",
    ),
    **rows("dispute", changes("dispute_closed"), "dispute_resolved"),
}

FAMILIES = ("payment_", "dispute_")

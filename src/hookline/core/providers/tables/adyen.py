"""Adyen's event codes: what hookline does with each one, by its ``success``."""

from __future__ import annotations

from hookline.core.providers.table import BOOKED, COUNTED, NO_MONEY, NOT_FINAL, Row, Table, changes, told_by


def _of(transaction_type: str, verdict: str, *event_types: str) -> dict[str, Row]:
    """Return a row for each event type. A request that was not successful (``success: false``) moves no money."""
    return dict.fromkeys(event_types, Row(transaction_type, {"true": verdict, "false": NO_MONEY}))


TABLE: Table = {
    **_of("payment", BOOKED, "AUTHORISATION"),
    **_of("payment", changes("payment_captured"), "CAPTURE"),
    **_of("payment", changes("payment_canceled"), "CANCELLATION", "TECHNICAL_CANCEL", "EXPIRE"),
    **_of("payment", changes("capture_failed"), "CAPTURE_FAILED"),
    **_of("payment", COUNTED, "CANCEL_OR_REFUND"),
    **_of("refund", BOOKED, "REFUND"),
    **_of("refund", COUNTED, "REFUND_WITH_DATA", "VOID_PENDING_REFUND"),
    **_of("refund", NOT_FINAL, "POSTPONED_REFUND"),
    **_of("refund", changes("refund_failed"), "REFUND_FAILED", "REFUNDED_REVERSED"),
    **_of("dispute", BOOKED, "CHARGEBACK"),
    **_of("dispute", told_by("CHARGEBACK"), "NOTIFICATION_OF_CHARGEBACK", "DISPUTE_OPENED_WITH_CHARGEBACK"),
    **_of("dispute", changes("dispute_reversed"), "CHARGEBACK_REVERSED"),
    **_of("dispute", changes("dispute_second_chargeback"), "SECOND_CHARGEBACK"),
    **_of(
        "dispute",
        changes("dispute_won"),
        "PREARBITRATION_WON",
        "SCHEME_ARBITRATION_WON",
        "ISSUER_RESPONSE_TIMEFRAME_EXPIRED",
    ),
    **_of("dispute", changes("dispute_lost"), "PREARBITRATION_LOST", "SCHEME_ARBITRATION_LOST"),
    **_of(
        "dispute",
        NO_MONEY,
        "REQUEST_FOR_INFORMATION",
        "DISPUTE_DEFENSE_PERIOD_ENDED",
        "PREARBITRATION_OPEN",
        "SCHEME_ARBITRATION",
    ),
    **_of("payment", NO_MONEY, "AUTHORISATION_ADJUSTMENT", "CANCEL_AUTORESCUE"),
}
"""What hookline does with each event type and ``success``.

The authorisation is booked. So its capture, its cancellation and its expiry say whether its money really comes.
"""

TABLE_WITH_MANUAL_CAPTURE: Table = {
    **TABLE,
    **_of("payment", told_by("CAPTURE"), "AUTHORISATION"),
    **_of("payment", BOOKED, "CAPTURE"),
    **_of("payment", NO_MONEY, "CANCELLATION", "TECHNICAL_CANCEL", "EXPIRE"),
}
"""The same for Adyen accounts with manual capture. A capture is booked, and an authorisation is not booked."""

FAMILIES = (
    "AUTHORISATION",
    "CAPTURE",
    "CANCEL",
    "REFUND",
    "POSTPONED_REFUND",
    "VOID",
    "CHARGEBACK",
    "SECOND_CHARGEBACK",
    "PREARBITRATION",
    "SCHEME_ARBITRATION",
    "DISPUTE",
)

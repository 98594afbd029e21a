"""Shopify's topics: what hookline does with each one, by its status."""

from __future__ import annotations

from hookline.core.providers.table import BOOKED, NO_MONEY, NONE, NOT_FINAL, Row, Table, changes, opening

REFUND_TRANSACTION = "order_transactions/create, kind refund"
"""Key, in the table, of a transaction object that is a refund."""

_MOVED = {
    "success": BOOKED,
    "pending": NOT_FINAL,
    "awaiting_response": NOT_FINAL,
    "failure": NO_MONEY,
    "error": NO_MONEY,
}

_REFUND = Row("refund", {**_MOVED, **dict.fromkeys(("failure", "error"), changes("refund_failed"))})

_ENDS = {
    "charge_refunded": "dispute_closed",
    "accepted": "dispute_lost",
    "won": "dispute_won",
    "lost": "dispute_lost",
}
"""Status of a dispute that has ended → outcome."""

_DISPUTE = opening(("needs_response", "under_review", NONE), _ENDS)

TABLE: Table = {
    "order_transactions/create": Row("payment", _MOVED),
    REFUND_TRANSACTION: _REFUND,
    "refunds/create": _REFUND,
    "disputes/create": _DISPUTE,
    "disputes/update": _DISPUTE,
}
"""What hookline does with each topic and status.

An attacker can change the topic, because Shopify does not sign it. Therefore, the topic does not decide which event of
a dispute books it: the first one does.
"""

FAMILIES = ("order_transactions/", "refunds/", "disputes/")

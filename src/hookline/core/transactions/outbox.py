"""The outbox item. It marks the id of a transaction as known, and contains the transaction message."""

from __future__ import annotations

from datetime import datetime

from hookline.core.errors import payload_too_large
from hookline.core.transactions.message import build_message
from hookline.core.transactions.transaction import Transaction, fingerprint, normalised_content
from hookline.core.values.strict_json import decode
from hookline.core.values.timestamp import expiry, format_utc

MAX_MESSAGE_BYTES = 261_120
"""Maximum size of a transaction message in bytes.

Together with its three message attributes (under 1 KiB), a message of this size fits in 256 KiB.

An outbox item with the largest message stays below DynamoDB's item limit of 400 KiB.
"""


def build_item(
    transaction: Transaction,
    received_at: datetime,
    trace_id: str,
    expiry_days: int | None,
    secret_fingerprint: str = "",
) -> dict[str, dict[str, str]]:
    """Build the outbox item of a transaction.

    Args:
        transaction: the accepted transaction.
        received_at: time of receipt, with a time zone.
        trace_id: X-Ray trace id of the delivery.
        expiry_days: days until DynamoDB may delete the item, or None to keep it.
        secret_fingerprint: fingerprint of the secret that verified the request, or empty.

    Returns:
        The item in DynamoDB JSON. Its key is the transaction id.

    Raises:
        Rejected: 413 ``payload_too_large`` when the message has more than ``MAX_MESSAGE_BYTES``.
    """
    content = normalised_content(transaction)
    received = format_utc(received_at)
    message = build_message(transaction.event_id, content, received)
    if len(message) > MAX_MESSAGE_BYTES:
        raise payload_too_large(MAX_MESSAGE_BYTES)
    signed = {"secret_fingerprint": {"S": secret_fingerprint}} if secret_fingerprint else {}
    return {
        "event_id": {"S": transaction.event_id},
        "transaction_type": {"S": transaction.transaction_type},
        "fingerprint": {"S": fingerprint(content)},
        "message": {"S": message},
        "trace_id": {"S": trace_id},
        "received_at": {"S": received},
        **signed,
        **expiry(received_at, expiry_days),
    }


def is_same_money(message: str, other: str) -> bool:
    """Return whether two transaction messages have the same type, amount and currency."""
    first, second = decode(message.encode()), decode(other.encode())
    return all(first.get(field) == second.get(field) for field in ("transaction_type", "amount", "currency"))

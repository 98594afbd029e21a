"""The table's item: the record that an event is known, and the message that goes out because of it."""

from __future__ import annotations

from datetime import datetime

from hookline.core.errors import payload_too_large
from hookline.core.transactions.message import build_message
from hookline.core.transactions.transaction import Transaction, fingerprint, normalised_content
from hookline.core.values.timestamp import format_utc

MAX_MESSAGE_BYTES = 261_120
"""Largest message: with its three attributes, which need less than 1 KiB, it fits into an SQS message of 256 KiB.

An item that holds it is smaller than the 400 KiB that DynamoDB stores.
"""

_SECONDS_PER_DAY = 86_400


def build_item(
    transaction: Transaction, received_at: datetime, trace_id: str, expiry_days: int
) -> dict[str, dict[str, str]]:
    """Build the outbox item of a transaction.

    Args:
        transaction: what was accepted.
        received_at: when it was received, with a time zone.
        trace_id: X-Ray trace id of the delivery.
        expiry_days: days after which the table may forget the event.

    Returns:
        The item in DynamoDB JSON, keyed by event id.

    Raises:
        Rejected: 413 ``payload_too_large`` when SQS could not take the message.
    """
    content = normalised_content(transaction)
    received = format_utc(received_at)
    message = build_message(transaction.event_id, content, received)
    if len(message) > MAX_MESSAGE_BYTES:
        raise payload_too_large(MAX_MESSAGE_BYTES)
    return {
        "event_id": {"S": transaction.event_id},
        "transaction_type": {"S": transaction.transaction_type},
        "fingerprint": {"S": fingerprint(content)},
        "message": {"S": message},
        "trace_id": {"S": trace_id},
        "received_at": {"S": received},
        "expires_at": {"N": str(int(received_at.timestamp()) + expiry_days * _SECONDS_PER_DAY)},
    }

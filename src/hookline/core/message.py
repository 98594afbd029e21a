"""The message that a queue's consumers receive: one transaction, in one documented form."""

from hookline.core.strict_json import encode
from hookline.core.timestamp import format_utc
from hookline.core.transaction import normalised_content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from hookline.core.transaction import Transaction

SCHEMA = "hookline.transaction.v1"
"""Names the form; ``schemas/transaction-message.v1.json`` defines it (JSON Schema 2020-12)."""


def build_message(transaction: "Transaction", received_at: "datetime") -> str:
    """Write the queue message of a transaction.

    ASCII, because SQS refuses some Unicode characters. A message is itself a valid request that yields the
    same transaction, so an archive of messages can be sent again.

    Args:
        transaction: what was accepted.
        received_at: when it was received, with a time zone.

    Returns:
        Canonical JSON.
    """
    return encode(
        {
            "schema": SCHEMA,
            "event_id": transaction.event_id,
            "received_at": format_utc(received_at),
            **normalised_content(transaction),
        }
    )

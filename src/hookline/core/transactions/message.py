"""The message that a queue's consumers receive: one transaction, in one documented form."""

from __future__ import annotations

from collections.abc import Mapping

from hookline.core.values.strict_json import encode

SCHEMA = "hookline.transaction.v1"
"""Names the form; ``schemas/transaction-message.v1.json`` defines it (JSON Schema 2020-12)."""


def build_message(event_id: str, content: Mapping[str, str], received_at: str) -> str:
    """Write the queue message of a transaction.

    ASCII, because SQS refuses some Unicode characters. A message is itself a valid request that yields the
    same transaction, so an archive of messages can be sent again.

    Args:
        event_id: the transaction's id.
        content: what ``normalised_content`` returned.
        received_at: when it was received, RFC 3339 in UTC.

    Returns:
        Canonical JSON.
    """
    return (
        f'{{"amount":{content["amount"]},"currency":{content["currency"]},"event_id":{encode(event_id)},'
        f'"metadata":{content["metadata"]},"received_at":"{received_at}","schema":"{SCHEMA}",'
        f'"timestamp":{content["timestamp"]},"transaction_type":{content["transaction_type"]}}}'
    )

"""The transaction message: one transaction in the documented format that consumers of the queues receive."""

from __future__ import annotations

from collections.abc import Mapping

from hookline.core.values.strict_json import encode

SCHEMA = "hookline.transaction.v1"
"""Name of the transaction message format. ``schemas/transaction-message.v1.json`` defines it (JSON Schema 2020-12)."""

ACCOUNT = "provider_account"
"""Key, in the metadata of a provider's transaction, of the account at the provider."""

PAYMENT = "provider_payment_id"
"""Key, in the metadata of a provider's refund or dispute, of the payment to which it belongs."""

INQUIRY = "inquiry"
"""Key, in the metadata of a provider's dispute, that is true for an inquiry. It is absent otherwise."""

TEST = "test"
"""Key, in the metadata of a provider's transaction, that is true if no real money moved. It is absent otherwise."""

MARKED_TEST = "marked_test"
"""Key, in the metadata of a provider's transaction, that is true if an unsigned mark says that it is a test."""

REFERENCE = "reference"
"""Key, in the metadata of a provider's transaction, of the merchant's own reference, such as an order number."""


def build_message(event_id: str, content: Mapping[str, str], received_at: str) -> str:
    """Build the transaction message of a transaction.

    The message is ASCII because SQS rejects some Unicode characters. The message is also a valid request body for the
    same transaction, so an operator can replay saved messages.

    Args:
        event_id: the transaction id.
        content: the result of ``normalised_content``.
        received_at: time of receipt, RFC 3339 in UTC.

    Returns:
        Canonical JSON.
    """
    return (
        f'{{"amount":{content["amount"]},"currency":{content["currency"]},"event_id":{encode(event_id)},'
        f'"metadata":{content["metadata"]},"received_at":"{received_at}","schema":"{SCHEMA}",'
        f'"timestamp":{content["timestamp"]},"transaction_type":{content["transaction_type"]}}}'
    )

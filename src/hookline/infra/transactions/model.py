"""The JSON schema with which API Gateway checks a transaction event before any function runs.

The schema uses JSON Schema draft 4, as API Gateway requires. It checks required fields, types, lengths and the
transaction type. The validator checks amounts, times and currencies. The schema allows unknown fields, because senders
add fields.
"""

from __future__ import annotations

from typing import Any

TRANSACTION_SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": "TransactionEvent",
    "type": "object",
    "required": ["event_id", "transaction_type", "amount", "timestamp"],
    "properties": {
        "event_id": {"type": "string", "minLength": 1, "maxLength": 128},
        "transaction_type": {"type": "string", "enum": ["payment", "refund", "dispute"]},
        "amount": {"type": ["string", "number"]},
        "timestamp": {"type": ["string", "number"]},
        "currency": {"type": ["string", "null"]},
        "metadata": {"type": ["object", "null"]},
    },
}

"""The JSON schema by which API Gateway checks a transaction event before any function runs.

Draft 4, which is what API Gateway's models know. It checks presence, type and the values that need no code;
amounts, times and currencies are the validator's to judge. Unknown fields pass: senders add fields.
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

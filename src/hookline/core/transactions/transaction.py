"""The transaction: its fields, their validation, and their normalised form."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hookline.core import QUEUES
from hookline.core.errors import invalid_field, missing_field, wrong_type
from hookline.core.senders import MAX_ID_LENGTH, UNNAMED, own_id
from hookline.core.values.amount import parse_amount, plain
from hookline.core.values.characters import is_visible
from hookline.core.values.currency import EXPONENTS
from hookline.core.values.strict_json import JsonObject, encode, join_object
from hookline.core.values.timestamp import format_utc, parse_timestamp

TRANSACTION_TYPES = tuple(QUEUES)
"""All transaction types. Each type has its own queue."""

REQUIRED_FIELDS = ("event_id", "transaction_type", "amount", "timestamp")
"""Fields that the request body of a transaction must contain. The request model in API Gateway requires them too."""

_REQUIRED = frozenset(REQUIRED_FIELDS)


@dataclass(frozen=True)
class Transaction:
    """A transaction with validated fields.

    Attributes:
        event_id: the sender's id of the event, after the name of the sender if the sender has one: 1 to
            128 printable ASCII characters without spaces.
        transaction_type: one of ``TRANSACTION_TYPES``.
        amount: in major units of the currency, greater than zero.
        currency: active ISO 4217 alphabetic code, or None when the event has no currency.
        timestamp: time of the event according to the sender, in UTC.
        metadata: the sender's own data, in which numbers are ``int`` or ``Decimal``. Empty when the sender gave none.
    """

    event_id: str
    transaction_type: str
    amount: Decimal
    currency: str | None
    timestamp: datetime
    metadata: JsonObject


def validate(payload: JsonObject, now: datetime, sender: str = UNNAMED) -> Transaction:
    """Validate the decoded request body of a transaction, and return the transaction.

    Unknown fields are ignored, so senders can add fields. An optional field with the value null counts as absent.
    Missing fields and wrong types (400) are checked before values (422). The request model in API Gateway also rejects
    missing fields and wrong types.

    Args:
        payload: the result of ``strict_json.decode``.
        now: current time of the receiver, with a time zone.
        sender: name of the sender, with which the transaction id begins, or empty.

    Returns:
        The normalised transaction.

    Raises:
        Rejected: 400 ``missing_field`` or ``wrong_type``, 422 ``invalid_field``.
    """
    _require_all(payload)
    event_id = _text(payload, "event_id")
    transaction_type = _text(payload, "transaction_type")
    amount = _text_or_number(payload, "amount")
    timestamp = _text_or_number(payload, "timestamp")
    currency = None if payload.get("currency") is None else _text(payload, "currency")
    metadata = _metadata(payload)
    _check_names(event_id, transaction_type, currency)
    return Transaction(
        event_id=own_id(sender, event_id),
        transaction_type=transaction_type,
        amount=parse_amount(amount),
        currency=currency,
        timestamp=parse_timestamp(timestamp, now),
        metadata=metadata,
    )


def normalised_content(transaction: Transaction) -> dict[str, str]:
    """Return the fields of a transaction, except its id, as field name → canonical JSON text of the value."""
    return {
        "amount": f'"{plain(transaction.amount)}"',
        "currency": f'"{transaction.currency}"' if transaction.currency else "null",
        "metadata": encode(transaction.metadata),
        "timestamp": f'"{format_utc(transaction.timestamp)}"',
        "transaction_type": f'"{transaction.transaction_type}"',
    }


def fingerprint(content: Mapping[str, str]) -> str:
    """Return the hash of a transaction's content, which shows whether two transactions have the same content.

    Two transactions have the same content if, and only if, their hashes are equal. For example, the amounts ``12.50``
    and ``12.5`` give the same hash.

    Args:
        content: the result of ``normalised_content``. It does not contain the event id.

    Returns:
        SHA-256 of the canonical JSON of the content, in lower-case hex.
    """
    return hashlib.sha256(join_object(content).encode()).hexdigest()


def _require_all(payload: JsonObject) -> None:
    if not payload.keys() >= _REQUIRED:
        raise missing_field(next(field for field in REQUIRED_FIELDS if field not in payload))


def _text(payload: JsonObject, field: str) -> str:
    value = payload[field]
    if not isinstance(value, str):
        raise wrong_type(field, "a string")
    return value


def _text_or_number(payload: JsonObject, field: str) -> str | int | Decimal:
    value = payload[field]
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise wrong_type(field, "a string or a number")
    return value


def _metadata(payload: JsonObject) -> JsonObject:
    value = payload.get("metadata")
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong_type("metadata", "an object")
    return value


def _check_names(event_id: str, transaction_type: str, currency: str | None) -> None:
    if not is_visible(event_id, MAX_ID_LENGTH):
        raise invalid_field("event_id", f"must be 1 to {MAX_ID_LENGTH} printable ASCII characters without spaces")
    if transaction_type not in TRANSACTION_TYPES:
        raise invalid_field("transaction_type", f"must be one of {', '.join(TRANSACTION_TYPES)}")
    if currency is not None and currency not in EXPONENTS:
        raise invalid_field("currency", "must be an active ISO 4217 code in upper case")

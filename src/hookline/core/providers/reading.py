"""Reads what providers write: nested values that may be absent, amounts, times, and ids of any form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from hookline.core.errors import missing_field, wrong_type
from hookline.core.values.currency import EXPONENTS
from hookline.core.values.strict_json import JsonObject, JsonValue
from hookline.core.values.timestamp import parse_rfc3339

MAX_KEY_LENGTH = 256
"""Longest deduplication key."""

_MAX_UNIX_SECONDS = 253_402_300_799
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_WHOLE = re.compile(r"[0-9]{1,18}")
_KEY = re.compile(rf"[ -~]{{1,{MAX_KEY_LENGTH}}}")
_ID = re.compile(r"[!-~]{1,128}")


def at(payload: JsonObject, *path: str) -> JsonValue:
    """Return the value at a path of keys; None when there is none."""
    value: JsonValue = payload
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text_at(payload: JsonObject, *path: str) -> str:
    """Return the text at a path; an empty one when there is none."""
    value = at(payload, *path)
    return value if isinstance(value, str) else ""


def id_at(payload: JsonObject, *path: str) -> str:
    """Return the id at a path, which may be written as a number; an empty text when there is none."""
    value = at(payload, *path)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text_at(payload, *path)


def whole_at(payload: JsonObject, *path: str) -> int | None:
    """Return the whole number from 0 to 10^18 - 1 at a path, which may be written as digits in a text; else None."""
    value = at(payload, *path)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return int(value) if _WHOLE.fullmatch(str(value)) else None


def required_text(payload: JsonObject, field: str) -> str:
    """Return a field without which an event cannot be told from another.

    Raises:
        Rejected: 400 ``missing_field`` or ``wrong_type``.
    """
    value = payload.get(field)
    if value is None or value == "":
        raise missing_field(field)
    if not isinstance(value, str):
        raise wrong_type(field, "a string")
    return value


def currency_at(payload: JsonObject, *path: str) -> str | None:
    """Return the active ISO 4217 code at a path, in upper case; None when there is none."""
    code = text_at(payload, *path).upper()
    return code if code in EXPONENTS else None


def instant_at(payload: JsonObject, *path: str) -> datetime | None:
    """Return the instant at a path, an RFC 3339 text or whole Unix seconds; None when there is no such time.

    Genuine deliveries hold impossible dates, so a time that cannot be read is no reason to refuse one.
    """
    value = at(payload, *path)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_UNIX_SECONDS:
        return datetime.fromtimestamp(value, UTC)
    try:
        return parse_rfc3339(value) if isinstance(value, str) else None
    except ValueError:
        return None


def minor_units(amount: int | None, currency: str | None, exponents: Mapping[str, int] | None = None) -> int | None:
    """Return an amount in the currency's minor units by ISO 4217.

    Args:
        amount: in the provider's minor units, or None.
        currency: active ISO 4217 code, or None.
        exponents: decimal places by currency where the provider departs from ISO 4217.

    Returns:
        The amount, or None when one is missing, or the amount is negative or no whole number of minor units.
    """
    if amount is None or amount < 0 or currency is None:
        return None
    shift = EXPONENTS[currency] - (exponents or {}).get(currency, EXPONENTS[currency])
    return _whole(Decimal(amount).scaleb(shift))


def minor_units_of_decimal(text: str, currency: str | None) -> int | None:
    """Return an amount that is written in major units, such as ``-0.99``, in minor units; the sign is dropped.

    Returns:
        The amount, or None when there is none or it is no whole number of minor units.
    """
    if currency is None or not _DECIMAL.fullmatch(text):
        return None
    return _whole(abs(Decimal(text)).scaleb(EXPONENTS[currency]))


def bounded_key(text: str) -> str:
    """Return a text as a deduplication key: as it is, or its SHA-256 where it is too long or not printable ASCII."""
    return text if _KEY.fullmatch(text) else _digest(text.encode("utf-8", "surrogatepass"))


def bounded_id(text: str) -> str:
    """Return an id of at most 128 printable ASCII characters without spaces: as it is, or its SHA-256."""
    return text if _ID.fullmatch(text) else _digest(text.encode("utf-8", "surrogatepass"))


def header_id(headers: Mapping[str, str], name: str) -> str:
    """Return an id from a header that no signature covers; an empty text when it is absent or malformed."""
    value = headers.get(name, "")
    return value if _ID.fullmatch(value) else ""


def content_key(event_type: str, object_id: str, body: bytes) -> str:
    """Return the key of an event whose id the signature does not cover: its type, its object, and what was signed."""
    return bounded_key(f"{event_type}:{object_id}:{_digest(body)}")


def _whole(amount: Decimal) -> int | None:
    return int(amount) if amount == amount.to_integral_value() else None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

"""Functions that read values from providers' payloads: nested values that can be absent, amounts, times and ids."""

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
"""Maximum number of characters of a signed key."""

MAX_REFERENCE_LENGTH = 500
"""Maximum number of characters of a merchant's reference. No provider allows more: Stripe's metadata allows 500."""

_MAX_UNIX_SECONDS = 253_402_300_799
_MAX_PLACES = 18
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_WHOLE = re.compile(r"[0-9]{1,18}")
_KEY = re.compile(rf"[ -~]{{1,{MAX_KEY_LENGTH}}}")
_ID = re.compile(r"[!-~]{1,128}")


def at(payload: JsonObject, *path: str) -> JsonValue:
    """Return the value at a path of keys in nested JSON objects. Return None if there is no value at that path."""
    value: JsonValue = payload
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text_at(payload: JsonObject, *path: str) -> str:
    """Return the string at a path of JSON keys. Return an empty string if there is no string at that path."""
    value = at(payload, *path)
    return value if isinstance(value, str) else ""


def id_at(payload: JsonObject, *path: str) -> str:
    """Return, as a string, the id found at a path of JSON keys.

    Return an empty string if there is no string or integer at that path.
    """
    value = at(payload, *path)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text_at(payload, *path)


def reference_at(payload: JsonObject, *path: str) -> str:
    """Return the merchant's own reference at a path of JSON keys: a text or an integer.

    Return an empty string if there is none, or if it has more than ``MAX_REFERENCE_LENGTH`` characters.
    """
    reference = id_at(payload, *path)
    return reference if len(reference) <= MAX_REFERENCE_LENGTH else ""


def whole_at(payload: JsonObject, *path: str) -> int | None:
    """Return the integer from 0 to 10^18 - 1 at a path of JSON keys. Return None if there is no such integer.

    The JSON value can be a whole number or a string of digits.
    """
    value = at(payload, *path)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return int(value) if _WHOLE.fullmatch(str(value)) else None


def decimal_text_at(payload: JsonObject, *path: str) -> str:
    """Return the number at a path of JSON keys in plain notation, without a float. A string stays as it is.

    Return an empty string if there is no number or string at that path, or if the number has more than 18 digits
    before or after the decimal point.
    """
    value = at(payload, *path)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value if isinstance(value, str) else ""
    number = Decimal(value)
    fits = abs(number.adjusted()) <= _MAX_PLACES and int(number.as_tuple().exponent) >= -_MAX_PLACES
    return format(number, "f") if fits else ""


def required_text(payload: JsonObject, field: str) -> str:
    """Return the value of a required text field of a payload.

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
    """Return, in upper case, the currency code found at a path of JSON keys.

    Return None if there is no active ISO 4217 code at that path.
    """
    code = text_at(payload, *path).upper()
    return code if code in EXPONENTS else None


def instant_at(payload: JsonObject, *path: str) -> datetime | None:
    """Return the time at a path of JSON keys. Return None if the time is absent or invalid.

    The JSON value can be an RFC 3339 string or a whole number of Unix seconds. An invalid time is not an error, because
    genuine deliveries can contain impossible dates.
    """
    value = at(payload, *path)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_UNIX_SECONDS:
        return datetime.fromtimestamp(value, UTC)
    try:
        return parse_rfc3339(value) if isinstance(value, str) else None
    except ValueError:
        return None


def minor_units(amount: int | None, currency: str | None, exponents: Mapping[str, int] | None = None) -> int | None:
    """Convert an amount from a provider's minor units to the minor units of ISO 4217.

    Args:
        amount: in the provider's minor units, or None.
        currency: active ISO 4217 code, or None.
        exponents: currency → provider's number of decimal places. Only currencies with a different number in ISO 4217
            are listed.

    Returns:
        The amount. None when the amount or currency is missing, or the amount is negative or not a whole number of
        minor units.
    """
    if amount is None or amount < 0 or currency is None:
        return None
    shift = EXPONENTS[currency] - (exponents or {}).get(currency, EXPONENTS[currency])
    return _whole(Decimal(amount).scaleb(shift))


def minor_units_of_decimal(text: str, currency: str | None) -> int | None:
    """Convert an amount in major units, such as the text ``-0.99``, to minor units, and drop the minus sign.

    Returns:
        The amount. None when the text or currency is missing or invalid, or the amount is not a whole number of minor
        units.
    """
    if currency is None or not _DECIMAL.fullmatch(text):
        return None
    return _whole(abs(Decimal(text)).scaleb(EXPONENTS[currency]))


def bounded_key(text: str) -> str:
    """Return a text if it has 1 to 256 printable ASCII characters. Otherwise, return its SHA-256."""
    return text if _KEY.fullmatch(text) else _digest(text.encode("utf-8", "surrogatepass"))


def bounded_id(text: str) -> str:
    """Return a text if it has 1 to 128 printable ASCII characters without spaces. Otherwise, return its SHA-256."""
    return text if _ID.fullmatch(text) else _digest(text.encode("utf-8", "surrogatepass"))


def header_id(headers: Mapping[str, str], name: str) -> str:
    """Return the id in an unsigned header. Return an empty string if the header is absent or malformed."""
    value = headers.get(name, "")
    return value if _ID.fullmatch(value) else ""


def content_key(event_type: str, object_id: str, body: bytes) -> str:
    """Return the signed key for an event whose id is not signed.

    The key consists of the event type, the object id and the SHA-256 of the body.
    """
    return bounded_key(f"{event_type}:{object_id}:{_digest(body)}")


def _whole(amount: Decimal) -> int | None:
    return int(amount) if amount == amount.to_integral_value() else None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

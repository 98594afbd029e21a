"""Amounts of money: parsing without rounding, limits for the number of digits, and one normalised notation."""

from decimal import Decimal

from hookline.core.errors import invalid_field
from hookline.core.values.characters import is_digits
from hookline.core.values.currency import EXPONENTS

MAX_DIGITS = 18
"""Maximum number of digits of an amount that is written without an exponent. Leading zeros do not count."""

MAX_DECIMAL_PLACES = 6
"""Maximum number of decimal places of an amount, including trailing zeros."""


def parse_amount(value: str | int | Decimal) -> Decimal:
    """Parse an amount in major units (10.50 is ten and a half euros) without using a float.

    Args:
        value: a string in plain notation, or a JSON number.

    Returns:
        The amount, greater than zero, with the same decimal places as ``value``.

    Raises:
        Rejected: 422 ``invalid_field`` when the amount is malformed, not greater than zero, or has too many digits.
    """
    if isinstance(value, str) and not _is_plain(value):
        raise invalid_field("amount", "must be digits with at most one decimal point")
    amount = Decimal(value)
    if amount <= 0:
        raise invalid_field("amount", "must be greater than zero")
    digits, exponent = _digits_and_exponent(amount)
    if -exponent > MAX_DECIMAL_PLACES:
        raise invalid_field("amount", f"must have at most {MAX_DECIMAL_PLACES} decimal places")
    if digits + max(0, exponent) > MAX_DIGITS:
        raise invalid_field("amount", f"must have at most {MAX_DIGITS} digits")
    return amount


def plain(amount: Decimal) -> str:
    """Return a finite amount in plain notation: no exponent and no trailing zeros after the decimal point."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def major_units(amount: int, currency: str) -> str:
    """Return an amount in minor units of ISO 4217 as major units in plain notation."""
    return plain(Decimal(amount).scaleb(-EXPONENTS[currency]))


def _is_plain(text: str) -> bool:
    whole, point, decimals = text.partition(".")
    return is_digits(whole) and (is_digits(decimals) or not point)


def decimal_places(number: Decimal) -> int:
    """Return the number of decimal places of a finite number, including trailing zeros."""
    return max(0, -_digits_and_exponent(number)[1])


def _digits_and_exponent(number: Decimal) -> tuple[int, int]:
    _, digits, exponent = number.as_tuple()
    return len(digits), int(exponent)

"""Amounts: their limits and their exactness."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.outcome import outcome_of

from hookline.core.errors import Rejected
from hookline.core.values.amount import parse_amount, plain
from hookline.core.values.strict_json import decode


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("10.50", "10.5"),
        ("0010.500000", "10.5"),
        ("0.000001", "0.000001"),
        ("1", "1"),
        ("100", "100"),
        ("999999999999999999", "999999999999999999"),
        ("123456789012.123456", "123456789012.123456"),
        ("0" * 40 + "7", "7"),
        (7, "7"),
        (10**17, "100000000000000000"),
        (Decimal("1e17"), "100000000000000000"),
        (Decimal("1.5E+3"), "1500"),
        (Decimal("1E-6"), "0.000001"),
        (Decimal("10.0"), "10"),
    ],
)
def test_reads_an_amount_and_writes_it_plainly(value: str | int | Decimal, text: str) -> None:
    """Values within the limits stay equal, and are written without exponent or padding."""
    assert plain(parse_amount(value)) == text


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "digits"),
        (" 1", "digits"),
        ("1\n", "digits"),
        ("+1", "digits"),
        ("-1", "digits"),
        (".5", "digits"),
        ("5.", "digits"),
        ("1e3", "digits"),
        ("1,5", "digits"),
        ("١٢", "digits"),
        ("Infinity", "digits"),
        ("0", "greater than zero"),
        ("0.000000", "greater than zero"),
        (0, "greater than zero"),
        (-1, "greater than zero"),
        (Decimal("-0.0"), "greater than zero"),
        (Decimal("0E+400"), "greater than zero"),
        ("1.0000000", "decimal places"),
        (Decimal("10E-7"), "decimal places"),
        (Decimal("1E-400"), "decimal places"),
        ("1000000000000000000", "digits"),
        ("1234567890123.123456", "digits"),
        (10**18, "digits"),
        (Decimal("1e18"), "digits"),
        (Decimal("1e999999999"), "digits"),
    ],
)
def test_refuses_an_amount_outside_the_limits(value: str | int | Decimal, reason: str) -> None:
    """Signs, exponents in strings, zero, and too many digits or decimal places get 422."""
    with pytest.raises(Rejected) as caught:
        parse_amount(value)
    assert (caught.value.status, caught.value.code, caught.value.field) == (422, "invalid_field", "amount")
    assert reason in caught.value.message


@given(st.integers(1, 10**18 - 1), st.integers(0, 6), st.integers(0, 30))
def test_an_amount_never_changes_its_value(digits: int, places: int, leading_zeros: int) -> None:
    """A string and a JSON number of the same amount stay equal to the amount."""
    amount = Decimal(digits).scaleb(-places)
    written = format(amount, "f")
    as_number = decode(f'{{"amount":{written}}}'.encode())["amount"]
    assert isinstance(as_number, int | Decimal)
    for value in ("0" * leading_zeros + written, as_number):
        assert parse_amount(value) == amount
        assert Decimal(plain(parse_amount(value))) == amount


@given(st.text() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False))
def test_any_value_is_an_amount_or_refused(value: str | int | Decimal) -> None:
    """Any text or number gives an amount or a rejection."""
    outcome = outcome_of(parse_amount, value)
    assert outcome.status == 422 if isinstance(outcome, Rejected) else outcome > 0

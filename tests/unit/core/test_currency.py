"""The active currencies and their decimal places."""

import re

import pytest

from hookline.core.values.currency import EXPONENTS


@pytest.mark.parametrize(
    ("code", "exponent"), [("EUR", 2), ("USD", 2), ("JPY", 0), ("ISK", 0), ("KWD", 3), ("CLF", 4), ("XCG", 2)]
)
def test_knows_the_decimal_places_of_a_currency(code: str, exponent: int) -> None:
    """Each active currency has its exponent of ISO 4217."""
    assert EXPONENTS[code] == exponent


@pytest.mark.parametrize("code", ["HRK", "BGN", "ANG", "CUC", "ZWL", "SLL", "DEM", "XXX", "XTS", "XAU", "eur"])
def test_leaves_out_what_is_no_active_currency(code: str) -> None:
    """Withdrawn codes, codes without a minor unit and lower-case codes are missing."""
    assert code not in EXPONENTS


def test_has_the_whole_list() -> None:
    """List One of 2026-01-01 has 165 codes with a minor unit, each with three capital letters."""
    assert len(EXPONENTS) == 165
    assert all(re.fullmatch(r"[A-Z]{3}", code) for code in EXPONENTS)

"""The search for possible card numbers in text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.core.values.card_numbers import has_card_number, passes_luhn

CARDS = ["4222222222222", "378282246310005", "4111111111111111", "6304000000000000000"]
"""Test numbers of 13, 15, 16 and 19 digits."""


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("text", ["{}", '{{"note":"card {} it is"}}', "x{}y", "1.{}", "{}\n", "€{}"])
def test_a_card_number_is_found_anywhere_in_a_text(card: str, text: str) -> None:
    """The characters around the number may be anything except digits."""
    assert has_card_number(text.format(card))


@pytest.mark.parametrize(
    "text",
    ["", "411111111111111", "4111111111111112", "14111111111111111", "411111111112", "4111 1111 1111 1111", "0" * 20],
)
def test_what_has_another_length_or_check_digit_is_no_card_number(text: str) -> None:
    """This covers another length, a wrong check digit, and spaces between the digits."""
    assert not has_card_number(text)


@given(st.from_regex(r"[0-9]{12,18}", fullmatch=True))
def test_one_check_digit_in_ten_passes(digits: str) -> None:
    """A match is therefore a hint, not a proof."""
    assert sum(passes_luhn(digits + check) for check in "0123456789") == 1

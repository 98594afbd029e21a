"""Reading of provider payloads: missing values, numbers in strings, and ids of any type."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.core import PROVIDER_NAMES
from hookline.core.errors import Rejected
from hookline.core.providers.reading import (
    MAX_KEY_LENGTH,
    at,
    bounded_id,
    bounded_key,
    content_key,
    id_at,
    instant_at,
    minor_units,
    minor_units_of_decimal,
    required_text,
    text_at,
    whole_at,
)
from hookline.core.providers.registry import provider


def test_a_path_leads_to_a_value_or_to_none() -> None:
    """A path through a value that is not an object gives None."""
    payload: Any = {"a": {"b": 1}, "c": [1]}
    assert (at(payload, "a", "b"), at(payload, "a", "x"), at(payload, "c", "b"), at(payload)) == (
        1,
        None,
        None,
        payload,
    )
    assert (text_at(payload, "a", "b"), text_at({"a": "x"}, "a")) == ("", "x")


def test_an_id_may_be_a_number_of_any_size() -> None:
    """Numbers above 2^53 stay exact, and a boolean is no id."""
    assert id_at({"id": 890_088_186_047_892_319}, "id") == "890088186047892319"
    assert (id_at({"id": "x"}, "id"), id_at({"id": True}, "id"), id_at({}, "id")) == ("x", "", "")


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        (5, 5),
        ("4995", 4995),
        (0, 0),
        (True, None),
        (-1, None),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        (10**18, None),
    ],
)
def test_an_amount_is_a_whole_number_or_its_digits(value: Any, whole: int | None) -> None:
    """A sign, a decimal point, other digits or more than 18 digits are invalid."""
    assert whole_at({"amount": value}, "amount") == whole


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("89.99", "USD", 8999),
        ("403.0", "USD", 40300),
        ("-0.01", "USD", 1),
        ("11.505", "USD", None),
        ("11.500", "USD", 1150),
        ("1099", "JPY", 1099),
        ("1.5", "JPY", None),
        ("1.234", "KWD", 1234),
        ("1e3", "USD", None),
        ("", "USD", None),
        ("1", None, None),
    ],
)
def test_a_decimal_amount_becomes_minor_units_exactly(text: str, currency: str | None, minor: int | None) -> None:
    """The result must be a whole number; the sign is ignored, because older PayPal refunds are negative."""
    assert minor_units_of_decimal(text, currency) == minor


def test_minor_units_follow_iso_4217() -> None:
    """Amounts of providers that use other exponents are converted, or dropped if they are not exact."""
    assert minor_units(500, "ISK", {"ISK": 2}) == 5
    assert minor_units(550, "ISK", {"ISK": 2}) is None
    assert minor_units(5, "MGA", {"MGA": 0}) == 500
    assert (minor_units(None, "EUR"), minor_units(1, None), minor_units(-1, "EUR"), minor_units(1, "EUR")) == (
        None,
        None,
        None,
        1,
    )


@pytest.mark.parametrize("value", [-1, 253_402_300_800, 10**30, "", "2026", True, None, 1.5])
def test_what_is_no_time_is_none(value: Any) -> None:
    """Numbers out of range and texts that are not RFC 3339 give None."""
    assert instant_at({"at": value}, "at") is None


def test_a_field_that_identifies_an_event_is_required() -> None:
    """Missing, null and empty values are `missing_field`, and other types are `wrong_type`."""
    for payload, code in (({}, "missing_field"), ({"id": None}, "missing_field"), ({"id": ""}, "missing_field")):
        with pytest.raises(Rejected) as refused:
            required_text(payload, "id")
        assert refused.value.code == code
    with pytest.raises(Rejected) as refused:
        required_text({"id": 7}, "id")
    assert refused.value.code == "wrong_type"


@given(text=st.text(max_size=400))
def test_keys_and_ids_are_bounded_printable_ascii(text: str) -> None:
    """Every key fits the limits, and two ids never have the same key."""
    key, identifier = bounded_key(text), bounded_id(text)
    for bounded, limit in ((key, MAX_KEY_LENGTH), (identifier, 128)):
        assert 1 <= len(bounded) <= limit
        assert bounded.isascii()
        assert bounded.isprintable()
    assert " " not in identifier
    assert bounded_key(text + "x") != key
    assert len(content_key(text, text, b"")) <= MAX_KEY_LENGTH


def test_the_registry_knows_each_module_by_its_own_name() -> None:
    """Each name gives the provider with this name, and an unknown name fails."""
    assert {provider(name).name for name in PROVIDER_NAMES} == set(PROVIDER_NAMES)
    with pytest.raises(ModuleNotFoundError):
        provider("unknown")

"""How what providers write is read: absent values, numbers in texts, and ids of any form."""

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
    """A path through something that is no object leads nowhere."""
    payload: Any = {"a": {"b": 1}, "c": [1]}
    assert (at(payload, "a", "b"), at(payload, "a", "x"), at(payload, "c", "b"), at(payload)) == (
        1,
        None,
        None,
        payload,
    )
    assert (text_at(payload, "a", "b"), text_at({"a": "x"}, "a")) == ("", "x")


def test_an_id_may_be_a_number_of_any_size() -> None:
    """Numbers beyond 2^53 stay exact; true is no id."""
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
    """Signs, points, other scripts and more than 18 digits are no amount."""
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
    """What is no whole number of minor units is no amount; the sign says refund in older PayPal events."""
    assert minor_units_of_decimal(text, currency) == minor


def test_minor_units_follow_iso_4217() -> None:
    """Where a provider counts otherwise the amount is converted, or given up when it does not go."""
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
    """Numbers that no calendar holds and texts that are no RFC 3339 are read as no time."""
    assert instant_at({"at": value}, "at") is None


def test_a_field_that_identifies_an_event_is_required() -> None:
    """Missing, null, empty, and of another type are refused in the words of the API."""
    for payload, code in (({}, "missing_field"), ({"id": None}, "missing_field"), ({"id": ""}, "missing_field")):
        with pytest.raises(Rejected) as refused:
            required_text(payload, "id")
        assert refused.value.code == code
    with pytest.raises(Rejected) as refused:
        required_text({"id": 7}, "id")
    assert refused.value.code == "wrong_type"


@given(text=st.text(max_size=400))
def test_keys_and_ids_are_bounded_printable_ascii(text: str) -> None:
    """Whatever an id is, its key fits, and two ids never share one."""
    key, identifier = bounded_key(text), bounded_id(text)
    for bounded, limit in ((key, MAX_KEY_LENGTH), (identifier, 128)):
        assert 1 <= len(bounded) <= limit
        assert bounded.isascii()
        assert bounded.isprintable()
    assert " " not in identifier
    assert bounded_key(text + "x") != key
    assert len(content_key(text, text, b"")) <= MAX_KEY_LENGTH


def test_the_registry_knows_each_module_by_its_own_name() -> None:
    """A name leads to the provider that bears it; any other to nothing."""
    assert {provider(name).name for name in PROVIDER_NAMES} == set(PROVIDER_NAMES)
    with pytest.raises(ModuleNotFoundError):
        provider("unknown")

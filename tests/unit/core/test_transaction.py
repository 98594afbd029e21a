"""Transactions: the rules of each field, their order, and the fingerprint of the content."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.outcome import outcome_of
from unit.core.test_strict_json import objects, values

from hookline.core.errors import Rejected
from hookline.core.transactions.transaction import (
    REQUIRED_FIELDS,
    TRANSACTION_TYPES,
    Transaction,
    fingerprint,
    normalised_content,
    validate,
)
from hookline.core.values.strict_json import decode, encode, join_object

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAYLOAD = {
    "event_id": "evt_1",
    "transaction_type": "payment",
    "amount": "10.50",
    "timestamp": "2026-11-21T10:21:00Z",
}

plausible = st.fixed_dictionaries(
    {
        "event_id": st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1) | values,
        "transaction_type": st.sampled_from(TRANSACTION_TYPES),
        "amount": st.integers(1, 10**17) | st.decimals("0.01", 10**9, places=2).map(str) | values,
        "timestamp": st.integers(946684800, 1763812800) | values,
    },
    optional={
        "currency": st.sampled_from(["EUR", "JPY", "XXX"]) | st.none(),
        "metadata": objects | st.none(),
        "colour": values,
    },
)


def read(**changes: Any) -> Transaction:
    """Validate the usual payload with some changed fields."""
    return validate({**PAYLOAD, **changes}, NOW)


def identity(transaction: Transaction) -> str:
    """Return the fingerprint of a transaction's content."""
    return fingerprint(normalised_content(transaction))


def refused(payload: dict[str, Any]) -> tuple[int, str, str | None]:
    """Validate, expect a rejection, and return status, code and field."""
    with pytest.raises(Rejected) as caught:
        validate(payload, NOW)
    return caught.value.status, caught.value.code, caught.value.field


def test_reads_every_field() -> None:
    """A complete payload gives normalised fields, and unknown fields are ignored."""
    transaction = read(currency="EUR", metadata={"order": 7}, colour="blue")
    assert transaction == Transaction(
        event_id="evt_1",
        transaction_type="payment",
        amount=Decimal("10.50"),
        currency="EUR",
        timestamp=datetime(2026, 11, 21, 10, 21, tzinfo=UTC),
        metadata={"order": 7},
    )


def test_null_for_an_optional_field_means_absent() -> None:
    """A null currency or metadata is the same as a missing one."""
    assert read(currency=None, metadata=None) == read()
    assert (read().currency, read().metadata) == (None, {})


@pytest.mark.parametrize("field", REQUIRED_FIELDS)
def test_every_required_field_is_required(field: str) -> None:
    """A missing required field gets 400, and null counts as a wrong type."""
    payload = {name: value for name, value in PAYLOAD.items() if name != field}
    assert refused(payload) == (400, "missing_field", field)
    assert refused({**PAYLOAD, field: None}) == (400, "wrong_type", field)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event_id", 7),
        ("transaction_type", ["payment"]),
        ("amount", True),
        ("amount", {}),
        ("timestamp", False),
        ("timestamp", []),
        ("currency", 978),
        ("metadata", "text"),
        ("metadata", [1]),
    ],
)
def test_a_value_of_another_json_type_is_refused(field: str, value: object) -> None:
    """A wrong JSON type gets 400, as from API Gateway's model."""
    assert refused({**PAYLOAD, field: value}) == (400, "wrong_type", field)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event_id", ""),
        ("event_id", "a b"),
        ("event_id", "a\n"),
        ("event_id", "é"),
        ("event_id", "x" * 129),
        ("transaction_type", "payments"),
        ("transaction_type", "Payment"),
        ("amount", "0"),
        ("timestamp", "yesterday"),
        ("currency", "eur"),
        ("currency", "XXX"),
        ("currency", ""),
    ],
)
def test_a_bad_value_of_the_right_type_is_refused(field: str, value: object) -> None:
    """A value that breaks the rule of its field gets 422."""
    assert refused({**PAYLOAD, field: value}) == (422, "invalid_field", field)


def test_the_longest_event_id_is_accepted() -> None:
    """An event id has at most 128 characters, from ! to ~."""
    assert read(event_id="!" + "~" * 127).event_id == "!" + "~" * 127


def test_form_is_checked_before_values() -> None:
    """All missing fields are checked first, then all types, then all values."""
    assert refused({"event_id": 7}) == (400, "missing_field", "transaction_type")
    assert refused({**PAYLOAD, "event_id": "", "metadata": 7}) == (400, "wrong_type", "metadata")


def test_a_refusal_never_repeats_the_senders_value() -> None:
    """The error message does not contain the value."""
    for field in PAYLOAD:
        with pytest.raises(Rejected) as caught:
            read(**{field: "4111 1111"})
        assert "4111" not in str(caught.value)


def test_the_same_content_has_the_same_fingerprint_however_it_is_written() -> None:
    """Padding, notation, offset, key order, unknown fields and the event id do not change the fingerprint."""
    one = read(metadata={"a": 1, "b": 2}, event_id="other")
    for same in (
        read(metadata={"b": 2, "a": 1}, amount="0010.5"),
        read(metadata={"a": 1, "b": 2}, amount=Decimal("10.500"), colour="blue"),
        read(metadata={"a": 1, "b": 2}, timestamp="2026-11-21T12:21:00+02:00"),
    ):
        assert identity(same) == identity(one)


@pytest.mark.parametrize(
    "change",
    [
        {"transaction_type": "refund"},
        {"amount": "10.51"},
        {"currency": "EUR"},
        {"timestamp": "2026-11-21T10:21:00.000001Z"},
        {"metadata": {"a": 1}},
    ],
)
def test_other_content_has_another_fingerprint(change: dict[str, Any]) -> None:
    """A different type, amount, currency, time or metadata changes the fingerprint."""
    assert identity(read(**change)) != identity(read())


def test_the_fingerprint_is_stable() -> None:
    """Stored fingerprints must stay comparable, so this value must never change."""
    stored = "4d9571d3c97bf74327f8f60c6b5e9a508cca4ca5732977bab51f85b1dd55e88c"
    assert identity(read(currency="EUR", metadata={"n": Decimal("1.50")})) == stored


@given(objects | plausible)
def test_any_payload_is_a_transaction_or_refused(payload: dict[str, Any]) -> None:
    """Any object gives a transaction or a 4xx, and the content of a transaction is valid again."""
    outcome = outcome_of(validate, payload, NOW)
    if isinstance(outcome, Rejected):
        assert outcome.status in (400, 422)
    else:
        content = decode(join_object(normalised_content(outcome)).encode())
        assert validate({**content, "event_id": outcome.event_id}, NOW) == outcome
        assert encode(content) == join_object(normalised_content(outcome))


@given(objects)
def test_metadata_passes_unchanged(metadata: dict[str, Any]) -> None:
    """Validation does not change the sender's metadata."""
    assert read(metadata=metadata).metadata == metadata

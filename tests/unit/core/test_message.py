"""The queue message: its format and its schema, without loss of data."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator, FormatChecker
from support.outcome import outcome_of
from unit.core.test_transaction import NOW, PAYLOAD, plausible

from hookline.core.errors import Rejected
from hookline.core.transactions import message
from hookline.core.transactions.transaction import Transaction, normalised_content, validate
from hookline.core.values.strict_json import decode, encode
from hookline.core.values.timestamp import format_utc

SCHEMA = json.loads(files("hookline").joinpath("schemas/transaction-message.v1.json").read_text("utf-8"))
CHECK = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
RECEIVED_AT = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)


def built(payload: dict[str, Any]) -> str:
    """Return the message of a payload."""
    transaction = validate(payload, NOW)
    return message.build_message(transaction.event_id, normalised_content(transaction), format_utc(RECEIVED_AT))


def test_the_schema_is_valid_and_names_this_version() -> None:
    """The file is valid JSON Schema 2020-12 and names the version of the built messages."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["schema"]["const"] == message.SCHEMA


def test_a_message_has_every_field() -> None:
    """The body is compact ASCII JSON; a missing currency is null, and missing metadata is empty."""
    body = built(dict(PAYLOAD))
    assert body == (
        '{"amount":"10.5","currency":null,"event_id":"evt_1","metadata":{},'
        '"received_at":"2026-11-21T12:00:00.25Z","schema":"hookline.transaction.v1",'
        '"timestamp":"2026-11-21T10:21:00Z","transaction_type":"payment"}'
    )


def test_numbers_in_metadata_keep_their_digits() -> None:
    """The consumer gets the digits that the sender sent."""
    body = built({**PAYLOAD, "metadata": {"rate": Decimal("0.100"), "id": 2**70}})
    assert '"metadata":{"id":1180591620717411303424,"rate":0.100}' in body


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "10.50"},
        {"amount": "0"},
        {"amount": "1e3"},
        {"amount": "0010"},
        {"amount": 10.5},
        {"amount": "1234567890123.123456"},
        {"timestamp": "2026-11-21T10:21:00+00:00"},
        {"timestamp": "2026-11-21T10:21:00.10Z"},
        {"timestamp": "2026-13-21T10:21:00Z"},
        {"currency": "euro"},
        {"transaction_type": "payments"},
        {"event_id": "a b"},
        {"metadata": None},
        {"schema": "hookline.transaction.v2"},
    ],
)
def test_the_schema_refuses_other_forms(change: dict[str, Any]) -> None:
    """The schema is as strict as the code, so that a consumer can rely on it."""
    good = json.loads(built(dict(PAYLOAD)))
    assert CHECK.is_valid(good)
    assert not CHECK.is_valid({**good, **change})


@given(plausible)
def test_every_transaction_makes_a_valid_message_that_is_a_request_again(payload: dict[str, Any]) -> None:
    """A message matches the schema and is canonical ASCII. As a request, it gives the same transaction."""
    transaction = outcome_of(validate, payload, NOW)
    if isinstance(transaction, Rejected):
        return
    assert isinstance(transaction, Transaction)
    body = built(payload)
    assert body.isascii()
    assert encode(decode(body.encode())) == body
    CHECK.validate(json.loads(body))
    assert validate(decode(body.encode()), NOW) == transaction

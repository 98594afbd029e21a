"""The event on the bus: its format and its schema."""

import json
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from unit.core.test_delivery_message import MESSAGE

from hookline.core.values.strict_json import encode
from hookline.core.webhooks.provider_event import SCHEMA, Particulars, Times, build_detail, detail_type, source

FORM = json.loads(files("hookline").joinpath("schemas/provider-event.v1.json").read_text("utf-8"))
CHECK = Draft202012Validator(FORM, format_checker=FormatChecker())
NOTHING = Particulars()
TIMES = Times("2026-11-21T12:00:00Z", None)
TRANSACTION: dict[str, Any] = {
    "event_id": "stripe:evt_1",
    "transaction_type": "payment",
    "amount": "10.5",
    "currency": "EUR",
    "timestamp": "2026-11-21T10:00:00Z",
    "metadata": {"provider": "stripe"},
}


def detail(*transactions: dict[str, Any], times: Times = TIMES, particulars: Particulars = NOTHING) -> dict[str, Any]:
    """Return a detail that matches the schema."""
    text = build_detail(MESSAGE, times, "payloads", ("event_id", "object_id"), list(transactions), particulars)
    assert text.isascii()
    assert text == encode(json.loads(text))
    CHECK.validate(json.loads(text))
    return json.loads(text)


def test_the_schema_is_valid_and_names_this_version() -> None:
    """The file is valid JSON Schema 2020-12 and names the version of the built details."""
    Draft202012Validator.check_schema(FORM)
    assert FORM["properties"]["schema"]["const"] == SCHEMA


def test_a_detail_has_the_event_where_it_is_archived_and_what_it_means() -> None:
    """The detail has all data that a consumer needs."""
    built = detail(TRANSACTION, times=Times("2026-11-21T12:00:00Z", "2026-11-21T11:59:59Z"))
    assert built == {
        "schema": "hookline.provider-event.v1",
        "provider": "stripe",
        "event_id": "evt_1",
        "event_type": "payment_intent.succeeded",
        "object_id": "pi_é",
        "account": "acct_1",
        "key": "stripe:evt_1",
        "received_at": "2026-11-21T12:00:00Z",
        "signed_at": "2026-11-21T11:59:59Z",
        "status": None,
        "reference": None,
        "respond_by": None,
        "test": False,
        "inquiry": False,
        "api_version": "2025-03-31.basil",
        "unsigned": ["event_id", "object_id"],
        "archive": {"bucket": "payloads", "key": MESSAGE.archive_key, "pointer": MESSAGE.pointer},
        "transactions": [TRANSACTION],
        "transaction_count": 1,
    }


def test_a_detail_says_what_the_event_says_about_its_object() -> None:
    """These may differ between events that tell one fact, so they are not in the transaction."""
    built = detail(particulars=Particulars("lost", "order-1", "2026-12-01T00:00:00Z", test=True, inquiry=True))
    expected = {"status": "lost", "reference": "order-1", "respond_by": "2026-12-01T00:00:00Z"}
    expected |= {"test": True, "inquiry": True}
    assert expected.items() <= built.items()


def test_an_ignored_event_has_no_transactions() -> None:
    """The event is still published, and a rule can match on the count 0."""
    assert (detail()["transactions"], detail()["transaction_count"]) == ([], 0)


def test_source_and_detail_type_are_what_eventbridge_can_hold() -> None:
    """Each provider has its own source, and a detail type has 1 to 128 characters."""
    assert source("stripe") == "hookline.stripe"
    assert detail_type("charge.refunded") == "charge.refunded"
    assert (detail_type(""), detail_type("x" * 129)) == ("unknown", "x" * 128)

"""The outcome event: its format and its schema, for every provider and outcome."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.contracts import SCHEMAS, check
from support.providers.deliveries import edited, records, sent
from support.records import changed
from unit.core.test_delivery_message import MESSAGE

from hookline.core.providers.registry import provider
from hookline.core.providers.table import OUTCOMES, changes
from hookline.core.webhooks.outcome_event import SCHEMA, build_outcome
from hookline.core.webhooks.provider_event import Times

FORM = SCHEMAS["outcome.v1"]
TIMES = Times("2026-11-21T12:00:00Z", None)


def built(name: str, **changes_of_report: Any) -> dict[str, Any]:
    """Return an outcome of a provider's sample dispute, which matches the schema."""
    report = records(name, sent(name, edited(name, "dispute")))[0]
    report = changed(report, **{"verdict": changes("dispute_lost"), **changes_of_report})
    detail = json.loads(build_outcome(provider(name), changed(MESSAGE, provider=name), TIMES, report))
    check("outcome.v1", detail)
    return detail


def test_the_schema_is_valid_and_names_all_outcomes() -> None:
    """The file is valid JSON Schema 2020-12, and names the version and the outcomes of the code."""
    Draft202012Validator.check_schema(FORM)
    assert FORM["properties"]["schema"]["const"] == SCHEMA
    assert tuple(FORM["properties"]["outcome"]["enum"]) == OUTCOMES


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_outcome_names_the_object_and_the_payment(outcome: str) -> None:
    """A ledger finds the transaction by the object's id."""
    detail = built("stripe", verdict=changes(outcome), payment_id="pi_1", amount=1050, currency="USD")
    assert (detail["outcome"], detail["payment_id"], detail["amount"]) == (outcome, "pi_1", "10.5")
    assert detail["object_id"] == records("stripe", sent("stripe", edited("stripe", "dispute")))[0].object_id


@pytest.mark.parametrize("change", [{"amount": None}, {"currency": None}])
def test_an_amount_without_a_currency_is_no_amount(change: dict[str, Any]) -> None:
    """Both are absent then."""
    detail = built("stripe", **change)
    assert (detail["amount"], detail["currency"]) == (None, None)


def test_what_the_event_does_not_say_is_null() -> None:
    """The fields are always there."""
    detail = built("stripe", timestamp=None, payment_id="")
    assert (detail["occurred_at"], detail["payment_id"]) == (None, None)


@pytest.mark.parametrize(
    ("name", "unsigned"),
    [
        ("stripe", None),
        ("adyen", {"occurred_at", "test"}),
        ("shopify", {"account", "event_id", "event_type", "test"}),
        ("paypal", {"account", "amount", "currency", "event_id", "event_type", "object_id"}),
    ],
)
def test_an_outcome_says_what_is_not_signed(name: str, unsigned: set[str] | None) -> None:
    """PayPal signs nothing that the outcome is made from."""
    found = built(name).get("unsigned")
    assert (unsigned is None) == (found is None)
    assert (unsigned or set()) <= set(found or ())
    if name == "paypal":
        assert {"outcome", "occurred_at", "payment_id", "transaction_type"} <= set(found or ())

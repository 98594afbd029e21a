"""Problems that people who receive payment webhooks have reported in public, each as the kind that it stands for.

The files come from outside the project, so the tests that read them are skipped where they are absent. The other tests
hold the same kinds without them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.providers.deliveries import NOW, RECEIVED_AT, events, signed, with_header

from hookline.core.providers.contract import USUAL, BookingRules
from hookline.core.providers.registry import provider
from hookline.core.providers.table import OLD_REFUND
from hookline.core.transactions.booking import is_unbooked, to_transaction_event

FIELD = Path(__file__).parents[5] / "shared" / "field"

Booked = list[tuple[str, str, str]]

CASES: dict[str, tuple[str, Booked, bool]] = {
    "01-stripe-dispute-created-lost": ("", [("dispute", "42", "EUR")], False),
    "02-stripe-charge-refunded-2020-08-27": ("", [("refund", "50", "EUR")], False),
    "03a-stripe-partial-capture-intent-acacia": ("", [("payment", "203", "USD")], False),
    "03b-stripe-partial-capture-refund-acacia": ("", [], False),
    "04a-square-payment-created-cash-completed": ("", [("payment", "10", "USD")], False),
    "05a-shopify-disputes-create-prevented": ("disputes/create", [], True),
    "07-razorpay-captured-1": ("", [("payment", "100", "INR")], False),
    "08a-stripe-charge-without-intent": ("", [("payment", "10", "USD")], False),
    "08b-stripe-its-refund": ("", [("refund", "10", "USD")], False),
    "09-shopify-refund-include-fields": ("refunds/create", [("refund", "12", "EUR")], False),
    "10a-shopify-refund-pending": ("refunds/create", [], False),
    "10b-shopify-its-transaction-succeeds": ("order_transactions/create", [("refund", "12", "EUR")], False),
}
"""File → Shopify's topic, what is booked, and whether the event is counted as unbooked."""


def judged(name: str, body: bytes, topic: str = "", rules: BookingRules = USUAL) -> tuple[list[Any], bool]:
    """Return the transactions of a body, and whether the event is counted as unbooked."""
    delivery = signed(name, body, now=NOW)
    delivery = with_header(delivery, "x-shopify-topic", topic) if topic else delivery
    reports = [(event, each) for event in events(name, delivery) for each in provider(name).normalise(event, rules)]
    made = [to_transaction_event(provider(name), event, each, RECEIVED_AT, rules) for event, each in reports]
    return [each for each in made if each], any(is_unbooked(each) for _, each in reports)


@pytest.mark.skipif(not FIELD.is_dir(), reason="the field cases are not part of the project")
@pytest.mark.parametrize("case", CASES)
def test_each_field_case_is_booked_as_its_provider_means_it(case: str) -> None:
    """What moved is booked once, what cannot be known is counted, and nothing else is booked."""
    topic, expected, counted = CASES[case]
    made, unbooked = judged(case.split("-")[1], (FIELD / f"{case}.json").read_bytes(), topic)
    assert [(each["transaction_type"], each["amount"], each["currency"]) for each in made] == expected
    assert unbooked is counted


@pytest.mark.skipif(not FIELD.is_dir(), reason="the field cases are not part of the project")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("07-razorpay-captured-1", ""), ("07-razorpay-captured-2", "")),
    ],
)
def test_what_is_told_twice_gives_the_same_transaction(first: tuple[str, str], second: tuple[str, str]) -> None:
    """So the second one is a duplicate, and not a conflict."""
    found = [
        judged(case.split("-")[1], (FIELD / f"{case}.json").read_bytes(), topic)[0] for case, topic in (first, second)
    ]
    assert found[0] == found[1]


def test_an_old_refund_object_of_stripe_is_counted_for_itself() -> None:
    """It is no loss, because the charge tells the refund. So it is not counted as unbooked."""
    body = {
        "id": "evt_1",
        "type": "refund.created",
        "api_version": "2024-10-28.acacia",
        "data": {"object": {"id": "re_1", "amount": 5, "currency": "usd", "status": "succeeded", "created": NOW}},
    }
    (event,) = events("stripe", signed("stripe", json.dumps(body).encode()))
    (report,) = provider("stripe").normalise(event, USUAL)
    assert report.verdict == OLD_REFUND
    assert not is_unbooked(report)

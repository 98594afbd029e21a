"""Money that a provider tells in an odd way: it is booked once, or counted, and never silent."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from support.providers.deliveries import booked, edited, records, sent, with_header

from hookline.core.transactions.booking import is_unbooked
from hookline.operate.sending import samples


def variant(name: str, sample: str) -> Any:
    """Return the payload of a sample for changes."""
    return json.loads(samples.read(name, sample))


def test_checkout_the_first_event_of_a_dispute_books_it() -> None:
    """Checkout.com takes the money when it receives a dispute, and requires evidence only for some."""
    payload = edited("checkout", "dispute")
    made = []
    for number, event_type in enumerate(("dispute_received", "dispute_evidence_required", "dispute_evidence_required")):
        payload |= {"id": f"evt_{number}", "type": event_type}
        made += booked("checkout", sent("checkout", payload))
    assert made[0] == made[1] == made[2]
    assert made[0]["event_id"] == f"checkout:dispute:{payload['data']['id']}"


def test_checkout_a_refund_has_an_id_of_its_own() -> None:
    """Two refunds of one payment are two objects. Older events have no id of the action."""
    payload = edited("checkout", "refund")
    payload["data"] |= {"id": "pay_1", "action_id": "act_1"}
    (made,) = booked("checkout", sent("checkout", payload))
    assert made["metadata"]["provider_object_id"] == "act_1"
    assert made["metadata"]["provider_payment_id"] == "pay_1"
    del payload["data"]["action_id"]
    (made,) = booked("checkout", sent("checkout", payload))
    assert made["metadata"]["provider_object_id"] == "pay_1"


@pytest.mark.parametrize(("received", "counted"), [(0, False), (500, True)])
def test_stripe_a_cancellation_after_a_capture_is_counted(received: int, counted: bool) -> None:
    """A payment intent can be captured in part before it is cancelled."""
    payload = variant("stripe", "payment_intent.canceled")
    payload["data"]["object"]["amount_received"] = received
    assert is_unbooked(records("stripe", sent("stripe", payload))[0]) is counted


def test_stripe_an_old_refund_of_a_charge_without_an_intent_names_the_charge() -> None:
    """It is told by the charge itself."""
    payload = variant("stripe", "2024-10-28.acacia/charge.refunded")
    del payload["data"]["object"]["payment_intent"]
    (made,) = booked("stripe", sent("stripe", payload))
    assert made["metadata"]["provider_payment_id"] == payload["data"]["object"]["id"]


@pytest.mark.parametrize("topic", ["refunds/update", "disputes/closed", "order_transactions/update"])
def test_shopify_an_unknown_topic_about_money_is_counted(topic: str) -> None:
    """A stack can publish it with the setting ``shopifyTopics``."""
    delivery = with_header(sent("shopify", edited("shopify")), "x-shopify-topic", topic)
    assert is_unbooked(records("shopify", delivery)[0])


def test_shopify_cash_that_is_given_back_is_counted() -> None:
    """Shopify does not say whether the sale has the cash that was paid or the price."""
    (report,) = records("shopify", sent("shopify", edited("shopify") | {"kind": "change"}))
    assert is_unbooked(report)


def test_shopify_the_end_of_a_dispute_has_its_own_time() -> None:
    """The transaction keeps the time at which the dispute began."""
    payload = variant("shopify", "disputes/update.lost")
    payload["finalized_on"] = "2026-12-20T10:00:00Z"
    delivery = with_header(sent("shopify", payload), "x-shopify-topic", "disputes/update")
    (report,) = records("shopify", delivery)
    assert report.timestamp == datetime(2026, 12, 20, 10, tzinfo=UTC)
    assert report.occurred_at == datetime(2026, 11, 22, 9, tzinfo=UTC)

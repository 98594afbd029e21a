"""Known traps 8 to 12 of provider webhooks, about the meaning of genuine events; each test name has its trap."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.providers.deliveries import (
    NAMES,
    NOW,
    RECEIVED_AT,
    booked,
    edited,
    events,
    is_genuine,
    judge,
    records,
    sample,
    sent,
    signed,
    with_header,
)
from support.providers.known import KNOWN

from hookline.core.providers import adyen
from hookline.core.providers.contract import BookingRules
from hookline.core.providers.table import NO_MONEY, outcome_of
from hookline.core.transactions.booking import to_transaction_event


@pytest.mark.parametrize(
    ("name", "kind", "told", "told_type", "path"),
    [
        ("stripe", "payment", "charge.succeeded", "payment", "type"),
        ("stripe", "refund", "charge.refunded", "refund", "type"),
        ("stripe", "dispute", "charge.dispute.updated", "dispute", "type"),
        ("razorpay", "dispute", "payment.dispute.under_review", "dispute", "event"),
        ("checkout", "dispute", "dispute_evidence_submitted", "dispute", "type"),
        ("paypal", "dispute", "CUSTOMER.DISPUTE.UPDATED", "dispute", "event_type"),
    ],
)
def test_trap_8_one_fact_is_booked_once(name: str, kind: str, told: str, told_type: str, path: str) -> None:
    """If two event types report the same fact, both are normalised, but only one becomes a transaction."""
    assert len(booked(name, signed(name, sample(name, kind)))) == 1
    payload = {**edited(name, kind), path: told}
    [record] = records(name, sent(name, payload))
    assert record.transaction_type == told_type
    assert booked(name, sent(name, payload)) == []


def test_trap_8_adyen_a_capture_is_booked_only_where_one_captures_by_hand() -> None:
    """By default, the authorisation is the payment; with manual capture, the capture is."""
    for code, by_default in (("AUTHORISATION", True), ("CAPTURE", False)):
        payload = edited("adyen")
        payload["notificationItems"][0]["NotificationRequestItem"]["eventCode"] = code
        delivery = sent("adyen", payload)
        [event], rules = events("adyen", delivery), BookingRules(captures=True)
        [record] = adyen.normalise(event, rules)
        by_hand = to_transaction_event(adyen.PROVIDER, event, record, RECEIVED_AT, rules)
        assert (len(booked("adyen", delivery)) == 1, by_hand is None) == (by_default, by_default)


def test_trap_8_stripe_a_refunded_charge_counts_what_this_event_refunded() -> None:
    """The charge has the sum of all its refunds. If the amount of this refund is unknown, the record has no amount."""
    payload = edited("stripe")
    payload |= {"type": "charge.refunded"}
    payload["data"]["object"] = {"id": "ch_1", "amount": 100, "amount_refunded": 100, "currency": "usd"}
    for before, amount in (({"amount_refunded": 40}, 60), ({}, None), ({"amount_refunded": 120}, None)):
        payload["data"]["previous_attributes"] = before
        assert records("stripe", sent("stripe", payload))[0].amount == amount
    payload["data"] = {"object": {"id": "ch_1"}, "previous_attributes": {"amount_refunded": 40}}
    assert records("stripe", sent("stripe", payload))[0].amount is None


def test_trap_9_razorpay_a_refund_and_a_dispute_are_not_taken_for_their_payment() -> None:
    """The body also contains the payment, with a larger amount."""
    for kind, amount in (("refund", 150_000), ("dispute", 349_000)):
        payload = edited("razorpay", kind)
        assert payload["payload"]["payment"]["entity"]["amount"] == 499_000
        [record] = records("razorpay", sent("razorpay", payload))
        assert (record.amount, record.object_id) == (amount, payload["payload"][kind]["entity"]["id"])


@pytest.mark.parametrize("code", ["AUTHORISATION", "REFUND"])
def test_trap_9_adyen_what_did_not_succeed_is_not_booked(code: str) -> None:
    """A refund with ``success: "false"`` is a failed refund."""
    payload = edited("adyen")
    item = payload["notificationItems"][0]["NotificationRequestItem"]
    item |= {"eventCode": code, "success": "false"}
    assert records("adyen", sent("adyen", payload))[0].verdict == NO_MONEY
    assert booked("adyen", sent("adyen", payload)) == []
    item |= {"eventCode": "REFUND_FAILED", "success": "true"}
    assert outcome_of(records("adyen", sent("adyen", payload))[0].verdict) == "refund_failed"
    assert booked("adyen", sent("adyen", payload)) == []


@pytest.mark.parametrize("status", ["APPROVED", "PENDING", "CANCELED", "FAILED", None])
def test_trap_9_square_only_a_completed_payment_is_booked(status: str | None) -> None:
    """A payment with any other status, or without a status, is no transaction."""
    payload = edited("square")
    payload["data"]["object"]["payment"]["status"] = status
    assert records("square", sent("square", payload))[0].status == (status or "")
    assert booked("square", sent("square", payload)) == []


def test_trap_9_shopify_only_money_that_moved_is_a_payment() -> None:
    """An authorisation, a void and a failed sale are no payments. A refund is a refund."""
    for change in ({"kind": "authorization"}, {"kind": "void"}, {"status": "failure"}, {"status": "pending"}):
        assert booked("shopify", sent("shopify", {**edited("shopify"), **change})) == []
    (refund,) = booked("shopify", sent("shopify", {**edited("shopify"), "kind": "refund"}))
    assert refund["transaction_type"] == "refund"


def test_trap_10_money_is_exact_and_follows_the_currency() -> None:
    """JPY has no decimal places, and KWD has three. Amounts of a provider that departs from ISO 4217 are converted."""
    for currency, amount, text in (
        ("jpy", 1099, "1099"),
        ("kwd", 5120, "5.12"),
        ("usd", 9_007_199_254_740_993, "90071992547409.93"),
        ("isk", 500, "5"),
        ("ugx", 500, "5"),
        ("mga", 500, "500"),
    ):
        payload = edited("stripe")
        payload["data"]["object"] |= {"currency": currency, "amount_received": amount}
        [transaction] = booked("stripe", sent("stripe", payload))
        assert (transaction["amount"], transaction["currency"]) == (text, currency.upper())


@pytest.mark.parametrize(
    "change",
    [
        {"amount_received": None},
        {"amount_received": 0},
        {"amount_received": 10.5},
        {"amount_received": True},
        {"amount_received": -5},
        {"amount_received": 10**18},
        {"currency": None},
        {"currency": "xxx"},
        {"currency": "isk", "amount_received": 550},
    ],
)
def test_trap_10_without_an_exact_amount_and_a_currency_nothing_is_booked(change: dict[str, Any]) -> None:
    """Events with a missing, zero, negative or fractional amount, or an unknown currency, become no transaction."""
    payload = edited("stripe")
    payload["data"]["object"] |= change
    assert len(records("stripe", sent("stripe", payload))) == 1
    assert booked("stripe", sent("stripe", payload)) == []


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-21T10:00:00.1234567+01:00", datetime(2026, 11, 21, 9, 0, 0, 123456, UTC)),
        ("2026-11-21T09:00:00Z", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("2018-19-12T10:00:00Z", None),
        ("yesterday", None),
        (7.5, None),
    ],
)
def test_trap_11_times_of_any_form_are_read_or_left_out(text: Any, instant: datetime | None) -> None:
    """Offsets and seven digits are read; an invalid date gives no time."""
    payload = {**edited("checkout"), "timestamp": text}
    assert records("checkout", sent("checkout", payload))[0].timestamp == instant
    assert len(booked("checkout", sent("checkout", payload))) == 1


@pytest.mark.parametrize("name", NAMES)
def test_trap_11_an_old_event_that_is_delivered_now_is_accepted(name: str) -> None:
    """Only the signed time of the delivery can expire, not the event's own time."""
    late = NOW + int(timedelta(days=20).total_seconds())
    assert is_genuine(judge(name, signed(name, now=late), now=late))


@pytest.mark.parametrize("payload", [{"data": {}}, {"type": None}, {"type": 7}])
def test_trap_12_a_sender_of_standard_webhooks_need_not_name_a_type(payload: dict[str, Any]) -> None:
    """The specification recommends `type`, but does not require it. A genuine event without a type also gets 2xx."""
    [event] = events("standard_webhooks", sent("standard_webhooks", payload))
    assert (event.event_type, records("standard_webhooks", sent("standard_webhooks", payload))) == ("unknown", [])


@pytest.mark.parametrize("name", NAMES)
def test_trap_12_an_ignored_type_is_an_event_without_records(name: str) -> None:
    """An unknown type is verified and identified like any other type, so that it gets 2xx."""
    ignored = KNOWN[name].ignored
    if ignored is None:  # Shopify has the type in a header
        delivery = with_header(signed(name, b'{"id":1}'), "x-shopify-topic", "orders/updated")
    else:
        payload = edited(name)
        field, value = ignored
        place = payload["notificationItems"][0]["NotificationRequestItem"] if name == "adyen" else payload
        place[field] = value
        delivery = sent(name, payload)
    assert is_genuine(judge(name, delivery))
    assert len(events(name, delivery)) == 1
    assert records(name, delivery) == []

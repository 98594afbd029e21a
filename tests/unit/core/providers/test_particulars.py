"""Behaviour of single providers, in addition to the known traps."""

import base64
from typing import Any

import pytest
from support.providers.deliveries import (
    NOW,
    booked,
    edited,
    events,
    is_genuine,
    judge,
    records,
    sent,
    settings,
    signed,
    with_header,
)

from hookline.core.errors import Rejected
from hookline.core.providers.contract import Delivery
from hookline.core.providers.registry import provider
from hookline.core.providers.shopify_topics import KINDS
from hookline.core.providers.table import outcome_of
from hookline.core.signatures.refusal import Refusal
from hookline.core.transactions.booking import is_unbooked
from hookline.core.values.strict_json import decode, encode


def test_stripe_the_first_time_counts_and_unknown_parts_are_passed_over() -> None:
    """A header may contain signatures with other schemes or other secrets, in any order."""
    delivery = signed("stripe")
    header = delivery.headers["stripe-signature"]
    signature = header.partition(",v1=")[2]
    for value, accepted in (
        (f"v0={signature},{header},v2=x", True),
        (f"{header},t=1", True),
        (f"t=1,{header}", False),
        (f"v1={'0' * 64},{header}", True),
        (f"t={NOW},v0={signature}", False),
        (f"t={NOW}, v1={signature}", False),
        (f"t={NOW},v1={signature.upper()}", False),
        (f"t=0{NOW},v1={signature}", False),
    ):
        verdict = judge("stripe", Delivery(delivery.body, {"stripe-signature": value}))
        assert is_genuine(verdict) == accepted, value


def test_stripe_a_thin_event_keeps_the_order_of_its_related_object() -> None:
    """A thin event names its object in another field; an event without an object uses its own id."""
    thin = {"id": "evt_1", "type": "v2.core.account.updated", "related_object": {"id": "acct_1"}}
    assert events("stripe", sent("stripe", thin))[0].object_id == "acct_1"
    assert events("stripe", sent("stripe", {"id": "evt_1", "type": "x"}))[0].object_id == "evt_1"


@pytest.mark.parametrize("event_type", ["refund.created", "refund.updated"])
@pytest.mark.parametrize(
    ("status", "booked_count"),
    [("succeeded", 1), ("pending", 0), ("requires_action", 0), ("failed", 0), ("canceled", 0)],
)
def test_stripe_a_refund_is_booked_once_it_succeeded(event_type: str, status: str, booked_count: int) -> None:
    """A pending, failed or canceled refund is no transaction, for both event types."""
    payload = {**edited("stripe", "refund"), "type": event_type}
    payload["data"]["object"]["status"] = status
    assert len(booked("stripe", sent("stripe", payload))) == booked_count


def test_stripe_a_refund_that_is_told_twice_is_one_transaction() -> None:
    """The created and the updated event of a refund give exactly the same transaction."""
    payload = edited("stripe", "refund")
    first = booked("stripe", sent("stripe", payload))
    assert first[0]["event_id"] == f"stripe:refund:{payload['data']['object']['id']}"
    payload |= {"id": "evt_another", "type": "refund.updated", "created": payload["created"] + 60}
    assert booked("stripe", sent("stripe", payload)) == first


@pytest.mark.parametrize("kind", ["payment", "refund", "dispute"])
def test_stripe_an_event_of_test_mode_is_not_booked(kind: str) -> None:
    """The event is normalised for the bus, but becomes no transaction."""
    payload = {**edited("stripe", kind), "livemode": False}
    assert len(records("stripe", sent("stripe", payload))) == 1
    assert booked("stripe", sent("stripe", payload)) == []


def test_shopify_test_transactions_are_not_booked() -> None:
    """A test payment is no transaction, and a refund counts only its real transactions."""
    assert booked("shopify", sent("shopify", {**edited("shopify"), "test": True})) == []
    payload = edited("shopify", "refund")
    payload["transactions"][0]["test"] = True
    assert booked("shopify", sent("shopify", payload)) == []
    payload["transactions"].append({**payload["transactions"][0], "id": 2, "amount": "5.00", "test": False})
    assert [made["amount"] for made in booked("shopify", sent("shopify", payload))] == ["5"]


def test_square_an_object_that_cannot_be_found_is_named_by_what_surrounds_it() -> None:
    """The object id is the inner id, the outer id or the event id, in this order."""
    payload = edited("square")
    payload["data"]["id"] = "outer"
    assert events("square", sent("square", payload))[0].object_id == "hklSamplePayment0001"
    del payload["data"]["object"]
    assert events("square", sent("square", payload))[0].object_id == "outer"
    del payload["data"]
    assert events("square", sent("square", payload))[0].object_id == payload["event_id"]


def test_square_a_dispute_that_changed_says_how() -> None:
    """The record of a changed dispute has the dispute's state."""
    payload = {**edited("square", "dispute"), "type": "dispute.state.updated"}
    assert records("square", sent("square", payload))[0].status == "EVIDENCE_REQUIRED"


def test_shopify_each_transaction_object_of_a_refund_is_a_refund() -> None:
    """Failed, pending and other transaction objects do not count. What is not said is counted as unbooked."""
    payload = edited("shopify", "refund")
    (first,) = payload["transactions"]
    second = {**first, "id": 2, "amount": "5.00"}
    others = [{**first, "status": "failure"}, {**first, "kind": "void"}, "text", None]
    for transactions, expected, counted in (
        ([first, second, *others], ["15", "5"], False),
        ([], [], False),
        (others, [], False),
        (None, [], True),
        ([{**first, "kind": None}], [], True),
        ([{**first, "status": None}], [], True),
        ([first, {**second, "status": "pending"}], ["15"], False),
        ([first, {**second, "status": "next_year"}], ["15"], True),
        ([first, {**second, "amount": "x"}], ["15"], True),
    ):
        delivery = sent("shopify", {**payload, "transactions": transactions})
        assert [made["amount"] for made in booked("shopify", delivery)] == expected
        assert any(is_unbooked(report) for report in records("shopify", delivery)) is counted


def test_shopify_both_topics_of_a_refund_book_it_once() -> None:
    """The transaction object of a refund comes alone too, for example when it succeeds later."""
    payload = edited("shopify", "refund")
    [of_refund] = booked("shopify", sent("shopify", payload))
    alone = with_header(sent("shopify", payload["transactions"][0]), "x-shopify-topic", "order_transactions/create")
    assert booked("shopify", alone) == [of_refund]


def test_shopify_a_body_without_an_id_keeps_its_own_order() -> None:
    """An event of an ignored topic may have no object id. A hash of the body takes its place, and no header."""
    bodies = (b'{"name":"x"}', b'{"name":"y"}')
    found = [
        [events("shopify", signed("shopify", body, event_id=each))[0].object_id for each in ("evt-1", "evt-2")]
        for body in bodies
    ]
    assert [len(set(each)) for each in found] == [1, 1]
    assert found[0] != found[1]


def test_paypal_older_events_are_read_as_newer_ones() -> None:
    """The first version uses total and currency, state, and negative refunds."""
    payload = {**edited("paypal", "refund"), "event_type": "PAYMENT.SALE.REFUNDED"}
    payload["resource"] |= {"amount": {"total": "-15.00", "currency": "EUR"}, "state": "completed"}
    del payload["resource"]["status"]
    assert len(booked("paypal", sent("paypal", payload))) == 1
    payload["resource"]["state"] = "pending"
    assert records("paypal", sent("paypal", payload))[0].status == "pending"
    assert booked("paypal", sent("paypal", payload)) == []


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("paypal-transmission-id", ["a|b", "a b", "x" * 65]),
        ("paypal-transmission-time", ["yesterday", "2026-11-21 09:00:00", "2026-02-30T09:00:00Z", "1795251700"]),
        ("paypal-transmission-sig", ["!!!", "AAAA=", "é"]),
        ("paypal-auth-algo", ["SHA1withRSA", "SHA256WITHRSA", "none"]),
    ],
)
def test_paypal_headers_of_another_form_are_malformed(header: str, values: list[str]) -> None:
    """Examples are a separator in an id, an invalid time, invalid base64, and another algorithm."""
    for value in values:
        assert judge("paypal", with_header(signed("paypal"), header, value)) == Refusal.MALFORMED


def test_paypal_a_signature_is_written_in_one_way_only() -> None:
    """The unused bits at the end of base64 must be zero."""
    delivery = signed("paypal")
    signature = delivery.headers["paypal-transmission-sig"]
    alias = signature[:-3] + chr(ord(signature[-3]) + 1) + "=="
    assert base64.b64decode(alias) == base64.b64decode(signature)
    assert judge("paypal", with_header(delivery, "paypal-transmission-sig", alias)) == Refusal.MALFORMED


@pytest.mark.parametrize("field", ["merchantReference", "originalReference"])
def test_adyen_a_reference_is_absent_or_text(field: str) -> None:
    """Adyen signs an absent reference as empty text. A reference of another type is malformed, and not empty."""
    for value, verdict in ((None, True), ([], False), (1, False), ({}, False), (False, False)):
        payload = edited("adyen")
        item = payload["notificationItems"][0]["NotificationRequestItem"]
        item[field] = None
        delivery = sent("adyen", payload)
        if value is not None:
            changed = decode(delivery.body)
            changed["notificationItems"][0]["NotificationRequestItem"][field] = value  # type: ignore[index]
            delivery = Delivery(encode(changed).encode(), delivery.headers)
        assert is_genuine(judge("adyen", delivery)) is verdict


def test_adyen_a_reversal_says_so_and_is_not_booked() -> None:
    """A reversed chargeback is published with its outcome, and becomes no transaction."""
    payload = edited("adyen", "dispute")
    payload["notificationItems"][0]["NotificationRequestItem"]["eventCode"] = "CHARGEBACK_REVERSED"
    assert outcome_of(records("adyen", sent("adyen", payload))[0].verdict) == "dispute_reversed"
    assert booked("adyen", sent("adyen", payload)) == []


ORDER = {"id": 9, "financial_status": "paid", "fulfillment_status": None, "cancelled_at": None, "line_items": []}


@pytest.mark.parametrize(
    ("body", "topic"),
    [
        (edited("shopify", "payment"), "orders/create"),
        (edited("shopify", "payment"), "refunds/create"),
        (edited("shopify", "refund"), "unknown/topic"),
        (edited("shopify", "dispute"), "customers/redact"),
        (ORDER, "order_transactions/create"),
        (ORDER, "orders/cancelled"),
        (ORDER, "shop/redact"),
        ({**ORDER, "financial_status": "pending"}, "orders/paid"),
        ({"id": 9, "order_id": 1}, "orders/create"),
    ],
)
def test_shopify_a_body_that_its_topic_cannot_have_is_withheld(body: dict[str, Any], topic: str) -> None:
    """The topic is not signed. A wrong topic must neither hide a transaction nor create another event."""
    [event] = events("shopify", with_header(sent("shopify", body), "x-shopify-topic", topic))
    assert event.withheld
    assert event.signed_key.startswith("withheld:")


@pytest.mark.parametrize(
    ("body", "topic"),
    [
        (ORDER, "orders/paid"),
        ({**ORDER, "cancelled_at": "2026-11-21T10:00:00Z"}, "orders/cancelled"),
        (ORDER, "orders/fulfilled"),
        ({**ORDER, "financial_status": "voided"}, "orders/paid"),
        ({"id": 9}, "orders/paid"),
        ({"id": 9}, "orders/cancelled"),
        ({"id": 9, "shop_domain": "x"}, "shop/redact"),
        ({"id": 9, "order_id": 1}, "refunds/create"),
        ({"id": 9, "a_field_of_next_year": 1}, "disputes/update"),
    ],
)
def test_shopify_a_body_is_never_withheld_for_what_it_lacks(body: dict[str, Any], topic: str) -> None:
    """A subscription can leave out fields, and Shopify can add new ones."""
    [event] = events("shopify", with_header(sent("shopify", body), "x-shopify-topic", topic))
    assert not event.withheld


def test_shopify_one_body_with_any_number_of_topics_is_few_events() -> None:
    """Who has one genuine order can make it an event of the topics for orders in its state, and no other."""
    topics = [*KINDS, *(f"made/up-{number}" for number in range(500))]
    found = {
        topic: events("shopify", with_header(sent("shopify", ORDER), "x-shopify-topic", topic))[0] for topic in topics
    }
    assert {topic for topic, event in found.items() if not event.withheld} == {
        "orders/create",
        "orders/updated",
        "orders/paid",
        "orders/fulfilled",
        "orders/partially_fulfilled",
    }
    assert len({event.signed_key for event in found.values() if event.withheld}) == 1


def test_shopify_a_movement_of_another_kind_is_not_booked_as_a_dispute() -> None:
    """Somebody sends a genuine tender transaction with the topic of a dispute. Its amount counts as unknown."""
    tender = {"id": 1, "order_id": 2, "amount": "10.00", "currency": "EUR", "processed_at": "2026-11-21T10:00:00Z"}
    delivery = with_header(sent("shopify", tender), "x-shopify-topic", "disputes/create")
    assert booked("shopify", delivery) == []
    assert is_unbooked(records("shopify", delivery)[0])
    filtered = {**tender, "type": "chargeback"}
    assert len(booked("shopify", with_header(sent("shopify", filtered), "x-shopify-topic", "disputes/create"))) == 1


@pytest.mark.parametrize("field", ["kind", "status"])
def test_shopify_a_payment_without_what_moves_money_is_not_silent(field: str) -> None:
    """If the subscription leaves out the kind or the status, nobody knows whether money moved. Somebody is told."""
    payload = {key: value for key, value in edited("shopify").items() if key != field}
    delivery = with_header(sent("shopify", payload), "x-shopify-topic", "order_transactions/create")
    assert [record.amount for record in records("shopify", delivery)] == [None]


def test_shopify_a_stack_can_name_the_topics_that_it_publishes() -> None:
    """A topic that hookline does not know is then published, and one that is not in the list is withheld."""
    given = settings(shopify_topics=("products/update",))
    for topic, withheld in (("products/update", False), ("orders/paid", True)):
        delivery = with_header(signed("shopify", b'{"id":1}'), "x-shopify-topic", topic)
        [event] = provider("shopify").identify(delivery, decode(delivery.body), given)
        assert event.withheld is withheld


@pytest.mark.parametrize("topic", ["", "é"])
def test_shopify_a_delivery_without_a_topic_is_rejected(topic: str) -> None:
    """Shopify always sends the header."""
    with pytest.raises(Rejected) as refused:
        events("shopify", with_header(sent("shopify", ORDER), "x-shopify-topic", topic))
    assert (refused.value.status, refused.value.field) == (422, "x-shopify-topic")


def test_shopify_either_topic_of_a_dispute_is_the_same_event_and_books_the_same() -> None:
    """A changed topic has no effect on the event or its transaction. Its outcome changes nothing either."""
    payload = edited("shopify", "dispute")
    created = sent("shopify", payload)
    updated = with_header(created, "x-shopify-topic", "disputes/update")
    assert events("shopify", created)[0].signed_key == events("shopify", updated)[0].signed_key
    assert booked("shopify", created) == booked("shopify", updated) != []
    won = sent("shopify", {**payload, "status": "won"})
    assert records("shopify", won)[0].status == "won"
    assert booked("shopify", won) == booked("shopify", created)


def test_shopify_another_topic_is_part_of_the_key_and_never_taken_for_a_type() -> None:
    """The key of an event that is not about money has the prefix `topic:`."""
    delivery = with_header(signed("shopify", b'{"id":1}'), "x-shopify-topic", "orders/paid")
    assert events("shopify", delivery)[0].signed_key.startswith("topic:orders/paid:1:")

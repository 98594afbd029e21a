"""Mappings of Standard Webhooks senders: events of any form that become transactions without code."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.providers.deliveries import RECEIVED_AT, signed
from support.records import changed

from hookline.core.providers.contract import BookingRules, Event, Settings
from hookline.core.providers.registry import provider
from hookline.core.sender_mapping import mapping_for, read_mappings
from hookline.core.transactions.booking import is_unbooked, rules_for, to_transaction_event
from hookline.core.values.strict_json import decode
from hookline.operate.sending.provider_webhooks import Webhook

MINOR = {"types": ["order.paid"], "amount": "data.total_amount", "unit": "minor", "currency": "data.currency"}
SHOP = {
    "type": "event.name",
    "payments": {**MINOR, "id": "data.id", "reference": "data.metadata.order"},
    "refunds": {
        "types": ["refund.created", "refund.updated"],
        "amount": "data.amount",
        "unit": "major",
        "currency": "data.currency",
        "id": "data.id",
        "payment": "data.payment.id",
        "status": "data.status",
        "booked": ["succeeded"],
        "ignored": ["pending", "failed"],
    },
    "disputes": {**MINOR, "types": ["dispute.created"], "id": "data.id", "payment": "data.order"},
}
MODULE = provider("standard_webhooks")


def rules(**mappings: Any) -> BookingRules:
    """Return the rules of a stack with these mappings."""
    return rules_for("standard_webhooks", adyen_capture="", book_paypal=True, accounts={}, mappings=read(mappings))


def read(mappings: dict[str, Any]) -> Any:
    """Return mappings as the functions read them."""
    return read_mappings(mappings)


def event(body: str, given: BookingRules, sender: str = "shop", event_id: str = "msg_1") -> Event:
    """Return the event of a sender's delivery."""
    delivery = changed(signed("standard_webhooks", body.encode(), event_id=event_id), sender=sender)
    (found,) = MODULE.identify(delivery, decode(delivery.body), Settings(mappings=given.mappings))
    return found


def booked(body: str, sender: str = "shop", **mappings: Any) -> Any:
    """Return the only transaction of a sender's delivery, or None."""
    given = rules(**(mappings or {"shop": SHOP}))
    its = event(body, given, sender)
    made = [to_transaction_event(MODULE, its, each, RECEIVED_AT, given) for each in MODULE.normalise(its, given)]
    return made[0] if made else None


def body(event_type: str, **data: Any) -> str:
    """Return a body of the sender `shop`."""
    return json.dumps({"event": {"name": event_type}, "timestamp": "2026-11-21T09:00:00Z", "data": data})


def refund(amount: str, status: str = "succeeded", event_type: str = "refund.updated") -> str:
    """Return a refund whose amount is this JSON."""
    text = body(event_type, id="re_1", amount="@", currency="eur", status=status, payment={"id": "or_1"})
    return text.replace('"@"', amount)


def test_a_mapped_payment_is_booked_under_its_own_id() -> None:
    """The amount is in minor units, and the transaction id has the sender, the type and the object id."""
    assert booked(body("order.paid", id="or_1", total_amount=1099, currency="usd")) == {
        "event_id": "standard_webhooks:shop:payment:or_1",
        "transaction_type": "payment",
        "amount": "10.99",
        "currency": "USD",
        "timestamp": "2026-11-21T09:00:00Z",
        "metadata": {
            "provider": "standard_webhooks",
            "provider_event_type": "order.paid",
            "provider_object_id": "or_1",
            "provider_account": "shop",
        },
    }


@pytest.mark.parametrize(("amount", "found"), [("6.9", "6.9"), ("7", "7"), ('"10.43"', "10.43"), ("1e1", "10")])
def test_an_amount_in_major_units_is_read_without_a_float(amount: str, found: str) -> None:
    """It is a JSON number or a text."""
    made = booked(refund(amount))
    assert (made["amount"], made["metadata"]["provider_payment_id"]) == (found, "or_1")


@pytest.mark.parametrize("amount", ["-5", '"-5"', "10.123", "1e19", "1e-19", "true", "null", "{}", '"1e1"', '"5 EUR"'])
def test_an_amount_that_hookline_cannot_read_is_counted(amount: str) -> None:
    """Money moved, so a person has to look."""
    assert booked(refund(amount)) is None
    given = rules(shop=SHOP)
    (report,) = MODULE.normalise(event(refund(amount), given), given)
    assert is_unbooked(report, given)


def test_several_events_of_one_object_are_one_transaction() -> None:
    """The first one that says that the money moved books it, and all of them give the same transaction."""
    created, updated = (booked(refund("5", event_type=each)) for each in ("refund.created", "refund.updated"))
    assert created == updated
    assert created["event_id"] == "standard_webhooks:shop:refund:re_1"


@pytest.mark.parametrize(
    ("status", "counted"), [("pending", False), ("failed", False), ("", True), ("new", True), ("succeeded", False)]
)
def test_only_the_listed_statuses_are_booked_and_unknown_ones_are_counted(status: str, counted: bool) -> None:
    """A status of next year raises the alarm."""
    given = rules(shop=SHOP)
    (report,) = MODULE.normalise(event(refund("5", status), given), given)
    assert (report.status, is_unbooked(report, given)) == (status, counted)
    assert (booked(refund("5", status)) is not None) == (status == "succeeded")


def test_another_event_type_of_a_mapped_sender_moves_no_money() -> None:
    """The mapping replaces the types of hookline. The object id keeps the order of events about one object."""
    given = rules(shop=SHOP)
    other = event(body("payment.succeeded", id="or_1", amount=5, currency="usd"), given)
    assert (other.event_type, other.object_id) == ("payment.succeeded", "or_1")
    assert MODULE.normalise(other, given) == []


def test_an_event_without_an_object_id_is_booked_under_its_message_id() -> None:
    """No other event can tell the same fact."""
    made = booked(body("dispute.created", total_amount=5, currency="usd", order="or_1"))
    assert made["event_id"] == "standard_webhooks:shop:msg_1"
    assert (made["metadata"]["provider_object_id"], made["metadata"]["provider_payment_id"]) == ("msg_1", "or_1")


def test_a_sender_has_its_own_mapping_before_that_of_all() -> None:
    """`own` is the sender without a name, and `*` are all without a mapping of their own."""
    own, everybody, shop = read({"own": SHOP, "*": {"payments": SHOP["payments"]}, "shop": SHOP}).values()
    mappings = {"own": own, "*": everybody, "shop": shop}
    assert mapping_for(mappings, "") is own
    assert mapping_for(mappings, "shop") is shop
    assert mapping_for(mappings, "crm") is mapping_for({"*": everybody}, "") is everybody
    assert mapping_for({"shop": shop}, "crm") is None


def test_the_sender_without_a_name_has_ids_without_a_sender() -> None:
    """No sender can have the name of a transaction type, so these ids are nobody else's."""
    made = booked(body("order.paid", id="or_1", total_amount=1099, currency="usd"), "", own=SHOP)
    assert made["event_id"] == "standard_webhooks:payment:or_1"


def test_without_a_mapping_of_the_sender_hooklines_own_types_count() -> None:
    """The setting of another sender changes nothing."""
    plain = json.dumps({"type": "payment.succeeded", "data": {"payment_id": "p", "total_amount": 5, "currency": "usd"}})
    made = booked(plain, "crm", shop=SHOP)
    assert (made["event_id"], made["amount"]) == ("standard_webhooks:crm:msg_1", "0.05")


def test_the_reference_of_the_merchant_is_read() -> None:
    """It is in the transaction only if no other event type can tell another one. A sender without it has none."""
    two = {**SHOP, "refunds": {**SHOP["refunds"], "reference": "data.order"}}
    paid = body("order.paid", id="or_1", total_amount=1, currency="usd", metadata={"order": "A-7"})
    refunded = refund("1").replace('"id": "re_1"', '"id": "re_1", "order": "A-7"')

    def told(its_body: str, shop: dict[str, Any]) -> tuple[str, str | None]:
        given = rules(shop=shop)
        (report,) = MODULE.normalise(event(its_body, given), given)
        return report.reference, booked(its_body, shop=shop)["metadata"].get("reference")

    assert (told(paid, SHOP), told(refunded, two), told(refunded, SHOP)) == (("A-7", "A-7"), ("A-7", None), ("", None))


def test_a_sent_webhook_knows_its_transactions_by_the_mappings_of_the_stack() -> None:
    """So `hookline trigger` and the tests expect what processing makes."""
    delivery = signed("standard_webhooks", body("order.paid", id="or_1", total_amount=1, currency="usd").encode())
    webhook = Webhook("standard_webhooks", delivery.body, dict(delivery.headers), rules(shop=SHOP), "shop")
    assert webhook.transactions == {"standard_webhooks:shop:payment:or_1": "payment"}

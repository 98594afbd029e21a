"""One fact, one transaction: all events that tell the same payment, refund or dispute give the same transaction."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.providers.deliveries import booked, edited, records, sent, with_header

from hookline.core.providers.contract import BookingRules, MoneyReport
from hookline.core.providers.registry import provider
from hookline.core.providers.table import ANY, NONE, is_booking

KINDS = ("payment", "refund", "dispute")
KIND = st.sampled_from(KINDS)
WITH_REFERENCES = BookingRules(reference_field="order")
OBJECTS = {"charge.succeeded", "charge.captured"}  # events of Stripe about another object than the sample's


def tellers(name: str, kind: str) -> list[tuple[str, str]]:
    """Return the event types and statuses that book a kind of transaction, for providers whose events tell facts."""
    return [
        (event_type, status)
        for event_type, row in provider(name).table.items()
        if row.transaction_type == kind and event_type not in OBJECTS and "kind refund" not in event_type
        for status, verdict in row.verdicts.items()
        if is_booking(verdict)
    ]


def telling(name: str, kind: str, event_type: str, status: str, number: int) -> Any:
    """Return a delivery of the sample's object, told by another event with another time."""
    payload, value = edited(name, kind), None if status in (ANY, NONE) else status
    if name == "stripe":
        payload["data"]["object"]["metadata"] = {"order": f"order-{number}"}
        payload |= {"type": event_type, "id": f"evt_{number}", "created": 1_795_262_400 + number}
        payload["data"]["object"]["status"] = value
    elif name == "square":
        payload |= {"type": event_type, "event_id": f"e{number}", "created_at": f"2026-11-21T10:00:{number:02}Z"}
        inner = payload["data"]["object"][kind]
        inner |= {"updated_at": f"2026-11-21T10:00:{number:02}Z", "state" if kind == "dispute" else "status": value}
    elif name == "razorpay":
        payload |= {"event": event_type, "created_at": 1_795_262_400 + number}
        payload["payload"][kind]["entity"] |= {"status": value, "notes": {"order": f"order-{number}"}}
    elif name == "paypal":
        payload |= {"event_type": event_type, "id": f"WH-{number}", "create_time": f"2026-11-21T10:00:{number:02}Z"}
        payload["resource"]["status"] = value.upper() if value else None
    else:
        inner = payload["transactions"][0] if kind == "refund" else payload
        inner["status"] = value
        payload["a_field_of_next_year"] = number
        if kind == "dispute":  # an inquiry can become a chargeback
            payload["type"] = ("inquiry", "chargeback")[number % 2]
        return with_header(sent(name, payload), "x-shopify-topic", event_type)
    return sent(name, payload)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["paypal", "razorpay", "shopify", "square", "stripe"])
def test_every_event_that_tells_a_fact_gives_the_same_transaction(name: str, kind: str) -> None:
    """Type, status and time of the event differ."""
    pairs = tellers(name, kind)
    assert pairs
    found: list[Any] = []
    facts: list[MoneyReport] = []
    for number, (event_type, status) in enumerate(pairs):
        delivery = telling(name, kind, event_type, status, number)
        facts += records(name, delivery, WITH_REFERENCES)
        found += booked(name, delivery, WITH_REFERENCES)
    assert len(found) == len(pairs)
    if facts[0].fact is None:
        assert len({event_type for event_type, _ in pairs}) == 1
        return
    for transaction in found:
        if name == "square":  # one event opens a dispute, with one state
            transaction["metadata"].pop("inquiry", None)
        if name == "paypal":  # a capture, a sale and their reversals are different objects of PayPal
            transaction["metadata"]["provider_event_type"] = "any"
        assert transaction == found[0]


@given(st.data())
def test_any_two_events_that_tell_a_fact_give_the_same_transaction(data: st.DataObject) -> None:
    """They differ in event id, time, type, status and what a merchant can edit meanwhile."""
    name, kind = data.draw(st.sampled_from(["paypal", "razorpay", "shopify", "square", "stripe"])), data.draw(KIND)
    event_types = {event_type for event_type, _ in tellers(name, kind)}
    pairs = st.sampled_from(tellers(name, kind))
    (one_type, one_status), (other_type, other_status) = data.draw(pairs), data.draw(pairs)
    if name == "paypal" or len(event_types) == 1:  # each of PayPal's event types is about another kind of object
        other_type = one_type
    first, second = data.draw(st.integers(0, 59)), data.draw(st.integers(0, 59))
    tellings = ((one_type, one_status, first), (other_type, other_status, second))
    deliveries = [telling(name, kind, *each) for each in tellings]
    one, other = (booked(name, delivery, WITH_REFERENCES) for delivery in deliveries)
    if records(name, deliveries[0])[0].fact is None:  # one event tells this fact, once
        return
    for transaction in (*one, *other):
        if name == "square":
            transaction["metadata"].pop("inquiry", None)
    assert one == other

"""One fact, one transaction: all events that tell the same payment, refund or dispute give the same transaction."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.providers.deliveries import booked, edited, records, sent, with_header

from hookline.core.providers.contract import MoneyReport
from hookline.core.providers.registry import provider
from hookline.core.providers.table import ANY, BOOKED, NONE

KINDS = ("payment", "refund", "dispute")
OBJECTS = {"charge.succeeded", "charge.captured"}  # events of Stripe about another object than the sample's


def tellers(name: str, kind: str) -> list[tuple[str, str]]:
    """Return the event types and statuses that book a kind of transaction, for providers whose events tell facts."""
    return [
        (event_type, status)
        for event_type, row in provider(name).table.items()
        if row.transaction_type == kind and event_type not in OBJECTS and "kind refund" not in event_type
        for status, verdict in row.verdicts.items()
        if verdict == BOOKED
    ]


def telling(name: str, kind: str, event_type: str, status: str, number: int) -> Any:
    """Return a delivery of the sample's object, told by another event with another time."""
    payload, value = edited(name, kind), None if status in (ANY, NONE) else status
    if name == "stripe":
        payload |= {"type": event_type, "id": f"evt_{number}", "created": 1_795_262_400 + number}
        payload["data"]["object"]["status"] = value
    elif name == "square":
        payload |= {"type": event_type, "event_id": f"e{number}", "created_at": f"2026-11-21T10:00:{number:02}Z"}
        inner = payload["data"]["object"][kind]
        inner |= {"updated_at": f"2026-11-21T10:00:{number:02}Z", "state" if kind == "dispute" else "status": value}
    elif name == "razorpay":
        payload |= {"event": event_type, "created_at": 1_795_262_400 + number}
        payload["payload"][kind]["entity"]["status"] = value
    elif name == "paypal":
        payload |= {"event_type": event_type, "id": f"WH-{number}", "create_time": f"2026-11-21T10:00:{number:02}Z"}
        payload["resource"]["status"] = value.upper() if value else None
    else:
        inner = payload["transactions"][0] if kind == "refund" else payload
        inner["status"] = value
        payload["a_field_of_next_year"] = number
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
        facts += records(name, delivery)
        found += booked(name, delivery)
    assert len(found) == len(pairs)
    if facts[0].fact is None:
        assert len({event_type for event_type, _ in pairs}) == 1
        return
    for transaction in found:
        transaction["metadata"].pop("inquiry", None)  # one event opens a dispute, with one state
        if name == "paypal":  # a capture, a sale and their reversals are different objects of PayPal
            transaction["metadata"]["provider_event_type"] = "any"
        assert transaction == found[0]


@given(
    st.sampled_from(["razorpay", "square", "paypal"]), st.sampled_from(KINDS), st.integers(0, 59), st.integers(0, 59)
)
def test_the_time_of_the_event_does_not_change_the_transaction(name: str, kind: str, first: int, second: int) -> None:
    """A second telling comes later, with an event id and a time of its own."""
    event_type, status = tellers(name, kind)[0]
    one, other = (booked(name, telling(name, kind, event_type, status, number)) for number in (first, second))
    assert one == other

"""Whole lives of payments at Stripe, told in the styles of three API versions: the same money is booked each time."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any
from zlib import crc32

import pytest
from support.providers.deliveries import NOW, RECEIVED_AT, events, signed

from hookline.core.providers.contract import USUAL, BookingRules
from hookline.core.providers.registry import provider
from hookline.core.transactions.booking import is_unbooked, to_transaction_event

OLDEST, ACACIA, BASIL = "2020-08-27", "2024-10-28.acacia", "2025-08-27.basil"
VERSIONS = (OLDEST, ACACIA, BASIL)

Told = tuple[str, dict[str, Any], dict[str, Any]]


def charge(identifier: str, **values: Any) -> dict[str, Any]:
    """Return a charge of a payment intent over 200.00."""
    intent = {"payment_intent": f"pi_{identifier}", "amount": 20_000, "currency": "eur", "status": "succeeded"}
    return {
        "id": f"ch_{identifier}",
        "captured": True,
        "amount_captured": 20_000,
        "amount_refunded": 0,
        **intent,
        **values,
    }


def intent(identifier: str, received: int) -> Told:
    """Return the success of a payment intent."""
    values = {"id": f"pi_{identifier}", "amount": 20_000, "amount_received": received, "currency": "eur"}
    return "payment_intent.succeeded", {**values, "status": "succeeded"}, {}


def refund(identifier: str, amount: int, status: str = "succeeded") -> Told:
    """Return a new refund object."""
    values = {"id": f"re_{identifier}_{amount}", "amount": amount, "currency": "eur", "created": NOW}
    return "refund.created", {**values, "status": status}, {}


def refunded(identifier: str, before: int, after: int, **values: Any) -> Told:
    """Return a charge whose refunded amount has grown."""
    return "charge.refunded", charge(identifier, amount_refunded=after, **values), {"amount_refunded": before}


def captured_in_part(version: str) -> list[Told]:
    """150.00 of 200.00 are captured. Before basil, the rest is told as a refund."""
    part = {"amount_captured": 15_000}
    told = [intent("part", 15_000), ("charge.captured", charge("part", **part), {})]
    told += [refunded("part", 0, 5_000, **part)] if version != BASIL else []
    return told + ([refund("part", 5_000)] if version == ACACIA else [])


def cancelled(version: str) -> list[Told]:
    """Nothing of 200.00 is captured. Before basil, all of it is told as a refund."""
    left = {"captured": False, "amount_captured": None, "status": "succeeded"}
    told: list[Told] = [("payment_intent.canceled", {"id": "pi_gone", "status": "canceled"}, {})]
    if version == BASIL:
        return [*told, ("charge.expired", charge("gone", **left), {})]
    told.append(refunded("gone", 0, 20_000, **left))
    return told + ([refund("gone", 20_000)] if version == ACACIA else [])


def refunded_twice(version: str) -> list[Told]:
    """200.00 are captured, and 30.00 and then 20.00 are given back."""
    told = [intent("twice", 20_000)]
    for before, after in ((0, 3_000), (3_000, 5_000)):
        told.append(refunded("twice", before, after))
        told += [refund("twice", after - before)] if version != OLDEST else []
    return told


def lost(version: str) -> list[Told]:
    """200.00 are captured, disputed and lost."""
    dispute = {"id": "du_lost", "amount": 20_000, "currency": "eur"}
    return [
        intent("lost", 20_000),
        ("charge.dispute.created", {**dispute, "status": "needs_response"}, {}),
        ("charge.dispute.funds_withdrawn", {**dispute, "status": "needs_response"}, {}),
        ("charge.dispute.closed", {**dispute, "status": "lost"}, {}),
    ]


LIVES = {
    captured_in_part: [("payment", "150")],
    cancelled: [],
    refunded_twice: [("payment", "200"), ("refund", "20"), ("refund", "30")],
    lost: [("dispute", "200"), ("payment", "200")],
}


def book(told: list[Told], version: str, rules: BookingRules = USUAL) -> dict[str, tuple[str, str]]:
    """Return transaction id → type and amount of all that is booked. No event is counted as unbooked."""
    found: dict[str, tuple[str, str]] = {}
    for event_type, values, before in told:
        data = {"object": values, **({"previous_attributes": before} if before else {})}
        identifier = f"evt_{crc32(json.dumps([event_type, data]).encode())}"
        body = {"id": identifier, "type": event_type, "api_version": version, "created": NOW, "data": data}
        (event,) = events("stripe", signed("stripe", json.dumps(body).encode()))
        for report in provider("stripe").normalise(event, rules):
            assert not is_unbooked(report), event_type
            made: Any = to_transaction_event(provider("stripe"), event, report, RECEIVED_AT, rules)
            if made:
                found[made["event_id"]] = (made["transaction_type"], made["amount"])
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
def test_a_life_books_the_same_money_in_each_version(life: Any, version: str) -> None:
    """The order of the events does not matter, and a repeated event books nothing more."""
    told = life(version)
    for order in (told, told[::-1], told * 2):
        assert Counter(book(order, version).values()) == Counter(LIVES[life])


def test_a_refund_before_the_change_of_the_version_stays_with_its_charge() -> None:
    """With `stripeBasilSince`, an event of the new version about an older refund books nothing."""
    before = RECEIVED_AT + timedelta(days=9)
    assert len(book([refund("moved", 500)], BASIL)) == 1
    assert book([refund("moved", 500)], BASIL, BookingRules(basil_since=before)) == {}
    assert len(book([refund("moved", 500)], BASIL, BookingRules(basil_since=RECEIVED_AT - timedelta(days=9)))) == 1


def test_a_charge_without_an_intent_is_booked_when_it_is_captured() -> None:
    """Both events give one transaction, and an authorised charge is not booked."""
    alone = {"payment_intent": None}
    waiting = ("charge.succeeded", charge("alone", captured=False, amount_captured=0, **alone), {})
    taken = ("charge.captured", charge("alone", amount_captured=15_000, **alone), {})
    assert book([waiting], BASIL) == {}
    assert book([waiting, taken], BASIL) == {"stripe:payment:ch_alone": ("payment", "150")}
    assert book([("charge.succeeded", charge("alone", **alone), {})], BASIL) == {
        "stripe:payment:ch_alone": ("payment", "200")
    }


@pytest.mark.parametrize("event_type", ["v1.payment_intent.succeeded", "v1.charge.refunded", "charge.next_year"])
def test_a_thin_or_unknown_event_about_money_is_counted(event_type: str) -> None:
    """It contains no amount, so a person is told."""
    body = {"id": "evt_1", "type": event_type, "related_object": {"id": "pi_1"}}
    (event,) = events("stripe", signed("stripe", json.dumps(body).encode()))
    assert [is_unbooked(report) for report in provider("stripe").normalise(event, USUAL)] == [True]

"""Bus events whose transactions the validator cannot record at first: they are booked later, once, without a person."""

import json
from datetime import timedelta
from typing import Any

import pytest
from support.contracts import check
from support.fakes.errors import aws_error
from support.pipeline.cloud import Cloud
from support.pipeline.forward_path import ForwardPath, report
from support.pipeline.system import System
from support.pipeline.webhooks import signed, stripe_payment

HEALED = timedelta(minutes=11)
"""Longest time from the end of an outage to the booking: one pause of the queue, and a minute."""


def bus_event(number: int = 1, cents: int = 1099) -> dict[str, Any]:
    """Return the bus event of a payment, as processing publishes it."""
    system = System(Cloud())
    payment = stripe_payment(f"evt_{number}", f"pi_{number}")
    payment["data"]["object"] |= {"amount": cents, "amount_received": cents}
    system.post("stripe", signed("stripe", payment, system.cloud.now))
    system.process()
    entry = next(entry for entry in system.cloud.bus if entry["Source"] == "hookline.stripe")
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": "123456789012",
        "time": "2026-11-21T12:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": json.loads(entry["Detail"]),
    }


def break_down(path: ForwardPath, what: str, *, broken: bool) -> None:
    """Take the table or the validator away, or bring it back."""
    if what == "table":
        path.table.error = aws_error("ResourceNotFoundException") if broken else None
    else:
        path.away = broken


@pytest.mark.parametrize("outage", [timedelta(hours=1), timedelta(days=3)], ids=str)
@pytest.mark.parametrize("what", ["table", "validator"])
def test_after_an_outage_every_transaction_is_booked_once_without_a_person(what: str, outage: timedelta) -> None:
    """Events arrive before, during and after the outage. Each is booked at most eleven minutes after its end."""
    path, events = ForwardPath(), [bus_event(number) for number in range(40)]
    path.publish(events[0])
    path.run(timedelta(minutes=1))
    break_down(path, what, broken=True)
    for event in events[1:39]:
        path.publish(event)
        path.run(outage / 38)
    assert len(path.table.items or ()) == 1
    break_down(path, what, broken=False)
    path.publish(events[39])
    path.run(HEALED)
    assert (len(path.table.stored), path.accepted) == (40, 40)
    assert (path.waiting, path.dead, path.deleted_unread) == ([], [], 0)


@pytest.mark.parametrize("what", ["table", "validator"])
def test_an_outage_of_more_than_five_days_leaves_two_days_to_a_person(what: str) -> None:
    """SQS moves the messages to forward-dlq before it would delete them."""
    path = ForwardPath()
    break_down(path, what, broken=True)
    path.publish(event := bus_event())
    path.run(timedelta(days=5, hours=1))
    (letter,) = path.dead
    assert json.loads(letter.body)["requestPayload"] == event
    assert (letter.reason, path.waiting) == ("", [])
    assert letter.left > timedelta(days=1, hours=22)


def test_a_message_from_before_the_upgrade_is_booked_after_it() -> None:
    """Older versions left the reports of Lambda in the queue until a person came."""
    path, body = ForwardPath(), report(bus_event())
    check("forward-failure.v1", json.loads(body))
    path.put(body)
    path.run(timedelta(minutes=1))
    assert (list(path.table.stored), path.waiting, path.dead) == (["stripe:evt_1"], [], [])


def test_a_conflict_ends_in_the_dead_letters_once_with_its_reason() -> None:
    """Lambda's retries take three minutes. Then the validator moves the message at its first receive."""
    path = ForwardPath()
    path.publish(bus_event(1))
    path.publish(event := bus_event(1, cents=2))
    path.run(timedelta(minutes=4))
    (letter,) = path.dead
    assert (json.loads(letter.body)["requestPayload"], letter.reason) == (event, "event_conflict")
    check("forward-failure.v1", json.loads(letter.body))
    path.run(timedelta(days=8))
    assert (len(path.dead), path.waiting, path.accepted) == (1, [], 1)


@pytest.mark.parametrize(("stop", "letters"), [("stop_before_send", 1), ("stop_after_send", 2)])
def test_a_stop_while_a_conflict_is_set_aside_loses_nothing(stop: str, letters: int) -> None:
    """The message stays in forward-failures until it is deleted, so a dead letter can be there twice."""
    path = ForwardPath()
    path.put(report(bus_event(1)))
    path.run(timedelta(minutes=1))
    setattr(path, stop, True)
    path.put(report(bus_event(1, cents=2)))
    path.put(report(bus_event(2)))
    path.run(HEALED)
    assert [letter.reason for letter in path.dead] == ["event_conflict"] * letters
    assert (len(path.table.stored), path.waiting) == (2, [])

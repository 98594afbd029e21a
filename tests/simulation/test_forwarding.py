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

from hookline.infra.providers.forwarding import BATCH_SIZE

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


@pytest.mark.parametrize("outage", [timedelta(hours=1), timedelta(hours=20)], ids=str)
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


@pytest.mark.parametrize(
    ("what", "reason", "left"),
    [("table", "unavailable", timedelta(days=7)), ("validator", "", timedelta(days=5, hours=20))],
)
def test_what_is_not_recorded_for_a_day_is_a_dead_letter(what: str, reason: str, left: timedelta) -> None:
    """The validator moves it, which begins the seven days anew. If it cannot start, SQS moves it four hours later."""
    path = ForwardPath()
    break_down(path, what, broken=True)
    path.publish(event := bus_event())
    path.run(timedelta(hours=23))
    assert path.dead == []
    path.run(timedelta(hours=6))
    (letter,) = path.dead
    assert json.loads(letter.body)["requestPayload"] == event
    assert (letter.reason, path.waiting) == (reason, [])
    assert left - letter.left < timedelta(minutes=15)


@pytest.mark.parametrize(("what", "rounds"), [("table", timedelta(days=5)), ("validator", timedelta(minutes=50))])
def test_no_message_of_a_backlog_is_deleted_before_it_is_a_dead_letter(what: str, rounds: timedelta) -> None:
    """The outage lasts for eight days, and the validator needs much longer than the pause to receive each message once.

    If the table is away, a round may take up to six days. If the validator itself cannot start, it may take an hour.
    """
    path, messages = ForwardPath(), 300
    path.batch_time = rounds / (messages / BATCH_SIZE) * path.concurrency
    break_down(path, what, broken=True)
    body = report(bus_event())
    for _ in range(messages):
        path.put(body)
    path.run(timedelta(days=8))
    assert (len(path.dead), path.waiting, path.deleted_unread) == (messages, [], 0)


def test_after_an_outage_a_backlog_is_recorded_as_fast_as_the_batches_are() -> None:
    """It begins within one pause. At 0.1 s for a batch, each of the batches at a time records 100 messages a second."""
    path = ForwardPath(batch_time=timedelta(seconds=10))  # a hundredth of the rate
    break_down(path, "table", broken=True)
    for number in range(600):
        path.put(report(bus_event(number)))
    path.run(timedelta(hours=1))
    break_down(path, "table", broken=False)
    path.run(HEALED + timedelta(minutes=5))
    assert (len(path.table.stored), path.waiting, path.dead) == (600, [], [])


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

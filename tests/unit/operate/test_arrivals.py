"""The watcher that finds the messages of one run."""

from __future__ import annotations

import json

import pytest
from support.fakes.errors import client_error, unreachable
from support.fakes.sqs import FakeSqs
from support.fakes.stack import OUTPUTS, FakeStack

from hookline.operate.arrivals import Arrivals

PAYMENTS, REFUNDS = OUTPUTS["payments_queue_url"], OUTPUTS["refunds_queue_url"]


def body(event_id: str) -> str:
    """Return a message with this event id."""
    return json.dumps({"event_id": event_id, "amount": "1"})


def test_messages_of_the_run_are_taken_out_with_queue_body_and_attributes() -> None:
    """A message of the run is stored and deleted from its queue."""
    stack = FakeStack()
    with Arrivals(stack.target, "run-") as arrivals:
        stack.sqs.put(PAYMENTS, body("run-1"), {"trace_id": "1-a"})
        stack.sqs.put(REFUNDS, body("run-2"))
        assert arrivals.wait_for(["run-1", "run-2"], 30) == set()
    (payment,), (refund,) = arrivals.of("run-1"), arrivals.of("run-2")
    assert (payment.queue, payment.message["amount"], payment.attributes) == ("payment", "1", {"trace_id": "1-a"})
    assert (refund.queue, refund.attributes) == ("refund", {})
    assert len(arrivals.all()) == 2
    assert not any(stack.sqs.waiting.values())
    assert not any(stack.sqs.in_flight.values())


@pytest.mark.parametrize("foreign", [body("other-1"), "not JSON", "[1]", "{}"])
def test_other_messages_are_given_back_after_one_receive(foreign: str) -> None:
    """Each other message is received only once. After three receives, SQS would move it to the dead-letter queue."""
    stack = FakeStack()
    stack.sqs.put(PAYMENTS, foreign)
    with Arrivals(stack.target, "run-") as arrivals:
        for n in range(5):
            stack.sqs.put(PAYMENTS, body(f"run-{n}"))
            assert not arrivals.wait_for([f"run-{n}"], 30)
    assert [message["Body"] for message in stack.sqs.waiting[PAYMENTS]] == [foreign]
    assert stack.sqs.receives["m0"] == 1


def test_many_foreign_messages_are_given_back_ten_at_a_time() -> None:
    """SQS accepts at most ten entries in a batch."""
    stack = FakeStack()
    for n in range(25):
        stack.sqs.put(PAYMENTS, body(f"other-{n}"))
    stack.sqs.put(PAYMENTS, body("run-1"))
    with Arrivals(stack.target, "run-") as arrivals:
        assert not arrivals.wait_for(["run-1"], 30)
    assert len(stack.sqs.waiting[PAYMENTS]) == 25
    assert not stack.sqs.in_flight[PAYMENTS]


def test_foreign_messages_that_cannot_be_given_back_stay_in_flight() -> None:
    """The failure is no error: the messages return after their visibility timeout."""
    stack = FakeStack(FakeSqs(error_on_give_back=True))
    stack.sqs.put(PAYMENTS, body("other-1"))
    stack.sqs.put(PAYMENTS, body("run-1"))
    with Arrivals(stack.target, "run-") as arrivals:
        assert not arrivals.wait_for(["run-1"], 30)
    assert len(stack.sqs.in_flight[PAYMENTS]) == 1


def test_numbers_keep_their_digits() -> None:
    """Amounts are not converted to floats."""
    stack = FakeStack()
    stack.sqs.put(PAYMENTS, '{"event_id": "run-1", "metadata": {"rate": 0.1000, "count": 3}}')
    with Arrivals(stack.target, "run-") as arrivals:
        assert not arrivals.wait_for(["run-1"], 30)
    metadata = arrivals.of("run-1")[0].message["metadata"]
    assert {name: str(value) for name, value in metadata.items()} == {"rate": "0.1000", "count": "3"}


def test_a_second_message_of_one_event_is_seen() -> None:
    """Duplicates are counted separately."""
    stack = FakeStack()
    stack.sqs.put(PAYMENTS, body("run-1"))
    stack.sqs.put(REFUNDS, body("run-1"))
    stack.sqs.put(REFUNDS, body("run-2"))
    stack.sqs.put(PAYMENTS, body("run-3"))
    with Arrivals(stack.target, "run-") as arrivals:
        assert not arrivals.wait_for(["run-2", "run-3"], 30)
    assert sorted(arrival.queue for arrival in arrivals.of("run-1")) == ["payment", "refund"]


def test_waiting_ends_with_the_ids_that_did_not_come() -> None:
    """The wait returns the missing ids, and an unknown id has no arrivals."""
    with Arrivals(FakeStack().target, "run-") as arrivals:
        assert arrivals.wait_for(["run-1"], 0.05) == {"run-1"}
        assert arrivals.of("run-1") == []


def test_a_queue_that_fails_for_a_moment_is_read_on() -> None:
    """The watcher continues after errors of SQS."""
    stack = FakeStack(FakeSqs(errors=[client_error("ServiceUnavailable", 503), unreachable()]))
    with Arrivals(stack.target, "run-", {"payment": PAYMENTS}) as arrivals:
        stack.sqs.put(PAYMENTS, body("run-1"))
        assert not arrivals.wait_for(["run-1"], 30)

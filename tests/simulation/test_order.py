"""Order and completeness from ingestion to the bus, with duplicates, shuffled deliveries and partial batch failures."""

import json
import random
from collections import Counter
from typing import Any

import pytest
from support.pipeline.cloud import Cloud, Stop, Stopped, client_error
from support.pipeline.system import System
from support.pipeline.webhooks import EVENTS, adyen_batch, signed, stripe_payment

from hookline.functions.aws.errors import AwsError, Transient

REFUND = {
    "created_at": "2026-11-21T11:00:00+01:00",
    "refund_line_items": [],
    "transactions": [{"id": 4, "kind": "refund", "status": "success", "amount": "5.00", "currency": "CAD"}],
}


def send(system: System, *events: tuple[str, str]) -> None:
    """Deliver Stripe events, given as event id and object id."""
    for event_id, payment in events:
        delivery = signed("stripe", stripe_payment(event_id, payment), system.cloud.now)
        assert system.post("stripe", delivery)[0] == 200


def on_bus(system: System) -> list[str]:
    """Return the ids of the events on the bus, in order."""
    return [detail["event_id"] for detail in system.details()]


def last_of_each(ids: list[str]) -> list[str]:
    """Return each id once, at its last position."""
    return list(dict.fromkeys(reversed(ids)))[::-1]


@pytest.mark.parametrize("by_object", [False, True], ids=["by provider", "by object"])
@pytest.mark.parametrize("seed", range(3))
def test_200_events_of_20_objects_with_repeats_keep_their_order(by_object: bool, seed: int) -> None:
    """Each event is on the bus exactly once, in its group's order of arrival."""
    order = random.Random(seed)  # noqa: S311 - a reproducible order is no secret
    events = [(f"evt_{number}", f"pi_{number % 20}") for number in range(200)]
    deliveries = [*events, *order.choices(events, k=100)]
    order.shuffle(deliveries)
    system = System(Cloud(), by_object=by_object)
    send(system, *deliveries[:150])
    system.process()
    send(system, *deliveries[150:])
    system.process()
    published = on_bus(system)
    assert Counter(published) == Counter(event_id for event_id, _ in events)
    arrivals = list(dict.fromkeys(deliveries))
    groups: dict[str, list[str]] = {}
    for event_id, payment in arrivals:
        groups.setdefault(payment if by_object else "all", []).append(event_id)
    for group in groups.values():
        assert [event_id for event_id in published if event_id in set(group)] == group


def test_events_of_one_object_are_one_group() -> None:
    """By object, a message group is the provider and a hash of the object id. By provider, it is only the provider."""
    system = System(Cloud(), by_object=True)
    send(system, ("evt_1", "pi_1"), ("evt_2", "pi_1"), ("evt_3", "pi_2"))
    groups = [message.group for message in system.cloud.queue]
    assert groups[0] == groups[1] != groups[2]
    assert all(group.startswith("stripe:") and len(group) == 39 for group in groups)
    plain = System(Cloud())
    send(plain, ("evt_1", "pi_1"), ("evt_2", "pi_2"))
    assert {message.group for message in plain.cloud.queue} == {"stripe"}


class Refusals:
    """A function that rejects events by id, a limited number of times.

    Attributes:
        left: id → remaining number of rejections.
    """

    def __init__(self, **left: int) -> None:
        self.left = left

    def __call__(self, entry: dict[str, Any]) -> str:
        """Return an error code, or an empty text."""
        event_id = json.loads(entry.get("MessageBody") or entry["Detail"])["event_id"]
        if self.left.get(event_id, 0) < 1:
            return ""
        self.left[event_id] -= 1
        return "InternalFailure"


def test_ten_events_of_one_group_need_one_call() -> None:
    """Without a failure, each event is on the bus once, and all events are in order."""
    system = System(Cloud())
    send(system, *((f"e{number}", "pi_1") for number in range(10)))
    system.process()
    assert on_bus(system) == [f"e{number}" for number in range(10)]
    assert system.cloud.batch_sizes == [10]


def test_what_is_behind_a_refused_event_is_published_again_at_once() -> None:
    """The next call has the refused event and the rest of its group. Other groups are not repeated."""
    system = System(Cloud(), by_object=True)
    send(system, ("a1", "pi_a"), ("b1", "pi_b"), ("a2", "pi_a"), ("a3", "pi_a"), ("b2", "pi_b"), ("a4", "pi_a"))
    system.cloud.refuse_event = Refusals(a2=1)
    assert system.process_once(system.cloud.receive()) == []
    assert on_bus(system) == ["a1", "b1", "a3", "b2", "a4", "a2", "a3", "a4"]


def test_an_event_that_the_bus_refuses_holds_back_its_group_alone() -> None:
    """The failed event and the rest of its group are delivered again, and other groups continue."""
    system = System(Cloud(), by_object=True)
    send(system, ("a1", "pi_a"), ("b1", "pi_b"), ("a2", "pi_a"), ("a3", "pi_a"), ("b2", "pi_b"), ("a4", "pi_a"))
    system.cloud.refuse_event = Refusals(a2=3)
    received = system.cloud.receive()
    failed = system.process_once(received)
    assert [system.event_id(message) for message in failed] == ["a2", "a3", "a4"]
    tried = ["a1", "b1", "a3", "b2", "a4", *["a3", "a4"] * 2]
    assert on_bus(system) == tried
    system.process()
    assert on_bus(system) == [*tried, "a2", "a3", "a4"]


def test_exactly_the_refused_events_are_published_again() -> None:
    """If three of ten events are rejected once, the next call has only these three."""
    system = System(Cloud(), by_object=True)
    send(system, *((f"e{number}", f"pi_{number}") for number in range(10)))
    system.cloud.refuse_event = Refusals(e2=1, e5=1, e7=1)
    system.process()
    assert Counter(on_bus(system)) == Counter(f"e{number}" for number in range(10))
    assert system.cloud.batch_sizes == [10, 3]


@pytest.mark.parametrize("seed", range(5))
def test_no_partial_failure_puts_the_last_publications_out_of_order(seed: int) -> None:
    """For any rejected events, the last publications of a group are in the group's order of arrival."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible order is no secret
    system = System(Cloud(), by_object=bool(seed % 2))
    events = [(f"e{number}", f"pi_{number % 4}") for number in range(40)]
    send(system, *events)
    system.cloud.refuse_event = Refusals(
        **{event_id: chance.choice([1, 3, 4]) for event_id, _ in chance.sample(events, 5)}
    )
    system.process()
    assert not system.cloud.dead
    assert_last_publications_in_order(system, events)


def assert_last_publications_in_order(system: System, events: list[tuple[str, str]]) -> None:
    """Assert that the bus has every event, and each object's last publications in order."""
    seen = last_of_each(on_bus(system))
    for payment in {payment for _, payment in events}:
        group = [event_id for event_id, of in events if of == payment]
        assert [event_id for event_id in seen if event_id in group] == group


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(6))
def test_processing_that_is_stopped_at_any_call_is_put_in_order_by_the_queue(call: int, after: bool) -> None:
    """The stopped batch is delivered again as a whole, and its last publications are in order."""
    system = System(Cloud())
    events = [(f"e{number}", "pi_1") for number in range(25)]
    send(system, *events)
    system.cloud.refuse_event = Refusals(e2=1, e14=2, e15=1)
    before = len(system.cloud.calls)
    system.cloud.stop = Stop(before + call, after=after)
    with pytest.raises(Stopped):
        system.process()
    system.process()
    assert_last_publications_in_order(system, events)
    assert not system.cloud.dead


def test_what_is_refused_for_good_ends_with_the_dead_letters() -> None:
    """After three receives, only the failing event is a dead letter, and the events behind it are published."""
    system = System(Cloud())
    send(system, ("e1", "pi_1"), ("e2", "pi_1"), ("e3", "pi_1"))
    system.cloud.refuse_event = Refusals(e1=99)
    system.process()
    assert [system.event_id(message) for message in system.cloud.dead] == ["e1"]
    assert on_bus(system) == ["e2", "e3"] * 9


def test_behind_two_events_that_are_refused_for_good_the_rest_is_in_order() -> None:
    """At their third receive, both become dead letters, and an event between them is published."""
    system = System(Cloud())
    send(system, *((f"e{number}", "pi_1") for number in range(5)))
    system.cloud.refuse_event = lambda entry: (
        "MalformedDetail"
        if json.loads(entry["Detail"])["event_id"]
        in {
            "e1",
            "e3",
        }
        else ""
    )
    system.process()
    assert [system.event_id(message) for message in system.cloud.dead] == ["e1", "e3"]
    assert last_of_each(on_bus(system)) == ["e0", "e2", "e4"]


@pytest.mark.parametrize(
    ("error", "calls"), [(Transient("ThrottlingException"), 1), (client_error("AccessDeniedException"), 3)], ids=str
)
def test_an_outage_of_the_bus_loses_nothing(error: Exception, calls: int) -> None:
    """All messages stay in the queue. Only after a refusal, processing tries each event once more, alone."""
    system = System(Cloud())
    send(system, ("e1", "pi_1"), ("e2", "pi_1"))
    system.cloud.errors["PutEvents"] = error
    assert len(system.process_once(system.cloud.receive())) == 2
    assert system.cloud.calls.count("PutEvents") == calls
    system.cloud.errors.clear()
    system.process()
    assert on_bus(system) == ["e1", "e2"]


def test_an_event_for_which_eventbridge_refuses_every_call_takes_no_other_along() -> None:
    """After three receives, it is the only dead letter. All events behind it are on the bus, in order."""
    system = System(Cloud())
    events = [(f"e{number}", "pi_1") for number in range(10)]
    send(system, *events)
    publish = system.cloud.put_events

    def put_events(**arguments: Any) -> dict[str, Any]:
        if any(json.loads(entry["Detail"])["event_id"] == "e4" for entry in arguments["Entries"]):
            raise AwsError("ValidationException")
        return publish(**arguments)

    system.cloud.put_events = put_events
    system.process()
    assert [system.event_id(message) for message in system.cloud.dead] == ["e4"]
    assert last_of_each(on_bus(system)) == [event_id for event_id, _ in events if event_id != "e4"]


def test_an_object_that_is_missing_holds_back_its_group_alone() -> None:
    """If a large body cannot be read, its message fails, as after a rejection of the bus."""
    system = System(Cloud(), by_object=True)
    large = stripe_payment("a1", "pi_a", note="x" * 61_440)
    assert system.post("stripe", signed("stripe", large, system.cloud.now))[0] == 200
    send(system, ("b1", "pi_b"), ("a2", "pi_a"))
    system.cloud.objects.pop(next(iter(system.cloud.objects)))
    assert [system.event_id(message) for message in system.process_once(system.cloud.receive())] == ["a1", "a2"]
    assert on_bus(system) == ["b1"]


def test_an_adyen_batch_that_is_sent_in_part_is_completed_by_the_retry() -> None:
    """Accepted messages are recorded and not sent again. The answer is 503 until the whole batch is durable."""
    system = System(Cloud())
    delivery = signed("adyen", adyen_batch("P1", "P2", "P3"), system.cloud.now)
    system.cloud.refuse_message = Refusals(**{"P2:AUTHORISATION:true": 3})
    assert system.post("adyen", delivery)[0] == 503
    assert sorted(system.cloud.items) == ["adyen:P1:AUTHORISATION:true", "adyen:P3:AUTHORISATION:true"]
    system.cloud.calls.clear()
    assert system.post("adyen", delivery) == (200, {"status": "accepted", "events": 3})
    assert system.cloud.calls == ["GetItem", "GetItem", "GetItem", "PutObject", "SendMessageBatch", "PutItem"]
    system.process()
    assert Counter(on_bus(system)) == Counter(f"P{number}:AUTHORISATION:true" for number in (1, 2, 3))


def test_exactly_the_refused_messages_are_sent_again() -> None:
    """A message that SQS rejects once is sent again in a second call, and the delivery is accepted."""
    system = System(Cloud())
    system.cloud.refuse_message = Refusals(**{"P2:AUTHORISATION:true": 1})
    delivery = signed("adyen", adyen_batch("P1", "P2", "P3"), system.cloud.now)
    assert system.post("adyen", delivery)[0] == 200
    assert (system.cloud.calls.count("SendMessageBatch"), system.cloud.messages) == (2, 3)


@pytest.mark.parametrize("call", ["GetItem", "PutObject", "SendMessageBatch", "PutItem"])
def test_an_outage_of_any_service_is_503_and_the_retry_is_accepted(call: str) -> None:
    """There is no 2xx during the outage; afterwards, the provider's retry completes the event."""
    system = System(Cloud())
    delivery = signed("stripe", stripe_payment(), system.cloud.now)
    system.cloud.errors[call] = client_error("ServiceUnavailable")
    assert system.post("stripe", delivery)[0] == 503
    system.cloud.errors.clear()
    assert system.post("stripe", delivery)[0] == 200
    system.process()
    assert on_bus(system) == ["evt_1"]


def test_events_that_share_an_id_have_effects_of_their_own() -> None:
    """Shopify uses one event id for all events of one action, and does not sign this id."""
    system = System(Cloud())
    bodies = ({"id": 1, "note": "an order"}, EVENTS["shopify"], {"id": 3, "order_id": 1, **REFUND})
    for body in bodies:
        assert system.post("shopify", signed("shopify", body, system.cloud.now))[0] == 200
    system.process()
    assert set(on_bus(system)) == {"evt_header"}
    assert len(system.effects()) == 3
    booked = [made["event_id"] for detail in system.details() for made in detail["transactions"]]
    assert booked == ["shopify:payment:1", "shopify:refund:4"]

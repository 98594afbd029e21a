"""Ingestion with a stop before and after each AWS call, and with two concurrent deliveries."""

import pytest
from simulation.crashes import CASES, PAGE, Result, calls_of, records_and_events, results, table
from support.pipeline.cloud import Cloud, Stop
from support.pipeline.system import System
from support.pipeline.webhooks import signed


def test_a_delivery_makes_the_documented_calls() -> None:
    """With a cached secret, a new event takes four calls, and the table covers every point."""
    assert calls_of(*CASES["one event (Stripe)"]) == [
        "GetSecretValue",
        "GetItem",
        "PutObject",
        "SendMessageBatch",
        "PutItem",
    ]
    assert calls_of(*CASES["unreadable body (Checkout.com)"]) == ["GetSecretValue", "GetItem", "PutObject", "PutItem"]
    assert len(results()) == 4 * (5 + 9 + 4)


@pytest.mark.parametrize("result", results(), ids=lambda result: f"{result.case}, {result.point}, {result.delay}")
def test_a_stop_at_any_call_is_completed_by_the_providers_retry(result: Result) -> None:
    """After the next delivery everything is complete, with one effect per event id."""
    _, expected = records_and_events(CASES[result.case][1])
    assert (result.status, result.complete, result.effects, result.orphans_left) == (200, True, expected, "none")
    assert result.on_bus == result.messages
    second_message = result.orphans.endswith(("message", "messages")) and result.delay != "at once"
    assert (result.messages > expected) == second_message


def test_the_documented_table_is_what_the_code_does() -> None:
    """docs/guarantees.md contains these results."""
    assert table() in PAGE.read_text()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("case", "call"), [(case, call) for case in CASES for call in range(len(calls_of(*CASES[case])))]
)
def test_two_deliveries_at_once_are_one_event(case: str, call: int, after: bool) -> None:
    """For any interleaving, each event has one record and one bus event."""
    provider, payload = CASES[case]
    system = System(Cloud())
    delivery = signed(provider, payload, system.cloud.now)
    answers: list[tuple[int, dict[str, object]]] = []
    system.cloud.stop = Stop(call, after=after)

    def deliver_elsewhere() -> None:
        system.restart()  # another execution environment, with its own caches
        answers.append(system.post(provider, delivery))

    system.cloud.at_stop = deliver_elsewhere
    answers.append(system.post(provider, delivery))
    system.process()
    records, events = records_and_events(payload)
    assert [status for status, _ in answers] == [200, 200]
    assert (len(system.cloud.objects), len(system.cloud.items)) == (1, records)
    assert len(system.cloud.bus) == len(system.effects()) == events


def test_a_duplicate_costs_one_read() -> None:
    """A delivery of a known event makes one AWS call, and gets `duplicate`."""
    system = System(Cloud())
    provider, payload = CASES["one event (Stripe)"]
    system.post(provider, signed(provider, payload, system.cloud.now))
    system.cloud.calls.clear()
    answer = system.post(provider, signed(provider, payload, system.cloud.now))
    assert answer == (200, {"status": "duplicate", "events": 1})
    assert system.cloud.calls == ["GetItem"]

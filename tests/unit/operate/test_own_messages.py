"""The checks before a run that sends made-up events."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from support.fakes.stack import FakeStack

from hookline.errors import UserError
from hookline.operate.own_messages import require_own_messages, require_verifiable

AWS = "https://sqs.us-east-1.amazonaws.com"


def stack_at(endpoint: str, *, verifiable: bool | None = None) -> FakeStack:
    """Return a stack whose AWS calls go to an endpoint."""
    stack = FakeStack()
    stack.sqs.meta = SimpleNamespace(endpoint_url=endpoint)
    if verifiable is not None:
        stack.outputs["verifiable"] = verifiable
    return stack


@pytest.mark.parametrize("verifiable", [None, False])
def test_on_aws_a_stack_for_real_consumers_gets_no_made_up_events(verifiable: bool | None) -> None:
    """The message names the setting that makes a stack one for tests."""
    with pytest.raises(UserError, match="hookline:verifiable: true"):
        require_own_messages(stack_at(AWS, verifiable=verifiable).target)


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:4566", "http://localhost:4566", "http://sqs.localhost:4566", "http://[::1]:4566"]
)
def test_an_emulator_on_this_machine_needs_no_setting(endpoint: str) -> None:
    """No real consumer reads the queues of an emulator."""
    require_verifiable(stack_at(endpoint).target)


@pytest.mark.parametrize("endpoint", [AWS, "http://10.0.0.5:4566", "https://127.0.0.1.example.com", "http://0.0.0.0"])
def test_any_other_endpoint_counts_as_aws(endpoint: str) -> None:
    """A name that only begins like a loopback address is another machine."""
    with pytest.raises(UserError, match="not for tests"):
        require_verifiable(stack_at(endpoint).target)


def test_a_stack_for_tests_with_empty_queues_may_be_used() -> None:
    """The setting and empty queues are enough, on AWS too."""
    require_own_messages(stack_at(AWS, verifiable=True).target)


@pytest.mark.parametrize("output", ["payments_queue_url", "refunds_queue_url", "disputes_dlq_url"])
def test_a_queue_with_messages_of_others_stops_the_run_before_it_receives_one(output: str) -> None:
    """Nothing is received, and the message says which queue has how many messages, and what to do."""
    stack = FakeStack()
    for _ in range(2):
        stack.sqs.put(stack.outputs[output], "{}")
    with pytest.raises(UserError) as refusal:
        require_own_messages(stack.target)
    kind = output.partition("_")[0]
    name = f"dead letters of {kind}" if "dlq" in output else kind
    assert f"({name}: 2)" in str(refusal.value)
    assert "Receive and delete them first, or start again with empty queues (`hookline down`, `hookline up`)" in str(
        refusal.value
    )
    assert set(stack.sqs.receives.values()) == {0}


def test_messages_that_a_consumer_has_just_received_count_too() -> None:
    """They return to the queue if the consumer fails, and the run would receive them then."""
    stack = stack_at(AWS, verifiable=True)
    stack.sqs.in_flight[stack.outputs["refunds_queue_url"]]["handle"] = {}
    with pytest.raises(UserError, match=r"refunds: 1\)\. Receive and delete them first$"):
        require_own_messages(stack.target)


def test_a_stack_without_the_transactions_system_has_no_queues_of_consumers() -> None:
    """There is nothing that a run could receive."""
    stack = FakeStack()
    del stack.outputs["webhook_url"]
    stack.sqs.put(stack.outputs["payments_queue_url"], "{}")
    require_own_messages(stack.target)

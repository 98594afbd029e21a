"""The path of an event through a stack, and the durations of its functions."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.plans import HOOKLINE, PROVIDERS_ALONE, TRANSACTIONS_ALONE, measured, plan_with, work

from hookline.operate.estimates.flow import FlowStep, billed_ms, concurrency, steps, warm_ms


def test_a_providers_event_passes_four_functions() -> None:
    """Two functions get batches; EventBridge does not wait for the validator's answer."""
    found = steps(plan_with(), queue_batch=5, stream_batch=100)
    assert found == [
        FlowStep("ingestion", 1),
        FlowStep("processing", 5),
        FlowStep("validator", 1, synchronous=False),
        FlowStep("router", 100),
    ]
    assert [step.per_event for step in found] == [1, Decimal("0.2"), 1, Decimal("0.01")]


def test_a_system_alone_has_two_functions() -> None:
    """API Gateway waits for the answer of the first function."""
    assert steps(plan_with(TRANSACTIONS_ALONE), 10) == [FlowStep("validator", 1), FlowStep("router", 10)]
    assert [step.function for step in steps(plan_with(PROVIDERS_ALONE), 10)] == ["ingestion", "processing"]


@pytest.mark.parametrize("ordering", ["provider", "object"])
def test_events_in_order_share_a_call(ordering: str) -> None:
    """Ten events need one call, whether they are one message group or ten."""
    processing = steps(plan_with({"ordering": ordering}), 10)[1]
    assert processing.calls(HOOKLINE["processing"])["events:PutEvents"] == 1


def test_a_duration_is_processor_time_at_a_share_of_a_core_and_waiting() -> None:
    """At 256 of 1,769 MiB, 1,000 µs of CPU time take 6.91 ms, plus 5 ms for one put.

    More memory than one core needs saves no time.
    """
    step, needed = FlowStep("validator", 1), work(cpu_us=1_000, dynamodb_PutItem=1)
    assert round(warm_ms(step, needed, 256), 2) == Decimal("11.91")
    assert warm_ms(step, needed, 1769) == warm_ms(step, needed, 3008) == 6


def test_whole_milliseconds_are_billed_and_one_start_in_a_hundred() -> None:
    """The bill has 12 ms, plus 1 % of a cold start of 100 ms."""
    assert billed_ms(FlowStep("validator", 1), work(cpu_us=1_000, dynamodb_PutItem=1), 256) == 13


def test_concurrency_is_rate_by_duration() -> None:
    """200 events a second of 5 ms each keep one execution busy; batches of ten need less."""
    assert concurrency(FlowStep("validator", 1), measured(), 256, Decimal(200)) == 1
    assert concurrency(FlowStep("router", 10), measured(), 256, Decimal(200)) == Decimal("0.2")


@given(st.integers(1, 10), st.integers(128, 10_240), st.integers(0, 100_000))
def test_more_memory_is_never_slower(records: int, memory_mb: int, cpu_us: int) -> None:
    """The billed duration is never less than the real duration."""
    step, needed = FlowStep("processing", records), work(records=10, cpu_us=cpu_us, s3_GetObject=10)
    assert (
        warm_ms(step, needed, memory_mb + 64) <= warm_ms(step, needed, memory_mb) <= billed_ms(step, needed, memory_mb)
    )

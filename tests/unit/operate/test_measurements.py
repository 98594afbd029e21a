"""The measurements, and their use for other batch sizes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.plans import work

from hookline.operate.estimates.measurements import load_measurements


@pytest.mark.parametrize("function", ["validator", "router", "ingestion", "processing"])
def test_every_function_is_measured(function: str) -> None:
    """Each function makes at least one call for an event or a batch."""
    found = load_measurements().work[function]
    assert found.records >= 1
    assert found.warm_cpu_us > 0
    assert found.cold_cpu_ms > 0
    assert sum(found.calls.values()) >= 1


def test_calls_for_each_record_follow_the_records_and_others_the_batches() -> None:
    """For ten records there are ten reads and one PutEvents call.

    One record needs one of each, and twenty records need twenty reads and two calls.
    """
    processing = work(records=10, s3_GetObject=10, events_PutEvents=1)
    assert processing.calls_for(1) == {"s3:GetObject": 1, "events:PutEvents": 1}
    assert processing.calls_for(3) == {"s3:GetObject": 3, "events:PutEvents": 1}
    assert processing.calls_for(20) == {"s3:GetObject": 20, "events:PutEvents": 2}


def test_a_call_to_each_of_three_queues_is_one_for_one_record() -> None:
    """A single record goes to a single queue."""
    assert work(records=10, sqs_SendMessageBatch=3).calls_for(1) == {"sqs:SendMessageBatch": 1}


@given(st.integers(1, 10), st.integers(1, 30), st.integers(1, 200), st.integers(1, 200))
def test_a_larger_batch_never_makes_fewer_calls(records: int, count: int, batch: int, more: int) -> None:
    """A larger batch never makes fewer calls, and at most one per record or as many as measured per record."""
    each = work(records=records, sqs_SendMessage=count)
    smaller, larger = each.calls_for(batch)["sqs:SendMessage"], each.calls_for(batch + more)["sqs:SendMessage"]
    most = (batch + more) * max(Decimal(1), Decimal(count) / records)
    assert smaller <= larger <= most + Decimal("1e-20")  # fractions such as 1/9 are not exact

"""The guard of instruction counts."""

from typing import Any

import pytest

from bench.counting import Count
from bench.guard import Counts, failures, to_json

FUNCTIONS = ("validator", "router", "ingestion", "processing")


def counts(**hookline: Count) -> Counts:
    """Return the usual counts, with other counts for some of hookline's functions."""
    usual = {name: Count(200_000_000, 1_000_000.0) for name in FUNCTIONS}
    return {"floor": {name: Count(150_000_000, 500_000.0) for name in FUNCTIONS}, "hookline": {**usual, **hookline}}


@pytest.fixture
def baseline() -> dict[str, Any]:
    """Return a baseline from this machine."""
    return to_json(counts())


def test_the_counts_of_the_baseline_pass(baseline: dict[str, Any]) -> None:
    """The guard reports no failure for unchanged counts."""
    assert failures(counts(), baseline) == []


def test_four_percent_more_pass(baseline: dict[str, Any]) -> None:
    """The guard tolerates small differences between runs."""
    assert failures(counts(router=Count(208_000_000, 1_040_000.0)), baseline) == []


def test_a_function_that_has_grown_is_named_with_both_counts(baseline: dict[str, Any]) -> None:
    """The message names the function and the size of the change."""
    [failure] = failures(counts(router=Count(200_000_000, 1_060_000.0)), baseline)
    assert failure == "router, warm: 1,060,000 instructions, but the baseline has 1,000,000 (+6.0 %)"


def test_on_another_machine_multiples_of_the_floor_are_compared(baseline: dict[str, Any]) -> None:
    """If all counts double, the guard reports no failure. It reports a function that grows more than the floor."""
    baseline["fingerprint"]["python"] = "3.11.0"
    doubled = {
        variant: {name: Count(2 * each.cold, 2 * each.warm) for name, each in functions.items()}
        for variant, functions in counts().items()
    }
    assert failures(doubled, baseline) == []
    doubled["hookline"]["ingestion"] = Count(450_000_000, 2_000_000.0)
    [failure] = failures(doubled, baseline)
    assert failure == "ingestion, cold: 1.50 times the floor's instructions, but the baseline has 1.33 (+12.5 %)"

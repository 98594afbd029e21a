"""The performance targets of the functions, compared with the measurements: met or missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.deployments import FUNCTIONS

Row = tuple[str, str, str, str]

_WARM_TIMES_FLOOR = {"validator": 2.0, "router": 2.5, "ingestion": 2.0, "processing": 2.0}
_CALLS = {"validator": 1.0, "router": 1.0, "ingestion": 4.0, "processing": 1.0}
HEADINGS = ("aim", "function", "measured", "")


def rows(results: Mapping[str, Any]) -> list[Row]:
    """Return a row for each target of each function; without counts, there are no rows for instructions."""
    return [row for function in FUNCTIONS for row in _of(function, results["variants"])]


def markdown(results: Mapping[str, Any]) -> str:
    """Return the table for the documentation."""
    lines = [HEADINGS, ("---", "---", "--:", "---"), *rows(results)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _of(function: str, variants: Mapping[str, Any]) -> Iterator[Row]:
    ours = variants["hookline"][function]
    floor, boto3 = variants["floor"][function], variants["boto3"][function]
    best = min((v[function] for n, v in variants.items() if n.startswith("powertools") and function in v), key=_start)
    if ours["cold_instructions"]:
        start, warm = _start(ours), ours["warm_instructions"]
        yield _at_most("start, times the floor", function, start / _start(floor), 1.15)
        yield _at_least("start, times below boto3", function, _start(boto3) / start, 6)
        yield _at_least("start, times below Powertools", function, _start(best) / start, 7)
        yield _at_most(
            "warm, times the floor", function, warm / floor["warm_instructions"], _WARM_TIMES_FLOOR[function]
        )
        yield _at_least("warm, times below boto3", function, boto3["warm_instructions"] / warm, 8)
        yield _at_least("warm, times below Powertools", function, best["warm_instructions"] / warm, 8)
    yield _at_most("AWS calls", function, sum(ours["calls"].values()), _CALLS[function])
    yield _at_most("resident memory, MB", function, ours["resident_mb"], 25)
    yield _at_most("log, bytes a record", function, ours["log_bytes"] / ours["records"], 330)


def _start(figures: Mapping[str, Any]) -> int:
    return figures["cold_instructions"] or 0


def _at_most(aim: str, function: str, measured: float, bound: float) -> Row:
    return (f"{aim}: at most {bound:g}", function, f"{measured:.4g}", "met" if measured <= bound else "**missed**")


def _at_least(aim: str, function: str, measured: float, bound: float) -> Row:
    return (f"{aim}: at least {bound:g}", function, f"{measured:.4g}", "met" if measured >= bound else "**missed**")

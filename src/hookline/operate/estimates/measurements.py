"""What each way of writing the functions was measured to need: calls, log bytes and processor time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from importlib.resources import files
from typing import Any

import hookline

VARIANTS = ("hookline", "boto3", "powertools", "powertools_idempotency")
"""Ways of writing the functions that a bill is made for."""

_FALLBACK = "powertools"
"""Stands in for a variant that leaves a function as it is there."""


@dataclass(frozen=True)
class Work:
    """What one function needs for one invocation.

    Attributes:
        records: how many records that invocation had.
        cold_cpu_ms: processor time from start to first answer, in ms of a whole core.
        warm_cpu_us: processor time for each record, in µs of a whole core.
        calls: `service:Operation` → calls of one invocation.
        log_bytes: of one invocation, without what Lambda itself writes.
    """

    records: int
    cold_cpu_ms: Decimal
    warm_cpu_us: Decimal
    calls: Mapping[str, Decimal]
    log_bytes: int

    def calls_for(self, records: int) -> dict[str, Decimal]:
        """The calls of an invocation with another number of records.

        A call that was made for each record is made for each; any other is made once for up to as many records as were
        measured, and never more often than there are records.

        Args:
            records: at least one.
        """
        batches = (Decimal(records) / self.records).to_integral_value(ROUND_CEILING)
        return {
            call: count * records / self.records if count >= self.records else min(count * batches, Decimal(records))
            for call, count in self.calls.items()
        }


@dataclass(frozen=True)
class Measurements:
    """All that was measured in one run.

    Attributes:
        date: of the run.
        work: variant → function → what it needs.
    """

    date: str
    work: Mapping[str, Mapping[str, Work]]

    def of(self, variant: str, function: str) -> Work:
        """What a function of a variant needs; a variant without it is as the plain Powertools one there."""
        return self.work[variant].get(function) or self.work[_FALLBACK][function]


def load_measurements() -> Measurements:
    """Reads the measurements that are part of this package."""
    text = (files(hookline) / "operate" / "estimates" / "measured.json").read_text("utf-8")
    return of_table(json.loads(text, parse_float=Decimal))


def of_table(table: Mapping[str, Any]) -> Measurements:
    """Understands what a benchmark wrote.

    Args:
        table: decoded JSON, its fractions as Decimal.
    """
    return Measurements(
        date=table["date"],
        work={
            variant: {function: _work(entry) for function, entry in functions.items()}
            for variant, functions in table["variants"].items()
        },
    )


def _work(entry: Mapping[str, Any]) -> Work:
    return Work(
        records=entry["records"],
        cold_cpu_ms=Decimal(entry["cold_cpu_ms"]),
        warm_cpu_us=Decimal(entry["warm_cpu_us"]),
        calls={call: Decimal(count) for call, count in entry["calls"].items()},
        log_bytes=entry["log_bytes"],
    )

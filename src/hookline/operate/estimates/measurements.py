"""The measured work of each function: calls, log bytes and CPU time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from importlib.resources import files
from typing import Any

import hookline


@dataclass(frozen=True)
class Work:
    """The measured work of one function in one invocation.

    Attributes:
        records: number of records in the invocation.
        cold_cpu_ms: CPU time from start to first answer, in ms of a full core.
        warm_cpu_us: CPU time for each record, in µs of a full core.
        calls: `service:Operation` → calls of one invocation.
        log_bytes: bytes that the function logs in one invocation, without Lambda's own lines.
    """

    records: int
    cold_cpu_ms: Decimal
    warm_cpu_us: Decimal
    calls: Mapping[str, Decimal]
    log_bytes: int

    def calls_for(self, records: int) -> dict[str, Decimal]:
        """Return the calls of an invocation with another number of records.

        A call that was measured at least once per record grows with the number of records. Any other call is made once
        for up to as many records as were measured, and at most once per record.

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
    """All measurements of one run.

    Attributes:
        date: date of the run.
        work: function → measured work.
    """

    date: str
    work: Mapping[str, Work]


def load_measurements() -> Measurements:
    """Return the measurements in this package."""
    text = (files(hookline) / "operate" / "estimates" / "measured.json").read_text("utf-8")
    return of_table(json.loads(text, parse_float=Decimal))


def of_table(table: Mapping[str, Any]) -> Measurements:
    """Return the measurements that a benchmark wrote.

    Args:
        table: decoded JSON, with fractions as Decimal.
    """
    return Measurements(table["date"], {function: _work(entry) for function, entry in table["functions"].items()})


def _work(entry: Mapping[str, Any]) -> Work:
    return Work(
        records=entry["records"],
        cold_cpu_ms=Decimal(entry["cold_cpu_ms"]),
        warm_cpu_us=Decimal(entry["warm_cpu_us"]),
        calls={call: Decimal(count) for call, count in entry["calls"].items()},
        log_bytes=entry["log_bytes"],
    )

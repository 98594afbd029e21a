"""The measured work of each Lambda function: AWS calls, log bytes and CPU time."""

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
    """The measured work of one invocation of a Lambda function.

    Attributes:
        records: number of records in the measured invocation.
        cold_cpu_ms: CPU time from the start of the process to the first answer, in ms of a full core.
        warm_cpu_us: CPU time for each further record, in µs of a full core.
        calls: `service:Operation` → number of AWS calls in the invocation.
        log_bytes: bytes that the function logs in the invocation. Lambda's own log lines are not counted.
    """

    records: int
    cold_cpu_ms: Decimal
    warm_cpu_us: Decimal
    calls: Mapping[str, Decimal]
    log_bytes: int

    def calls_for(self, records: int) -> dict[str, Decimal]:
        """Return the AWS calls of an invocation that gets `records` records, calculated from the measured invocation.

        If the measured invocation made a call at least once for each record, the number of these calls grows with the
        number of records. For any other call, the measured number counts for each batch of the measured size (the last
        batch may be smaller), but the result is at most one call for each record.

        Args:
            records: number of records; at least one.
        """
        batches = (Decimal(records) / self.records).to_integral_value(ROUND_CEILING)
        return {
            call: count * records / self.records if count >= self.records else min(count * batches, Decimal(records))
            for call, count in self.calls.items()
        }


@dataclass(frozen=True)
class Measurements:
    """The measurements of all functions from one run of the benchmark.

    Attributes:
        date: date of the run.
        work: name of the function → measured work.
    """

    date: str
    work: Mapping[str, Work]


def load_measurements() -> Measurements:
    """Return the measurements in the package's file measured.json."""
    text = (files(hookline) / "operate" / "estimates" / "measured.json").read_text("utf-8")
    return of_table(json.loads(text, parse_float=Decimal))


def of_table(table: Mapping[str, Any]) -> Measurements:
    """Return the measurements from the decoded JSON of a benchmark run.

    Args:
        table: the decoded JSON, with numbers that have a fraction as Decimal.
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

"""The results: collected from single runs, stored as JSON, and shown as a table."""

from __future__ import annotations

import json
import platform
import ssl
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.deployments import FUNCTIONS, LIBRARIES, variants
from bench.events import RECORDS
from bench.measuring import Run

Json = dict[str, Any]

_START = "secretsmanager:GetSecretValue"
"""The call that a function makes only once, at the start."""


@dataclass
class Samples:
    """The measurements of one function of one variant.

    Attributes:
        runs: one run for each round, all with the same number of events.
        cold_instructions: instructions from start to first answer; None without valgrind.
        warm_instructions: instructions for one event with all its records; None without valgrind.
        archive_bytes: size of the archive in bytes.
    """

    runs: list[Run] = field(default_factory=list)
    cold_instructions: int | None = None
    warm_instructions: float | None = None
    archive_bytes: int = 0

    def summary(self, function: str, events: int) -> Json:
        """Return the medians of the times, and the other figures.

        Args:
            function: name of the function, such as `validator`.
            events: number of events in each run.
        """
        records, last = RECORDS[function], self.runs[-1]
        calls = [call for call in last.calls if call["operation"] != _START]
        warm = self.warm_instructions
        return {
            "records": records,
            "cold_instructions": self.cold_instructions,
            "warm_instructions": None if warm is None else round(warm / records),
            "cold_cpu_ms": round(statistics.median(run.cold_ms for run in self.runs), 1),
            "warm_cpu_us": round(statistics.median(run.warm_us for run in self.runs) / records, 1),
            "resident_mb": round(statistics.median(run.peak_mb for run in self.runs), 1),
            "calls": {name: count / events for name, count in Counter(c["operation"] for c in calls).items()},
            "bytes_out": round(sum(call["size"] for call in calls) / events),
            "log_bytes": round(len(last.log) / events),
            "modules": last.modules,
            "archive_bytes": self.archive_bytes,
        }


def environment() -> Json:
    """Return the versions and the machine on which the figures depend."""
    installed = distributions(path=[str(LIBRARIES / "powertools")])
    versions = {each.name.replace("_", "-"): each.version for each in installed}
    return {
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
        "machine": f"{platform.machine()}, {_processor()}",
        "boto3": versions["boto3"],
        "powertools": versions["aws-lambda-powertools"],
    }


def document(samples: Mapping[tuple[str, str], Samples], events: int) -> Json:
    """Return all results as JSON: variant → function → figures."""
    found: dict[str, Json] = {name: {} for name in variants()}
    for (variant, function), sample in samples.items():
        found[variant][function] = sample.summary(function, events)
    return {"date": datetime.now(UTC).strftime("%Y-%m-%d"), "environment": environment(), "variants": found}


def write(path: Path, content: Json) -> None:
    """Write JSON with indentation, so that a diff is readable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")


def table(results: Json) -> Table:
    """Return the figures as a table for the terminal; instruction counts include their multiple of the floor's."""
    shown = Table(title="per record; of router and processing a batch has ten", box=None, header_style="bold")
    for name in ("function", "variant"):
        shown.add_column(name)
    for name in _COLUMNS:
        shown.add_column(name, justify="right")
    for row in rows(results):
        shown.add_row(*row, style="bold" if row[1] == "hookline" else None, end_section=row[1] == "powertools")
    return shown


_COLUMNS = (
    "start, M instr.",
    "warm, M instr.",
    "start, ms",
    "warm, µs",
    "MB",
    "AWS calls",
    "bytes out",
    "log bytes",
    "modules",
    "archive, KB",
)


def rows(results: Json) -> list[Sequence[str]]:
    """Return the cells of the table, without headings."""
    found = results["variants"]
    return [
        (function, variant, *_cells(figures[function], found["floor"][function]))
        for function in FUNCTIONS
        for variant, figures in found.items()
        if function in figures
    ]


def markdown(results: Json) -> str:
    """Return the same table for the documentation."""
    heading = ("function", "variant", *_COLUMNS)
    lines = [heading, tuple("---" if n < 2 else "--:" for n in range(len(heading))), *rows(results)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cells(figures: Json, floor: Json) -> tuple[str, ...]:
    return (
        _with_multiple(figures["cold_instructions"], floor["cold_instructions"], 1),
        _with_multiple(figures["warm_instructions"], floor["warm_instructions"], 3),
        f"{figures['cold_cpu_ms']:.0f}",
        f"{figures['warm_cpu_us']:.0f}",
        f"{figures['resident_mb']:.1f}",
        f"{sum(figures['calls'].values()) / figures['records']:.3g}",
        f"{figures['bytes_out'] / figures['records']:.0f}",
        f"{figures['log_bytes'] / figures['records']:.0f}",
        str(figures["modules"]),
        f"{figures['archive_bytes'] / 1024:,.0f}",
    )


def _with_multiple(count: int | None, floor: int | None, places: int) -> str:
    if count is None or floor is None:
        return "–"
    return f"{count / 1e6:,.{places}f} ({count / floor:.2f}×)"


def _processor() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else "unknown processor"

"""hookline's functions at an earlier commit, measured in the same run as those of the working tree."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from rich.table import Table

from bench.counting import WARM_UP, count_all
from bench.deployments import FUNCTIONS, SOURCES, Deployment, deploy, deploy_files
from bench.events import workload
from bench.measuring import bench, has_valgrind
from bench.results import Json, Samples

ROUNDS = 5
MEASURED = 60
"""Measured events in each round, after the warm-up."""

_LIST = """
import json, sys
from pathlib import Path
from hookline.packaging.archive import archive_files
print(json.dumps({name: str(file) for name, file in archive_files(sys.argv[1], Path(sys.argv[2])).items()}))
"""
"""A program that prints the files of a function's archive, made by the hookline that it imports."""


def measure(commit: str, folder: Path) -> Iterator[tuple[str, str, Json]]:
    """Measure hookline's functions at a commit and as they are now.

    Args:
        commit: the earlier commit, as git understands it.
        folder: folder for the files of the run.

    Yields:
        Function, "before" or "now", and the figures of the function.

    Raises:
        subprocess.CalledProcessError: if git does not know the commit.
    """
    sources = _check_out(commit, folder / "sources")
    jobs = [job for name in FUNCTIONS for job in (_earlier(sources, name, folder), deploy("hookline", name, folder))]
    events = 1 + WARM_UP + MEASURED
    with bench(folder / "left") as left, bench(folder / "right") as right:
        counts = [counted for _, counted in count_all([left, right], jobs)] if has_valgrind() else [None] * len(jobs)
        for job, counted in zip(jobs, counts, strict=True):
            found = Samples([left.run(job, workload(job.function, events), WARM_UP) for _ in range(ROUNDS)])
            if counted:
                found.cold_instructions, found.warm_instructions = counted.cold, counted.warm
            when = "before" if job.variant == "before" else "now"
            yield job.function, when, found.summary(job.function, events)


def table(commit: str) -> Table:
    """Return an empty table for the results."""
    made = Table(title=f"per record, at {commit} and now; a batch has ten, and those of processing are one group")
    made.add_column("function")
    made.add_column("")
    for name in ("AWS calls", "warm instructions", "warm, µs", "start, M instructions", "start, ms"):
        made.add_column(name, justify="right")
    return made


def cells(figures: Json) -> tuple[str, ...]:
    """Return the figures of a function as the cells of the table."""
    warm, start = figures["warm_instructions"], figures["cold_instructions"]
    return (
        f"{sum(figures['calls'].values()) / figures['records']:.3g}",
        f"{warm:,}" if warm else "–",
        f"{figures['warm_cpu_us']:.0f}",
        f"{start / 1e6:.1f}" if start else "–",
        f"{figures['cold_cpu_ms']:.0f}",
    )


def _check_out(commit: str, where: Path) -> Path:
    """Write `src` at a commit to a folder, and return the path for the module search."""
    packed = subprocess.run(["git", "archive", commit, "src"], cwd=SOURCES.parent, capture_output=True, check=True)  # noqa: S607 - the user's git
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(where, filter="data")
    return where / "src"


def _earlier(sources: Path, function: str, folder: Path) -> Deployment:
    command = [sys.executable, "-c", _LIST, function, str(folder / "bytecode-before")]
    listed = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(sources)}, capture_output=True, check=True)
    files = {name: Path(file) for name, file in json.loads(listed.stdout).items()}
    return deploy_files("before", function, folder, files)

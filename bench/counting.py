"""Instruction counts, which are repeatable: counts vary by about 1 % under any load, while times vary much more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

from bench.deployments import Deployment
from bench.events import workload
from bench.measuring import Bench

WARM_UP = 10

_EVENTS = {"validator": 200, "router": 100, "ingestion": 100, "processing": 50}
"""Function → number of counted events for the floor and hookline, so that the variation of the start is small."""

_HEAVY_EVENTS = 20
"""Number of counted events for the other variants, which need many more instructions per event."""


@dataclass(frozen=True)
class Count:
    """The instruction counts of one function.

    Attributes:
        cold: instructions from the start of the process to the first answer.
        warm: instructions for one more event with all its records, without reading the event.
    """

    cold: int
    warm: float


def count(bench: Bench, deployment: Deployment) -> Count:
    """Count the instructions of a function in three processes.

    The first handles one event, the second only reads many events, and the third handles the same many events.
    """
    function = deployment.function
    measured = _EVENTS[function] if deployment.variant in ("floor", "hookline", "before") else _HEAVY_EVENTS
    many = workload(function, 1 + WARM_UP + measured)
    cold = _instructions(bench.run(deployment, workload(function, 1), counted=True).instructions)
    read = bench.run(deployment, many, WARM_UP, counted=True, handle=False)
    handled = bench.run(deployment, many, WARM_UP, counted=True)
    warm = (_instructions(handled.instructions) - _instructions(read.instructions)) / measured
    return Count(cold, warm)


def count_all(benches: Sequence[Bench], deployments: Sequence[Deployment]) -> Iterator[tuple[Deployment, Count]]:
    """Count the instructions of all deployments, and yield the counts in the same order.

    As many deployments run at once as there are benches; this does not change the counts.
    """
    free: SimpleQueue[Bench] = SimpleQueue()
    for each in benches:
        free.put(each)

    def one(deployment: Deployment) -> Count:
        where = free.get()
        try:
            return count(where, deployment)
        finally:
            free.put(where)

    with ThreadPoolExecutor(len(benches)) as pool:
        yield from zip(deployments, pool.map(one, deployments), strict=True)


def _instructions(counted: int | None) -> int:
    if counted is None:
        raise RuntimeError("valgrind printed no instruction count")
    return counted

"""Counts instructions, which repeat where times do not: whatever else the machine does, they differ by a percent."""

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
"""Function → events that are counted of the floor and of hookline: enough to stand out from the start's noise."""

_HEAVY_EVENTS = 20
"""Events that are counted of the others, each of which takes many times as much."""


@dataclass(frozen=True)
class Count:
    """Instructions of one function.

    Attributes:
        cold: from the start of the process to the first answer.
        warm: for one further event, with whatever records it has; reading the event is left out.
    """

    cold: int
    warm: float


def count(bench: Bench, deployment: Deployment) -> Count:
    """Counts by three processes: one event, many events that are only read, and the same ones handled."""
    function = deployment.function
    measured = _EVENTS[function] if deployment.variant in ("floor", "hookline") else _HEAVY_EVENTS
    many = workload(function, 1 + WARM_UP + measured)
    cold = _instructions(bench.run(deployment, workload(function, 1), counted=True).instructions)
    read = bench.run(deployment, many, WARM_UP, counted=True, handle=False)
    handled = bench.run(deployment, many, WARM_UP, counted=True)
    warm = (_instructions(handled.instructions) - _instructions(read.instructions)) / measured
    return Count(cold, warm)


def count_all(benches: Sequence[Bench], deployments: Sequence[Deployment]) -> Iterator[tuple[Deployment, Count]]:
    """Counts each deployment, as many at once as there are benches, which changes no count; yields in their order."""
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
        raise RuntimeError("valgrind gave no count")
    return counted

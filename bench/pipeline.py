"""A load test of a whole stack in local mode: events a second, latency of the answers, and CPU use."""

from __future__ import annotations

import os
import shutil
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from rich.table import Table

from bench.deployments import SOURCES
from hookline.local import deploy
from hookline.local.project import Project
from hookline.operate.demo import secret_for
from hookline.operate.sending import samples
from hookline.operate.sending.provider_webhooks import endpoint, send, signer_for
from hookline.operate.sending.send import TIMEOUT_SECONDS, Answer, Sender, new_event
from hookline.operate.target import Target, local_target

CLIENTS = (1, 8, 32)
PROCESSES = ("emulator", "functions", "poller")
"""The processes of local mode: the emulator, the functions, and the poller that delivers from streams and buses."""

SECONDS = 8.0
"""Seconds of sending for each number of clients."""

_SETTINGS = """config:
  aws:region: us-east-1
  hookline:environmentSuffix: bench
  hookline:ordering: object
  hookline:apiGatewayLogging: "off"
"""

Json = dict[str, Any]
Send = Callable[[], Answer]


def measure(folder: Path, progress: Callable[[str], None]) -> list[Json]:
    """Measure both endpoints with each number of clients, and destroy the stack afterwards.

    Args:
        folder: folder for a copy of the program.
        progress: called with a description of the current step.
    """
    with _stack(folder, progress) as (project, target):
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
        with httpx.Client(timeout=TIMEOUT_SECONDS, limits=limits) as http:
            endpoints = {"transactions": _transactions(target, http), "Stripe": _stripe(target, http)}
            found: list[Json] = []
            for name, one in endpoints.items():
                for clients in CLIENTS:
                    progress(f"{name}, {clients} clients")
                    found.append({"endpoint": name, "clients": clients, **_load(project, one, clients)})
    return found


def table(found: list[Json]) -> Table:
    """Return the results as a table for the terminal."""
    shown = Table(title="the whole pipeline in local mode", box=None, header_style="bold")
    for name in _HEADINGS:
        shown.add_column(name, justify="left" if name == "endpoint" else "right")
    for row in rows(found):
        shown.add_row(*row)
    return shown


def markdown(found: list[Json]) -> str:
    """Return the same table for the documentation."""
    lines = [_HEADINGS, tuple("--:" if n else "---" for n in range(len(_HEADINGS))), *rows(found)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


_HEADINGS = ("endpoint", "clients", "events/s", "p50, ms", "p99, ms", *(f"{kind}, cores" for kind in PROCESSES))


def rows(found: list[Json]) -> list[tuple[str, ...]]:
    """Return the cells of the table, without headings."""
    return [
        (
            each["endpoint"],
            str(each["clients"]),
            f"{each['events_per_second']:.0f}",
            f"{each['p50_ms']:.0f}",
            f"{each['p99_ms']:.0f}",
            *(f"{each['cores'][kind]:.2f}" for kind in PROCESSES),
        )
        for each in found
    ]


@contextmanager
def _stack(folder: Path, progress: Callable[[str], None]) -> Iterator[tuple[Project, Target]]:
    folder.mkdir(parents=True, exist_ok=True)
    for file in ("__main__.py", "Pulumi.yaml"):
        shutil.copy(SOURCES.parent / file, folder)
    (folder / "Pulumi.bench.yaml").write_text(_SETTINGS)
    project = Project(folder)
    try:
        progress("starting a stack")
        deploy.up(project, "bench")
        yield project, local_target(project, "bench")
    finally:
        project.home.stop()


def _transactions(target: Target, http: httpx.Client) -> Send:
    sender = Sender(target.webhook_url, secret_for(target), http)
    return lambda: sender.send_event(new_event("payment", f"bench-{uuid.uuid4().hex}"))


def _stripe(target: Target, http: httpx.Client) -> Send:
    signer, sample, url = signer_for(target, "stripe"), samples.read("stripe", "payment"), endpoint(target, "stripe")
    return lambda: send(signer.sign(samples.with_new_ids("stripe", sample)), url, http)


def _load(project: Project, one: Send, clients: int) -> Json:
    """Run `clients` clients at the same time, each of which sends one event after another.

    Before the measurement, they send enough events to start one function instance for each client.
    """
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(lambda _: one(), range(4 * clients)))
        before, started = _processor_seconds(project), time.monotonic()
        until = started + SECONDS
        answers = [a for some in pool.map(lambda _: _client(one, until), range(clients)) for a in some]
        seconds, after = time.monotonic() - started, _processor_seconds(project)
    refused = [answer.status for answer in answers if answer.status not in (200, 202)]
    if refused:
        raise RuntimeError(f"{len(refused)} of {len(answers)} events were not accepted: statuses {set(refused)}")
    times = sorted(answer.milliseconds for answer in answers)
    return {
        "events": len(answers),
        "events_per_second": round(len(answers) / seconds, 1),
        "p50_ms": round(statistics.median(times), 1),
        "p99_ms": round(times[min(len(times) - 1, int(0.99 * len(times)))], 1),
        "cores": {kind: round((after[kind] - before[kind]) / seconds, 2) for kind in PROCESSES},
    }


def _client(one: Send, until: float) -> list[Answer]:
    answers: list[Answer] = []
    while time.monotonic() < until:
        answers.append(one())
    return answers


def _processor_seconds(project: Project) -> dict[str, float]:
    """Return the CPU time of each kind of process in local mode, in seconds since the process started."""
    emulator = project.home.find()
    if emulator is None:
        raise RuntimeError("the emulator is not running")
    processes = {pid: (parent, kind, used) for pid, parent, kind, used in _processes()}
    below = {emulator.pid}
    while more := {pid for pid, (parent, _, _) in processes.items() if parent in below} - below:
        below |= more
    seconds = dict.fromkeys(PROCESSES, 0.0)
    for pid in below & processes.keys():
        _, kind, used = processes[pid]
        seconds[kind] += used
    return seconds


def _processes() -> Iterator[tuple[int, int, str, float]]:
    """Yield every process: its id, its parent's id, its kind in local mode, and its CPU time in seconds."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                kind = _kind((folder / "cmdline").read_bytes())
            except OSError:  # the process has just ended
                continue
            yield int(folder.name), int(fields[1]), kind, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _kind(command: bytes) -> str:
    if b"ministack-lambda" in command:
        return "functions"
    return "emulator" if b"ministack" in command else "poller"

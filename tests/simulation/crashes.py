"""A simulation that stops ingestion before and after each AWS call, delivers again, and shows the results as a table.

As a program, it writes the table into docs/guarantees.md.
"""

import contextlib
import io
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from support.pipeline.cloud import Cloud, Stop, Stopped
from support.pipeline.system import System
from support.pipeline.webhooks import adyen_batch, signed, stripe_payment

PAGE = Path(__file__).parents[2] / "docs" / "guarantees.md"
BEGIN, END = "<!-- crash table: begin -->\n", "<!-- crash table: end -->"
DELAYS = {"at once": timedelta(), "six minutes later": timedelta(minutes=6)}
CASES: dict[str, tuple[str, dict[str, Any] | bytes]] = {
    "one event (Stripe)": ("stripe", stripe_payment()),
    "batch of three (Adyen)": ("adyen", adyen_batch("PSP1", "PSP2", "PSP3")),
    "unreadable body (Checkout.com)": ("checkout", b'{"id":"evt_1",'),
}


class Result(NamedTuple):
    """The result of one stop and a second delivery.

    Attributes:
        case: the delivery.
        point: the point at which ingestion was stopped.
        delay: time until the second delivery.
        orphans: objects and messages without a record before the second delivery.
        status: HTTP status of the answer to the second delivery.
        complete: whether every event has its record, and the archive has the exact bytes.
        messages: number of messages that the queue accepted.
        on_bus: number of events on the bus.
        effects: number of effects at a consumer that deduplicates by `detail.key`.
        orphans_left: objects and messages without a record at the end.
    """

    case: str
    point: str
    delay: str
    orphans: str
    status: int
    complete: bool
    messages: int
    on_bus: int
    effects: int
    orphans_left: str


def results() -> list[Result]:
    """Return the result of every case, point and delay."""
    return [
        _result(case, stop, delay)
        for case, (provider, payload) in CASES.items()
        for call in range(len(calls_of(provider, payload)))
        for stop in (Stop(call, after=False), Stop(call, after=True))
        for delay in DELAYS
    ]


def records_and_events(payload: dict[str, Any] | bytes) -> tuple[int, int]:
    """Return how many records and bus events a delivery makes. An unreadable body makes one record and no event."""
    if isinstance(payload, bytes):
        return 1, 0
    events = len(payload.get("notificationItems", [payload]))
    return events, events


def calls_of(provider: str, payload: dict[str, Any] | bytes) -> list[str]:
    """Return the AWS calls of a delivery without a stop, in order."""
    system = System(Cloud())
    _deliver(system, provider, payload)
    return system.cloud.calls


def table() -> str:
    """Return the results as a Markdown table, one line for each point."""
    lines = [
        "| delivery | stopped | delivered again | orphans until then | answer | complete | messages | on the bus "
        "| effects | orphans left |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for result in results():
        cells = (*result[:5], "yes" if result.complete else "no", *result[6:])
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def _result(case: str, stop: Stop, delay: str) -> Result:
    provider, payload = CASES[case]
    system = System(Cloud())
    system.cloud.stop = stop
    with contextlib.suppress(Stopped):
        _deliver(system, provider, payload)
    point = _name(system.cloud.calls, stop)
    orphans = _orphans(system)
    system.restart()
    system.cloud.now += DELAYS[delay]
    if DELAYS[delay]:
        _process(system)
    status = _deliver(system, provider, payload)
    _process(system)
    expected, _ = records_and_events(payload)
    body = signed(provider, payload, system.cloud.now).body
    return Result(
        case=case,
        point=point,
        delay=delay,
        orphans=orphans,
        status=status,
        complete=len(system.cloud.items) == expected and list(system.cloud.objects.values()) == [body],
        messages=system.cloud.messages,
        on_bus=len(system.cloud.bus),
        effects=len(system.effects()),
        orphans_left=_orphans(system),
    )


def _deliver(system: System, provider: str, payload: dict[str, Any] | bytes) -> int:
    """Sign and send a delivery as the provider does, discard the log, and return the status."""
    with contextlib.redirect_stdout(io.StringIO()):
        return system.post(provider, signed(provider, payload, system.cloud.now))[0]


def _process(system: System) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        system.process()


def _name(calls: list[str], stop: Stop) -> str:
    name = calls[stop.call]
    number = calls[: stop.call + 1].count(name)
    return f"{'after' if stop.after else 'before'} {name}{f' {number}' if number > 1 else ''}"


def _orphans(system: System) -> str:
    """Return a description of the objects and messages without a record."""
    cloud = system.cloud
    archived = {item["archive_key"]["S"] for item in cloud.items.values()}
    objects = len(cloud.objects.keys() - archived)
    messages = len(cloud.sent_keys - cloud.items.keys())
    found = [
        f"{count} {name}{'s' * (count > 1)}" for count, name in ((objects, "object"), (messages, "message")) if count
    ]
    return ", ".join(found) or "none"


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(before + BEGIN + table() + END + rest.partition(END)[2])

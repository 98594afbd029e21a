"""The tables and the aligned text that the `hookline` commands print."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from botocore.exceptions import ClientError
from rich import box
from rich.table import Column, Table

from hookline.core import QUEUES
from hookline.local.cloud import is_missing
from hookline.operate.demo import DemoLine
from hookline.operate.secret_store import Live
from hookline.operate.target import Target

SHORT_DIGEST = 8
"""How many characters of a body's SHA-256 the demo's table shows. The SHA-256 is the last part of the archive key."""


def value_text(value: object) -> str:
    """Return the value of a stack output as text: a string unchanged, any other value as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def aligned(values: Mapping[str, object]) -> str:
    """Return one line of text for each entry, with name and value, sorted by name. All values begin in one column."""
    width = max(map(len, values), default=0)
    return "\n".join(f"{name:<{width}}  {value_text(values[name])}" for name in sorted(values))


def queue_table(target: Target) -> Table:
    """Return a table with the number of waiting and in-flight messages in each queue of a stack."""
    table = make_table("queue", "waiting", "in flight")
    for name, url in sorted((k, v) for k, v in target.outputs.items() if k.endswith(("_queue_url", "_dlq_url"))):
        table.add_row(name.removesuffix("_url"), *_counts(target, url))
    return table


def secret_table(found: Iterable[Live]) -> Table:
    """Return a table with the fingerprints of the live secrets of each provider and of `transactions`."""
    table = make_table("provider", "live", "fingerprints")
    for live in found:
        table.add_row(live.source, str(len(live.fingerprints)), ", ".join(live.fingerprints) or "-")
    return table


def demo_table(lines: list[DemoLine]) -> Table:
    """Return a table of the requests that `hookline demo` sent, with the answer and the effects of each request."""
    table = make_table("sent", "answer", "archive", "bus", "queue", "ms", "")
    for line in lines:
        arrived = line.arrival_milliseconds
        table.add_row(
            line.step.title,
            f"{line.answer.status} {line.answer.code}",
            line.archive_key.rpartition("/")[2][:SHORT_DIGEST] or "-",
            str(line.on_bus or "-"),
            "\n".join(QUEUES[arrival.queue] for arrival in line.arrivals) or "-",
            "-" if arrived is None else f"{arrived:.0f}",
            "[green]✓[/]" if line.as_expected else f"[red]✗ expected {_expected(line)}[/]",
        )
    return table


def _expected(line: DemoLine) -> str:
    queues = ", ".join(QUEUES[queue] for queue in line.step.queues.values()) or "no message"
    stored = "" if line.step.webhook is None else ", archive and bus" if line.step.stored else ", nothing stored"
    return f"{line.step.status}, {queues}{stored}"


def _counts(target: Target, url: str) -> tuple[str, str]:
    try:
        answer = target.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    except ClientError as error:
        if is_missing(error):
            return "gone", "gone"
        raise
    return answer["ApproximateNumberOfMessages"], answer["ApproximateNumberOfMessagesNotVisible"]


def numbers(heading: str) -> Column:
    """Return a right-aligned table column for numbers."""
    return Column(heading, justify="right")


def make_table(*columns: str | Column) -> Table:
    """Return an empty table in the common style of the `hookline` commands."""
    return Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)

"""The billed units of AWS calls, by line of the price table."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from hookline.errors import UserError
from hookline.operate.estimates.event_sizes import Sizes
from hookline.operate.estimates.flow import FlowStep
from hookline.operate.estimates.measurements import Work

CHUNK_BYTES = 65_536
"""Bytes that AWS bills as one request (SQS) or one event (EventBridge)."""

_WRITE_UNIT_BYTES = 1024
"""Bytes of an item that one write request unit covers."""

WRITES = frozenset(("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"))
"""Calls that write one item."""

_SENDS = frozenset(("sqs:SendMessage", "sqs:SendMessageBatch"))
_CACHED = frozenset(("secretsmanager:GetSecretValue",))  # counted by time, in the fixed lines
_EACH = {"dynamodb:GetItem": "dynamodb_reads", "s3:PutObject": "s3_puts", "s3:GetObject": "s3_gets"}
"""Calls that AWS bills one by one; the items are at most 4 KB, so a read is one unit."""

Entry = tuple[str, Decimal]
"""The name of a line of the price table, and a number of units."""


def usage_of_calls(step: FlowStep, work: Work, sizes: Sizes) -> Iterator[Entry]:
    """Yield the billed units for the calls of one invocation.

    Args:
        step: a function that runs for an event.
        work: the measured work of the function.
        sizes: the sizes of the event.

    Raises:
        UserError: if a call has no price.
    """
    for call, count in step.calls(work).items():
        if call in WRITES:
            yield "dynamodb_writes", count * write_units(step.function, sizes)
        elif call in _SENDS:
            yield _of_send(step, count, sizes)
        elif call == "events:PutEvents":
            yield "eventbridge_events", step.records * units_of(sizes.bus_event, CHUNK_BYTES)
        elif call in _EACH:
            yield _EACH[call], count
        elif call not in _CACHED:
            raise UserError(f"measured.json has the call {call}, but prices.json has no price for this call")


def units_of(size: int, unit: int) -> Decimal:
    """Return the number of units of `unit` bytes that `size` bytes take; at least one."""
    return max(Decimal(1), (Decimal(size) / unit).to_integral_value(ROUND_CEILING))


def write_units(function: str, sizes: Sizes) -> Decimal:
    """Return the write request units of the item that a function writes."""
    return units_of(item_bytes(function, sizes), _WRITE_UNIT_BYTES)


def item_bytes(function: str, sizes: Sizes) -> int:
    """Return the size of the item that a function writes, in bytes."""
    return sizes.record if function == "ingestion" else sizes.item


def _of_send(step: FlowStep, count: Decimal, sizes: Sizes) -> Entry:
    line, size = ("sqs_fifo", sizes.delivery) if step.function == "ingestion" else ("sqs_standard", sizes.message)
    return line, max(count, units_of(step.records * size, CHUNK_BYTES))

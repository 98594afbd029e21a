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

WRITE_UNIT_BYTES = 1024
"""Bytes of an item that one write request unit covers."""

_WRITES = frozenset(("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"))
_SENDS = frozenset(("sqs:SendMessage", "sqs:SendMessageBatch"))
_CACHED = frozenset(("secretsmanager:GetSecretValue",))  # counted by time, in the fixed lines
_EACH = {"dynamodb:GetItem": "dynamodb_reads", "s3:PutObject": "s3_puts", "s3:GetObject": "s3_gets"}
"""Calls that AWS bills one by one; the items are at most 4 KB, so a read is one unit."""

Entry = tuple[str, Decimal]
"""The name of a line of the price table, and a number of units."""


def usage_of_calls(step: FlowStep, work: Work, own: Work, sizes: Sizes) -> Iterator[Entry]:
    """Yield the billed units for the calls of one invocation.

    Args:
        step: a function that runs for an event.
        work: the work of the variant.
        own: the work of hookline's function; a write beyond its writes is of a small item, such as an idempotency
            record.
        sizes: the sizes of the event.

    Raises:
        UserError: if a call has no price.
    """
    needed = step.calls(own)
    for call, count in step.calls(work).items():
        if call in _WRITES:
            of_event = min(count, needed.get(call, Decimal(0)))
            units = units_of(item_bytes(step.function, sizes), WRITE_UNIT_BYTES)
            yield "dynamodb_writes", of_event * units + (count - of_event)
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


def item_bytes(function: str, sizes: Sizes) -> int:
    """Return the size of the item that a function writes, in bytes."""
    return sizes.record if function == "ingestion" else sizes.item


def _of_send(step: FlowStep, count: Decimal, sizes: Sizes) -> Entry:
    line, size = ("sqs_fifo", sizes.delivery) if step.function == "ingestion" else ("sqs_standard", sizes.message)
    return line, max(count, units_of(step.records * size, CHUNK_BYTES))

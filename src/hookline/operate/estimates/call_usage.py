"""The units that AWS bills for the functions' calls, such as write request units, as price name → number of units."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from hookline.errors import UserError
from hookline.operate.estimates.event_sizes import Sizes
from hookline.operate.estimates.flow import FlowStep
from hookline.operate.estimates.measurements import Work

CHUNK_BYTES = 65_536
"""Maximum size in bytes that SQS bills as one request, and that EventBridge bills as one event."""

_WRITE_UNIT_BYTES = 1024
"""Bytes of a DynamoDB item that one write request unit covers."""

WRITES = frozenset(("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"))
"""AWS calls that write one DynamoDB item."""

_SENDS = frozenset(("sqs:SendMessage", "sqs:SendMessageBatch"))
_CACHED = frozenset(("secretsmanager:GetSecretValue",))  # `fixed_usage` counts them: one in `SECRET_CACHE_SECONDS`
_EACH = {"dynamodb:GetItem": "dynamodb_reads", "s3:PutObject": "s3_puts", "s3:GetObject": "s3_gets"}
"""AWS calls that cost one unit each, as call → price name. No item is above 4 KB, which one read unit covers."""

Entry = tuple[str, Decimal]
"""The name of a price in prices.json, and a number of billed units."""


def usage_of_calls(step: FlowStep, work: Work, sizes: Sizes) -> Iterator[Entry]:
    """Yield the units that AWS bills for the calls of one invocation of a function.

    Args:
        step: the function.
        work: the measured calls of the function.
        sizes: the bytes of one event in tables and messages.

    Raises:
        UserError: if prices.json has no price for a call.
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
    """Return how many units of `unit` bytes are needed for `size` bytes: rounded up, at least one."""
    return max(Decimal(1), (Decimal(size) / unit).to_integral_value(ROUND_CEILING))


def write_units(function: str, sizes: Sizes) -> Decimal:
    """Return the write request units for one item that the function `ingestion` or `validator` writes."""
    return units_of(item_bytes(function, sizes), _WRITE_UNIT_BYTES)


def item_bytes(function: str, sizes: Sizes) -> int:
    """Return the bytes of the item that a function writes: for `ingestion` the webhook record, else the outbox item."""
    return sizes.record if function == "ingestion" else sizes.item


def _of_send(step: FlowStep, count: Decimal, sizes: Sizes) -> Entry:
    line, size = ("sqs_fifo", sizes.delivery) if step.function == "ingestion" else ("sqs_standard", sizes.message)
    return line, max(count, units_of(step.records * size, CHUNK_BYTES))

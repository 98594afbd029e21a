"""What a stack uses of AWS in a month, by line of the price table."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from hookline.core.transactions.reserved_ids import FACT_DAYS
from hookline.operate.estimates.call_usage import CHUNK_BYTES, Entry, item_bytes, units_of, usage_of_calls
from hookline.operate.estimates.event_sizes import Sizes
from hookline.operate.estimates.fixed_usage import MONTH_DAYS, MONTH_SECONDS, fixed_usage
from hookline.operate.estimates.flow import FlowStep, billed_ms, steps
from hookline.operate.estimates.measurements import Measurements
from hookline.operate.estimates.plan import Plan

GB = Decimal(2**30)
"""Bytes of a GB on AWS's bills."""

PLATFORM_LOG_BYTES = 350
"""Bytes that Lambda itself logs for an invocation: START, END and REPORT with the trace's id, in the text format."""

ACCESS_LOG_BYTES = 560
"""Bytes of one line of the access log, with usual values."""

BUS_ENVELOPE_BYTES = 320
"""Bytes that EventBridge adds around an event's detail: id, account, region, resources, and members' names."""

STORED_LOG_SHARE = Decimal("0.15")
"""What compression leaves of a log, as AWS's own calculator assumes."""

ITEM_OVERHEAD_BYTES = 100
"""Bytes that DynamoDB adds to each item it stores ("DynamoDB item sizes and formats")."""

GLACIER_INDEX_BYTES, GLACIER_STANDARD_BYTES = 32 * 1024, 8 * 1024
"""Bytes that Glacier adds to each object at its own price, and at that of S3 Standard."""

TRACE_SHARE = Decimal("0.05")
"""Share of invocations that X-Ray records beyond the first of each second, by its default rule."""


class Load(NamedTuple):
    """What arrives in a month.

    Attributes:
        events: how many, spread evenly.
        payload_bytes: of each one's body.
        sizes: what each takes in stores and messages.
        batch: events that processing and router get at once; 1 to 10.
    """

    events: int
    payload_bytes: int
    sizes: Sizes
    batch: int


_BEGIN_A_TRACE = frozenset(("processing", "router"))  # the others continue the trace of the request
_RECORD = frozenset(("ingestion", "validator"))


def monthly_usage(plan: Plan, load: Load, measurements: Measurements, variant: str) -> dict[str, Decimal]:
    """What a month's events use, in the units of the price table.

    Args:
        plan: of the stack.
        load: what arrives.
        measurements: of the functions.
        variant: how the functions are written.

    Returns:
        Name of a line → quantity, fixed lines included.

    Raises:
        UserError: if a measured call has no price.
    """
    used = fixed_usage(plan, load.events, measurements)
    for line, quantity in _of_events(plan, load, measurements, variant):
        used[line] = used.get(line, Decimal(0)) + quantity
    return used


def _of_events(plan: Plan, load: Load, measurements: Measurements, variant: str) -> Iterator[Entry]:
    yield from _of_entry(plan, load)
    for step in steps(plan, load.batch):
        yield from _of_step(plan, load, step, measurements, variant)
    if plan.providers:
        yield from _of_deliveries(plan, load)
        yield from _of_archive(plan, load)


def _of_entry(plan: Plan, load: Load) -> Iterator[Entry]:
    """The request at the API."""
    events = Decimal(load.events)
    yield "api_requests", events
    yield "traces", _traces(events)
    if plan.access_log_days is not None:
        yield from _logs(events * ACCESS_LOG_BYTES / GB, plan.access_log_days)


def _of_step(plan: Plan, load: Load, step: FlowStep, measurements: Measurements, variant: str) -> Iterator[Entry]:
    """One function: its invocations, what it logs, calls and stores."""
    function, work = plan.functions[step.function], measurements.of(variant, step.function)
    invocations = load.events * step.per_event
    memory_gb = Decimal(function.memory_mb) / 1024
    yield "lambda_requests", invocations
    yield "lambda_duration", invocations * billed_ms(step, work, function.memory_mb) / 1000 * memory_gb
    yield from _logs(invocations * (work.log_bytes + PLATFORM_LOG_BYTES) / GB, function.log_days)
    for line, units in usage_of_calls(step, work, measurements.of("hookline", step.function), load.sizes):
        yield line, invocations * units
    if step.function in _BEGIN_A_TRACE:
        yield "traces", _traces(invocations)
    if step.function in _RECORD:
        yield from _stored_items(plan, load, step.function)


def _of_deliveries(plan: Plan, load: Load) -> Iterator[Entry]:
    """The queue's side of processing, second keys of events, and what the bus keeps and hands to its consumer."""
    published = load.events * (load.sizes.bus_event + BUS_ENVELOPE_BYTES) / GB
    received = units_of(load.batch * load.sizes.delivery, CHUNK_BYTES)
    yield "sqs_fifo", Decimal(load.events) / load.batch * (received + 1)  # and one call that deletes them
    yield "dynamodb_reads", load.events * load.sizes.aliases
    yield "dynamodb_writes", load.events * load.sizes.aliases
    yield from _logs(published, plan.consumer_log_days)
    if plan.bus_archive_days:
        yield "eventbridge_archiving", published
        yield "eventbridge_archive", published * plan.bus_archive_days / MONTH_DAYS


def _of_archive(plan: Plan, load: Load) -> Iterator[Entry]:
    """The raw bodies: in S3 Standard until they move, and one month's objects in Glacier."""
    standard = Decimal(load.events * load.payload_bytes) * plan.glacier_after_days / MONTH_DAYS
    yield "s3_storage", (standard + load.events * GLACIER_STANDARD_BYTES) / GB
    yield "s3_transitions", Decimal(load.events)
    yield "s3_glacier", load.events * (load.payload_bytes + GLACIER_INDEX_BYTES) / GB


def _stored_items(plan: Plan, load: Load, function: str) -> Iterator[Entry]:
    """Items of as many days as they are remembered."""
    size = item_bytes(function, load.sizes) + ITEM_OVERHEAD_BYTES
    days = Decimal(plan.expiry_days(function))
    if function == "validator":
        days += load.sizes.facts * max(0, FACT_DAYS - days)
    stored = load.events * size * days / MONTH_DAYS / GB
    yield "dynamodb_storage", stored
    if plan.recoverable_tables:
        yield "dynamodb_recovery", stored


def _logs(gigabytes: Decimal, days: int) -> Iterator[Entry]:
    yield "logs_ingestion", gigabytes
    yield "logs_storage", gigabytes * STORED_LOG_SHARE * days / MONTH_DAYS


def _traces(started: Decimal) -> Decimal:
    """Traces that X-Ray records of invocations spread evenly over a month."""
    certain = min(started, Decimal(MONTH_SECONDS))
    return certain + (started - certain) * TRACE_SHARE

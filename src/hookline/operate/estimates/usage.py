"""The monthly AWS usage of a stack, such as requests and stored GB, as price name → number of units."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from hookline.operate.estimates.call_usage import CHUNK_BYTES, Entry, item_bytes, units_of, usage_of_calls
from hookline.operate.estimates.event_sizes import Sizes
from hookline.operate.estimates.fixed_usage import MONTH_DAYS, fixed_usage
from hookline.operate.estimates.flow import FlowStep, billed_ms, steps
from hookline.operate.estimates.measurements import Measurements
from hookline.operate.estimates.plan import Plan
from hookline.operate.estimates.traces import api_traces, function_traces

GB = Decimal(2**30)
"""Bytes in the unit that AWS's bills call GB."""

PLATFORM_LOG_BYTES = 350
"""Bytes of Lambda's own log lines for one invocation: START, END and REPORT with the trace id, as text."""

ACCESS_LOG_BYTES = 560
"""Typical bytes of one line in an API's access log."""

BUS_ENVELOPE_BYTES = 320
"""Bytes that EventBridge adds to an event: id, account, region, resources, and the names of the JSON members."""

STORED_LOG_SHARE = Decimal("0.15")
"""Share of a log's bytes that remains after compression. AWS's price calculator assumes the same share."""

ITEM_OVERHEAD_BYTES = 100
"""Bytes that DynamoDB adds to each stored item (AWS page "DynamoDB item sizes and formats")."""

LEAST_MOVED_BYTES = 128 * 1024
"""Size from which S3 moves an object to Glacier, if the bucket has S3's default minimum."""

GLACIER_INDEX_BYTES, GLACIER_STANDARD_BYTES = 32 * 1024, 8 * 1024
"""Bytes that AWS bills on top of each object in Glacier: the first at Glacier's price, the second at S3 Standard's."""


class Load(NamedTuple):
    """The events that a stack gets in a month.

    Attributes:
        events: number of events, spread evenly over the month.
        payload_bytes: size of each event's body.
        sizes: bytes of each event in tables and messages.
        batch: number of events in a batch of processing and of the router; 1 to 10.
    """

    events: int
    payload_bytes: int
    sizes: Sizes
    batch: int


_RECORD = frozenset(("ingestion", "validator"))


def monthly_usage(plan: Plan, load: Load, measurements: Measurements) -> dict[str, Decimal]:
    """Return the AWS usage of a stack in a month.

    Args:
        plan: the resources of the stack.
        load: the events of the month.
        measurements: measurements of the functions.

    Returns:
        Name of a price → number of billed units. They include what a stack uses even if it gets no events.

    Raises:
        UserError: if prices.json has no price for a measured call.
    """
    used = fixed_usage(plan, load.events, measurements)
    for line, quantity in _of_events(plan, load, measurements):
        used[line] = used.get(line, Decimal(0)) + quantity
    return used


def _of_events(plan: Plan, load: Load, measurements: Measurements) -> Iterator[Entry]:
    yield from _of_entry(plan, load)
    for step in steps(plan, load.batch):
        yield from _of_step(plan, load, step, measurements)
    if plan.providers:
        yield from _of_deliveries(plan, load)
        yield from _of_archive(plan, load)


def _of_entry(plan: Plan, load: Load) -> Iterator[Entry]:
    """Yield the usage of the API requests: requests, traces and access logs."""
    events = Decimal(load.events)
    yield "api_requests", events
    yield "traces", api_traces(plan, events)
    if plan.access_log_days is not None:
        yield from _logs(events * ACCESS_LOG_BYTES / GB, plan.access_log_days)


def _of_step(plan: Plan, load: Load, step: FlowStep, measurements: Measurements) -> Iterator[Entry]:
    """Yield the usage of one function: invocations, log lines, AWS calls and stored items."""
    function, work = plan.functions[step.function], measurements.work[step.function]
    invocations = load.events * step.per_event
    memory_gb = Decimal(function.memory_mb) / 1024
    yield "lambda_requests", invocations
    yield "lambda_duration", invocations * billed_ms(step, work, function.memory_mb) / 1000 * memory_gb
    yield from _logs(invocations * (work.log_bytes + PLATFORM_LOG_BYTES) / GB, function.log_days)
    for line, units in usage_of_calls(step, work, load.sizes):
        yield line, invocations * units
    yield "traces", function_traces(plan, step.function, invocations)
    if step.function in _RECORD:
        yield from _stored_items(plan, load, step.function)


def _of_deliveries(plan: Plan, load: Load) -> Iterator[Entry]:
    """Yield the usage after ingestion: the calls that receive messages, the aliases, and the stored bus events."""
    published = load.events * (load.sizes.bus_event + BUS_ENVELOPE_BYTES) / GB
    received = units_of(load.batch * load.sizes.delivery, CHUNK_BYTES)
    yield "sqs_fifo", Decimal(load.events) / load.batch * (received + 1)  # + 1: the call that deletes the messages
    yield "dynamodb_reads", load.events * load.sizes.aliases
    yield "dynamodb_writes", load.events * load.sizes.aliases
    if plan.consumer_log_days is not None:
        yield from _logs(published, plan.consumer_log_days)
    if plan.bus_archive_days:
        yield "eventbridge_archiving", published
        yield "eventbridge_archive", published * plan.bus_archive_days / MONTH_DAYS


def _of_archive(plan: Plan, load: Load) -> Iterator[Entry]:
    """Yield the usage of the archive: bodies in S3 Standard, moves to Glacier, and the bodies in Glacier.

    Objects that stay in their storage class for good count with the growth of one month.
    """
    bodies = Decimal(load.events * load.payload_bytes)
    if not plan.moves_small_objects and load.payload_bytes < LEAST_MOVED_BYTES:
        yield "s3_storage", bodies / GB
        return
    standard = bodies * plan.glacier_after_days / MONTH_DAYS
    yield "s3_storage", (standard + load.events * GLACIER_STANDARD_BYTES) / GB
    yield "s3_transitions", Decimal(load.events)
    yield "s3_glacier", (bodies + load.events * GLACIER_INDEX_BYTES) / GB


def _stored_items(plan: Plan, load: Load, function: str) -> Iterator[Entry]:
    """Yield the storage of the items that a function writes and that have not expired.

    Items that never expire count with the growth of one month.
    """
    size = item_bytes(function, load.sizes) + ITEM_OVERHEAD_BYTES
    untimed_days = plan.untimed_expiry_days(function) or MONTH_DAYS
    timed_days = MONTH_DAYS if function == "validator" and plan.forwards else plan.expiry_days(function)
    days = load.sizes.untimed * untimed_days + (1 - load.sizes.untimed) * timed_days
    stored = load.events * size * days / MONTH_DAYS / GB
    yield "dynamodb_storage", stored
    if plan.recoverable_tables:
        yield "dynamodb_recovery", stored


def _logs(gigabytes: Decimal, days: int) -> Iterator[Entry]:
    yield "logs_ingestion", gigabytes
    yield "logs_storage", gigabytes * STORED_LOG_SHARE * days / MONTH_DAYS

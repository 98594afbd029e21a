"""The way of one event through a stack: which functions run for it, how often, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from hookline.operate.estimates.measurements import Measurements, Work
from hookline.operate.estimates.plan import Plan

MB_OF_A_CORE = 1769
"""MiB of memory with which a function has one whole core ("Configure Lambda function memory")."""

COLD_SHARE = Decimal("0.01")
"""Share of invocations that start a new environment: AWS says that cold starts are typically under 1 %."""

WAITING_MS: Mapping[str, Decimal] = {"dynamodb": Decimal(5), "sqs": Decimal(10)}
"""How long a function waits for one call of a service, in ms: assumed, not measured; the metric `LatencyMs` tells."""

OTHER_WAITING_MS = Decimal(25)
"""The same for any other service: S3, EventBridge."""

MAX_BATCH = 10
"""Most messages of a FIFO queue that a function gets at once."""

_MS_PER_SECOND = 1000
_US_PER_MS = 1000


class FlowStep(NamedTuple):
    """One function in the way of an event.

    Attributes:
        function: its module's name.
        records: how many records each invocation has.
        calls_events_singly: whether it publishes events one by one, to keep their order.
        synchronous: whether what invokes it waits for it.
    """

    function: str
    records: int
    calls_events_singly: bool = False
    synchronous: bool = True

    @property
    def per_event(self) -> Decimal:
        """Invocations for one event."""
        return 1 / Decimal(self.records)

    def calls(self, work: Work) -> dict[str, Decimal]:
        """Calls of one invocation."""
        calls = work.calls_for(self.records)
        if self.calls_events_singly and "events:PutEvents" in calls:
            calls["events:PutEvents"] = Decimal(self.records)
        return calls


def steps(plan: Plan, queue_batch: int, stream_batch: int | None = None) -> list[FlowStep]:
    """The functions that run for an event that arrives at the plan's entry, in their order.

    Args:
        plan: of the stack.
        queue_batch: messages that processing gets at once.
        stream_batch: records that the router gets at once; as many, if None.
    """
    found: list[FlowStep] = []
    if plan.providers:
        found.append(FlowStep("ingestion", 1))
        found.append(FlowStep("processing", queue_batch, calls_events_singly=plan.ordering == "provider"))
    if plan.forwards or not plan.providers:
        found.append(FlowStep("validator", 1, synchronous=not plan.forwards))
        found.append(FlowStep("router", stream_batch or queue_batch))
    return found


def warm_ms(step: FlowStep, work: Work, memory_mb: int) -> Decimal:
    """How long one warm invocation takes, in ms: its processor time at its share of a core, and waiting.

    Args:
        step: in the way of an event.
        work: what its function needs.
        memory_mb: in MiB.
    """
    cpu = work.warm_cpu_us * step.records / _US_PER_MS * MB_OF_A_CORE / min(memory_mb, MB_OF_A_CORE)
    waiting = sum(
        (count * WAITING_MS.get(_service(call), OTHER_WAITING_MS) for call, count in step.calls(work).items()),
        Decimal(0),
    )
    return cpu + waiting


def billed_ms(step: FlowStep, work: Work, memory_mb: int) -> Decimal:
    """What is billed for one invocation on average, in ms: whole ms, and a cold start now and then.

    A start has a whole core, which Lambda gives it while it initialises; so this flatters whatever starts slowly.
    """
    warm = warm_ms(step, work, memory_mb).to_integral_value(ROUND_CEILING)
    return warm + COLD_SHARE * work.cold_cpu_ms.to_integral_value(ROUND_CEILING)


def concurrency(step: FlowStep, measurements: Measurements, memory_mb: int, rate: Decimal) -> Decimal:
    """How many executions of hookline's function are at work at a time.

    Args:
        step: in the way of an event.
        measurements: of its function.
        memory_mb: in MiB.
        rate: events a second.
    """
    milliseconds = warm_ms(step, measurements.of("hookline", step.function), memory_mb)
    return rate * step.per_event * milliseconds / _MS_PER_SECOND


def _service(call: str) -> str:
    """`sqs`, of `sqs:SendMessageBatch`."""
    return call.partition(":")[0]

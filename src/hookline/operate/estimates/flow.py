"""The path of one event through a stack: which functions run for it, how often, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from hookline.operate.estimates.measurements import Measurements, Work
from hookline.operate.estimates.plan import Plan

MB_OF_A_CORE = 1769
"""MiB of memory at which a function has one full core (AWS page "Configure Lambda function memory")."""

COLD_SHARE = Decimal("0.01")
"""Assumed share of invocations that are cold starts. AWS says that the share is typically under 1 %."""

WAITING_MS: Mapping[str, Decimal] = {"dynamodb": Decimal(5), "sqs": Decimal(10)}
"""Service → assumed waiting time for one call, in ms. The metric `LatencyMs` of a real stack shows the latency."""

OTHER_WAITING_MS = Decimal(25)
"""Assumed waiting time for one call of any other service, such as S3 or EventBridge, in ms."""

MAX_BATCH = 10
"""Maximum number of messages that Lambda receives from a FIFO queue in one batch."""

_MS_PER_SECOND = 1000
_US_PER_MS = 1000


class FlowStep(NamedTuple):
    """One function on the path of an event through a stack.

    Attributes:
        function: name of the function, such as `router`.
        records: number of records in each invocation.
        synchronous: True if the caller waits for the answer of the function.
    """

    function: str
    records: int
    synchronous: bool = True

    @property
    def per_event(self) -> Decimal:
        """Number of invocations for one event: less than 1 if an invocation gets several records."""
        return 1 / Decimal(self.records)

    def calls(self, work: Work) -> dict[str, Decimal]:
        """Return the AWS calls of one invocation with `records` records, as `service:Operation` → number."""
        return work.calls_for(self.records)


def steps(plan: Plan, queue_batch: int, stream_batch: int | None = None) -> list[FlowStep]:
    """Return the functions on the path of an event through a stack, in the order in which they run.

    Args:
        plan: the resources of the stack.
        queue_batch: number of messages in a batch of processing.
        stream_batch: number of records in a batch of the router; None for the same number as `queue_batch`.
    """
    found: list[FlowStep] = []
    if plan.providers:
        found.append(FlowStep("ingestion", 1))
        found.append(FlowStep("processing", queue_batch))
    if plan.forwards or not plan.providers:
        found.append(FlowStep("validator", 1, synchronous=not plan.forwards))
        found.append(FlowStep("router", stream_batch or queue_batch))
    return found


def warm_ms(step: FlowStep, work: Work, memory_mb: int) -> Decimal:
    """Return the duration of one invocation without a cold start, in ms: CPU time, and waiting time for AWS calls.

    A function with little memory has only a share of a core, so its CPU work takes longer.

    Args:
        step: the function.
        work: the measured work of the function.
        memory_mb: memory of the function in MiB.
    """
    cpu = work.warm_cpu_us * step.records / _US_PER_MS * MB_OF_A_CORE / min(memory_mb, MB_OF_A_CORE)
    waiting = sum(
        (count * WAITING_MS.get(_service(call), OTHER_WAITING_MS) for call, count in step.calls(work).items()),
        Decimal(0),
    )
    return cpu + waiting


def billed_ms(step: FlowStep, work: Work, memory_mb: int) -> Decimal:
    """Return the average billed duration of one invocation in ms. The average includes the time of cold starts.

    The calculation assumes that a function has a full core during a cold start. If it has less than a core on AWS, the
    real cold start takes longer and costs more than calculated.
    """
    warm = warm_ms(step, work, memory_mb).to_integral_value(ROUND_CEILING)
    return warm + COLD_SHARE * work.cold_cpu_ms.to_integral_value(ROUND_CEILING)


def concurrency(step: FlowStep, measurements: Measurements, memory_mb: int, rate: Decimal) -> Decimal:
    """Return the average number of concurrent executions of a function at a rate of events.

    Args:
        step: the function.
        measurements: measurements of the functions.
        memory_mb: memory of the function in MiB.
        rate: events a second.
    """
    milliseconds = warm_ms(step, measurements.work[step.function], memory_mb)
    return rate * step.per_event * milliseconds / _MS_PER_SECOND


def _service(call: str) -> str:
    """Return the service of an AWS call, such as `sqs` for `sqs:SendMessageBatch`."""
    return call.partition(":")[0]

"""The limits of a stack in events a second, calculated from its resources, measurements and AWS quotas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from hookline.operate.estimates.call_usage import write_units
from hookline.operate.estimates.capacity import Limit
from hookline.operate.estimates.event_sizes import Sizes
from hookline.operate.estimates.fixed_usage import SECRET_CACHE_SECONDS
from hookline.operate.estimates.flow import FlowStep, steps, warm_ms
from hookline.operate.estimates.measurements import Measurements, Work
from hookline.operate.estimates.plan import Plan
from hookline.operate.estimates.quotas import Quota

HIGHEST = {
    "ingestionReservedConcurrency": 10_000,
    "processingReservedConcurrency": 10_000,
    "providersRateLimit": 1_000_000,
    "routerReservedConcurrency": 10_000,
    "streamParallelism": 10,
    "transactionsRateLimit": 1_000_000,
    "validatorReservedConcurrency": 10_000,
}
"""Name of a setting that limits the rate → the highest value that the setting allows."""


@dataclass(frozen=True)
class Limits:
    """The limits of a stack in events a second, under the assumption that all batches are full.

    Attributes:
        plan: the resources of the stack.
        sizes: the bytes of one event in tables and messages.
        measurements: measurements of the functions.
        quotas: name → quota of AWS.
    """

    plan: Plan
    sizes: Sizes
    measurements: Measurements
    quotas: Mapping[str, Quota]

    def all(self) -> Iterator[Limit]:
        """Yield every limit: of the API, the functions, the tables, the archive, the queue, the bus and the stream."""
        yield from self._api()
        yield from self._functions()
        for step in self._steps.values():
            if step.function in {"ingestion", "validator"}:
                yield from self._table(step)
        if "ingestion" in self._steps:
            yield from self._archive_and_queue()
            yield from self._bus(self._steps["processing"])
        if "router" in self._steps:
            yield self._stream(self._steps["router"])
        yield from self._observation()

    @property
    def _steps(self) -> dict[str, FlowStep]:
        queue_batch = self.plan.batch_size("processing") if self.plan.providers else 1
        stream_batch = self.plan.batch_size("router") if "router" in self.plan.functions else None
        return {step.function: step for step in steps(self.plan, queue_batch, stream_batch)}

    def _api(self) -> Iterator[Limit]:
        throttle = Decimal(self.plan.throttle)
        title, basis = f"throttling of the {self.plan.entry} API's stage", f"{throttle:,} requests/s"
        yield _setting(f"{self.plan.entry}RateLimit", title, throttle, Decimal(1), basis)
        yield self._quota("api_requests", Decimal(1))

    def _functions(self) -> Iterator[Limit]:
        shared: list[FlowStep] = []
        for step in self._steps.values():
            reserved = self.plan.functions[step.function].reserved
            if reserved is None:
                shared.append(step)
            else:
                yield self._reserved(step, reserved)
        if shared:
            yield self._unreserved(shared)
        slowest = max(self._steps.values(), key=self._occupancy)
        yield self._quota("lambda_scaling", self._occupancy(slowest), f": {slowest.function}", lasting=False)

    def _reserved(self, step: FlowStep, reserved: int) -> Limit:
        setting, title = f"{step.function}ReservedConcurrency", f"reserved concurrency of {step.function}"
        basis = f"{reserved:,} at a time, {self._pace(step)}"
        return _setting(setting, title, Decimal(reserved), self._occupancy(step), basis)

    def _unreserved(self, shared: list[FlowStep]) -> Limit:
        """Return the limit of the account's concurrency that the stack's functions have not reserved."""
        taken = sum(function.reserved or 0 for function in self.plan.functions.values())
        occupied = sum((self._occupancy(step) for step in shared), Decimal(0))
        paces = ", ".join(f"{step.function} {self._pace(step)}" for step in shared)
        basis = f"{taken:,} of {self.quotas['lambda_concurrency'].value:,} reserved; {paces}"
        names = " and ".join(step.function for step in shared)
        limit = self._quota("lambda_concurrency", occupied, f", shared by {names}")
        return replace(limit, taken=Decimal(taken), basis=basis)

    def _table(self, step: FlowStep) -> Iterator[Limit]:
        units = write_units(step.function, self.sizes)
        if step.function == "ingestion":
            units += self.sizes.aliases
        table = f": {self.plan.environment(step.function)['TABLE_NAME']}"
        yield self._quota("dynamodb_new", units, table, lasting=False)
        yield self._quota("dynamodb_table", units, table)

    def _archive_and_queue(self) -> Iterator[Limit]:
        yield self._quota("s3_puts", Decimal(1), lasting=False)
        yield self._quota("fifo_queue", Decimal(1))
        step, groups = self._steps["processing"], len(self.plan.providers)
        yield self._quota("sqs_source", step.per_event * self._seconds(step))
        if self.plan.ordering == "provider":
            yield self._quota("fifo_group", Decimal(1) / groups, f", {groups}")
            yield self._in_order(step, groups)

    def _in_order(self, processing: FlowStep, groups: int) -> Limit:
        """Return the limit of `ordering: provider`: processing gets one batch of each message group at a time."""
        per_event = processing.per_event * self._seconds(processing)
        title, basis = "processing, a provider's events in order", f"{groups} provider(s), {self._pace(processing)}"
        return Limit("ordering", title, Decimal(groups), per_event, basis, "set ordering to object", raisable=False)

    def _bus(self, processing: FlowStep) -> Iterator[Limit]:
        calls = processing.calls(self._work(processing)).get("events:PutEvents", Decimal(1))
        yield self._quota("put_events", calls * processing.per_event)
        yield self._quota("rule_invocations", Decimal(max(1, self.plan.rules_of_an_event)))

    def _stream(self, router: FlowStep) -> Limit:
        """Return the limit of the router's stream. The stream has as many shards as a new table has partitions."""
        shards = self.quotas["dynamodb_new"].value // self.quotas["dynamodb_partition"].value
        parallelism = Decimal(self.plan.parallelism("router"))
        per_event = router.per_event * self._seconds(router) / shards
        basis = f"{shards} shards, {parallelism} at a time, {self._pace(router)}"
        title = "stream of a new table, read by router"
        return _setting("streamParallelism", title, parallelism, per_event, basis)

    def _observation(self) -> Iterator[Limit]:
        entry = next(iter(self._steps.values()))
        yield self._quota("secret_reads", self._occupancy(entry) / SECRET_CACHE_SECONDS)
        # Each busy execution environment sends its log lines to CloudWatch Logs about once a second.
        busy = sum((step.per_event * self._seconds(step) for step in self._steps.values()), Decimal(0))
        yield self._quota("log_calls", busy)

    def _quota(self, name: str, per_event: Decimal, detail: str = "", *, lasting: bool = True) -> Limit:
        """Return the limit of an AWS quota, if one event a second uses `per_event` of the quota."""
        quota = self.quotas[name]
        return Limit(
            name=name,
            title=quota.title + detail,
            value=quota.value,
            per_event=per_event,
            basis=f"{quota.value:,} {quota.unit}, {per_event.normalize():.4g} for an event",
            remedy=quota.remedy,
            raisable=quota.adjustable,
            lasting=lasting,
            source=quota.source,
        )

    def _occupancy(self, step: FlowStep) -> Decimal:
        """Return how much of a function's concurrency one event a second uses.

        If the caller waits for the answer, the result is at least a tenth for each invocation, because Lambda allows
        only ten such requests a second for each unit of concurrency.
        """
        at_least = 1 / self.quotas["lambda_requests"].value if step.synchronous else Decimal(0)
        return step.per_event * max(self._seconds(step), at_least)

    def _seconds(self, step: FlowStep) -> Decimal:
        return warm_ms(step, self._work(step), self.plan.functions[step.function].memory_mb) / 1000

    def _pace(self, step: FlowStep) -> str:
        records = f"{step.records} in " if step.records > 1 else ""
        return f"{records}{self._seconds(step) * 1000:,.0f} ms"

    def _work(self, step: FlowStep) -> Work:
        return self.measurements.work[step.function]


def _setting(name: str, title: str, value: Decimal, per_event: Decimal, basis: str) -> Limit:
    """Return the limit of a setting that the user can raise."""
    return Limit(name, title, value, per_event, basis, f"raise {name}", most=HIGHEST[name])

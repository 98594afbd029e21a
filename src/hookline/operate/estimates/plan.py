"""The resources that the Pulumi program declares for a stack. Nothing is deployed to find them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hookline.core import FORWARD_FAILURES
from hookline.core.values.timestamp import expiry_days
from hookline.program.registration import Deployment, Registration

TRANSACTIONS, PROVIDERS = "transactions", "providers"

_FUNCTION = "aws:lambda/function:Function"
_MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
_PROVISIONED = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
_METHOD_SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
_METHOD = "aws:apigateway/method:Method"
_STAGE = "aws:apigateway/stage:Stage"
_LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
_ARCHIVE = "aws:cloudwatch/eventArchive:EventArchive"
_LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
_TABLE = "aws:dynamodb/table:Table"
_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
_RULE = "aws:cloudwatch/eventRule:EventRule"
_QUEUE = "aws:sqs/queue:Queue"


@dataclass(frozen=True)
class FunctionPlan:
    """The properties of one Lambda function that the program declares.

    Attributes:
        memory_mb: memory in MiB.
        reserved: reserved concurrency; None if the function has no reservation.
        provisioned: provisioned concurrency, in execution environments.
        log_days: retention of the function's log group in days.
        active_tracing: True if Lambda starts a trace when the caller made no decision about it.
    """

    memory_mb: int
    reserved: int | None
    provisioned: int
    log_days: int
    active_tracing: bool


@dataclass(frozen=True)
class Plan:
    """The resources that the program declares for a stack.

    Attributes:
        deployment: all resources and outputs of the program.
    """

    deployment: Deployment

    @cached_property
    def functions(self) -> dict[str, FunctionPlan]:
        """Name of a function, such as `validator` → the declared properties of the function."""
        return {_module(resource): self._function(resource) for resource in self.deployment.by_type(_FUNCTION)}

    @property
    def providers(self) -> tuple[str, ...]:
        """The payment providers that have an endpoint. Empty if the stack does not have the providers system."""
        found = self.environment("ingestion").get("PROVIDERS", "")
        return tuple(found.split(",")) if found else ()

    @property
    def ordering(self) -> str:
        """The value of the setting `ordering`: `provider` or `object`."""
        return self.environment("ingestion").get("ORDERING", "object")

    @property
    def forwards(self) -> bool:
        """True if the stack forwards the providers' transactions to the transactions system."""
        return "forward_failures_queue_url" in self.deployment.outputs

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems of the stack: `transactions`, `providers` or both."""
        parts = {TRANSACTIONS: "validator", PROVIDERS: "ingestion"}
        return tuple(system for system, function in parts.items() if function in self.functions)

    @property
    def entry(self) -> str:
        """The system whose API receives the events: `providers` if the stack has it, else `transactions`."""
        return PROVIDERS if self.providers else TRANSACTIONS

    @property
    def throttle(self) -> int:
        """How many requests a second the API that receives the events allows. The API's stage sets this maximum."""
        settings = self.deployment.one(_METHOD_SETTINGS, f"{self.entry}-api-settings")
        return int(settings.inputs["settings"]["throttlingRateLimit"])

    @property
    def detailed_methods(self) -> int:
        """Number of API methods that send detailed CloudWatch metrics. Routes of providers that are off send none."""
        detailed = [
            made.inputs["restApi"]
            for made in self.deployment.by_type(_METHOD_SETTINGS)
            if made.inputs["settings"]["metricsEnabled"]
        ]
        methods = [made.inputs for made in self.deployment.by_type(_METHOD) if made.inputs["authorization"] == "NONE"]
        return len([method for method in methods if method["restApi"] in detailed])

    @property
    def stage(self) -> Registration:
        """The stage of the API that receives the events."""
        return self.deployment.one(_STAGE, self.entry)

    @property
    def access_log_days(self) -> int | None:
        """Days for which the API that receives the events keeps its access log. None if the API has no access log."""
        inputs = self.stage.inputs
        return self._log_days(f"/aws/apigateway/{inputs['restApi']}") if inputs.get("accessLogSettings") else None

    @property
    def consumer_log_days(self) -> int | None:
        """Retention in days of the log group to which the bus delivers the providers' events. None if there is none."""
        if "provider_log_group_name" not in self.deployment.outputs:
            return None
        return self._log_days("/aws/events/")

    @property
    def rules_of_an_event(self) -> int:
        """Largest number of rules on the bus that match one event: for logs, for transactions, and for own targets."""
        own = [rule for rule in self.deployment.by_type(_RULE) if rule.name.startswith("to-")]
        return (self.consumer_log_days is not None) + self.forwards + len(own)

    @property
    def bus_archive_days(self) -> int:
        """Retention of the bus archive in days. 0 if the stack has no bus archive."""
        return sum(int(archive.inputs["retentionDays"]) for archive in self.deployment.by_type(_ARCHIVE))

    @property
    def glacier_after_days(self) -> int:
        """Age in days at which a raw body in the archive moves to Glacier, if S3 moves bodies of its size."""
        return int(self.deployment.one(_LIFECYCLE).inputs["rules"][0]["transitions"][0]["days"])

    @property
    def moves_small_objects(self) -> bool:
        """True if S3 also moves objects that are smaller than 128 KiB to Glacier."""
        return self.deployment.one(_LIFECYCLE).inputs["transitionDefaultMinimumObjectSize"] == "varies_by_storage_class"

    @property
    def recoverable_tables(self) -> int:
        """Number of tables with point-in-time recovery."""
        return len([t for t in self.deployment.by_type(_TABLE) if t.inputs["pointInTimeRecovery"]["enabled"]])

    @property
    def counts_by_provider(self) -> bool:
        """True if ingestion also writes metrics for each provider."""
        return self.environment("ingestion").get("PROVIDER_METRICS") == "true"

    @property
    def alarm_metrics(self) -> int:
        """Number of metrics that the alarms read. AWS bills each metric of an alarm with a metric expression."""
        queries = [alarm.inputs.get("metricQueries", [{"metric": {}}]) for alarm in self.deployment.by_type(_ALARM)]
        return sum("metric" in query for each in queries for query in each)

    @property
    def key_reuse_seconds(self) -> list[int]:
        """Seconds for which SQS reuses a data key, for each queue with a KMS key, without the queues of failures."""
        queues = [queue.inputs for queue in self.deployment.by_type(_QUEUE) if FORWARD_FAILURES not in queue.name]
        used = [queue for queue in queues if {"redrivePolicy", "kmsMasterKeyId"} <= queue.keys()]
        return [int(queue["kmsDataKeyReusePeriodSeconds"]) for queue in used]

    def polled_queues(self, *, fifo: bool) -> int:
        """Return the number of FIFO queues, or of standard queues, that Lambda polls for a function."""
        polled = [mapping.inputs["eventSourceArn"] for mapping in self.deployment.by_type(_MAPPING)]
        queues = self.deployment.by_type(_QUEUE)
        return len([q for q in queues if q.name in polled and q.inputs.get("fifoQueue", False) is fifo])

    def count(self, type_token: str) -> int:
        """Return the number of declared resources of a Pulumi type."""
        return len(self.deployment.by_type(type_token))

    def environment(self, function: str) -> Mapping[str, str]:
        """Return the environment variables of a function; empty if there is no such function."""
        found = [made for made in self.deployment.by_type(_FUNCTION) if _module(made) == function]
        return found[0].inputs["environment"]["variables"] if found else {}

    def expiry_days(self, function: str) -> int:
        """Return the number of days after which the items that a function writes expire, if the time is signed."""
        return int(self.environment(function)["EXPIRY_DAYS"])

    def untimed_expiry_days(self, function: str) -> int | None:
        """Return the number of days after which the items of providers without a signed time expire; None for never."""
        return expiry_days(self.environment(function)["UNTIMED_EXPIRY_DAYS"])

    def batch_size(self, function: str) -> int:
        """Return the maximum number of records that Lambda passes to a function in one batch."""
        return int(self._source(function)["batchSize"])

    def parallelism(self, function: str) -> int:
        """Return the number of batches of one stream shard that a function processes at the same time."""
        return int(self._source(function)["parallelizationFactor"])

    def _source(self, function: str) -> Mapping[str, Any]:
        return self.deployment.one(_MAPPING, function).inputs

    def _function(self, resource: Registration) -> FunctionPlan:
        warm = [p.inputs for p in self.deployment.by_type(_PROVISIONED)]
        name = resource.inputs["name"]
        reserved = resource.inputs.get("reservedConcurrentExecutions")
        return FunctionPlan(
            memory_mb=int(resource.inputs["memorySize"]),
            reserved=None if reserved is None else int(reserved),
            provisioned=sum(int(p["provisionedConcurrentExecutions"]) for p in warm if p["functionName"] == name),
            log_days=self._log_days(f"/aws/lambda/{name}"),
            active_tracing=resource.inputs["tracingConfig"]["mode"] == "Active",
        )

    def _log_days(self, name: str) -> int:
        groups = self.deployment.by_type(_LOG_GROUP)
        return next(int(group.inputs["retentionInDays"]) for group in groups if group.inputs["name"].startswith(name))


def _module(function: Registration) -> str:
    """Return the name of a function, such as `validator` for the handler `hookline.functions.validator.handler`."""
    return function.inputs["handler"].split(".")[-2]

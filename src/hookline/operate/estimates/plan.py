"""A stack on paper: what the program declares for its settings, with nothing made anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

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
_QUEUE = "aws:sqs/queue:Queue"


@dataclass(frozen=True)
class FunctionPlan:
    """What a stack declares of one of its functions.

    Attributes:
        memory_mb: in MiB.
        reserved: concurrent executions reserved for it; None reserves none.
        provisioned: instances kept warm.
        log_days: days for which its log is kept.
    """

    memory_mb: int
    reserved: int | None
    provisioned: int
    log_days: int


@dataclass(frozen=True)
class Plan:
    """What a stack declares.

    Attributes:
        deployment: every resource of the program.
    """

    deployment: Deployment

    @cached_property
    def functions(self) -> dict[str, FunctionPlan]:
        """Module of a function, such as `validator` → what is declared of it."""
        return {_module(resource): self._function(resource) for resource in self.deployment.by_type(_FUNCTION)}

    @property
    def providers(self) -> tuple[str, ...]:
        """The payment providers that have an endpoint; none without the providers system."""
        found = self.environment("ingestion").get("PROVIDERS", "")
        return tuple(found.split(",")) if found else ()

    @property
    def ordering(self) -> str:
        """What is kept in order: `provider` or `object`."""
        return self.environment("ingestion").get("ORDERING", "object")

    @property
    def forwards(self) -> bool:
        """Whether the providers' transactions go on into the transactions system."""
        return "forward_failures_queue_url" in self.deployment.outputs

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems that the stack has."""
        parts = {TRANSACTIONS: "validator", PROVIDERS: "ingestion"}
        return tuple(system for system, function in parts.items() if function in self.functions)

    @property
    def entry(self) -> str:
        """The system whose API an event comes to: the providers' if there is one."""
        return PROVIDERS if self.providers else TRANSACTIONS

    @property
    def throttle(self) -> int:
        """Requests a second that the stage of the entry's API lets through."""
        settings = self.deployment.one(_METHOD_SETTINGS, self.entry)
        return int(settings.inputs["settings"]["throttlingRateLimit"])

    @property
    def detailed_methods(self) -> int:
        """Methods of APIs that send CloudWatch metrics of their own."""
        detailed = [
            made.inputs["restApi"]
            for made in self.deployment.by_type(_METHOD_SETTINGS)
            if made.inputs["settings"]["metricsEnabled"]
        ]
        return len([method for method in self.deployment.by_type(_METHOD) if method.inputs["restApi"] in detailed])

    @property
    def access_log_days(self) -> int | None:
        """Days for which the entry API's access log is kept; None if none is written."""
        stage = self.deployment.one(_STAGE, self.entry)
        if not stage.inputs.get("accessLogSettings"):
            return None
        return self._log_days(f"/aws/apigateway/{stage.inputs['restApi']}")

    @property
    def consumer_log_days(self) -> int:
        """Days for which the log group that every provider's rule writes to keeps its events."""
        return self._log_days("/aws/events/")

    @property
    def bus_archive_days(self) -> int:
        """Days for which the bus keeps events for a replay; 0 keeps none."""
        return sum(int(archive.inputs["retentionDays"]) for archive in self.deployment.by_type(_ARCHIVE))

    @property
    def glacier_after_days(self) -> int:
        """Age in days at which a raw body moves to Glacier."""
        return int(self.deployment.one(_LIFECYCLE).inputs["rules"][0]["transitions"][0]["days"])

    @property
    def recoverable_tables(self) -> int:
        """Tables with point-in-time recovery."""
        return len([t for t in self.deployment.by_type(_TABLE) if t.inputs["pointInTimeRecovery"]["enabled"]])

    @property
    def kms_queues(self) -> int:
        """Queues in an event's way that are encrypted with a KMS key: those that have dead letters."""
        queues = self.deployment.by_type(_QUEUE)
        return len([queue for queue in queues if {"redrivePolicy", "kmsMasterKeyId"} <= queue.inputs.keys()])

    def count(self, type_token: str) -> int:
        """How many resources of a type there are."""
        return len(self.deployment.by_type(type_token))

    def environment(self, function: str) -> Mapping[str, str]:
        """The environment variables of a function; none if there is no such function."""
        found = [made for made in self.deployment.by_type(_FUNCTION) if _module(made) == function]
        return found[0].inputs["environment"]["variables"] if found else {}

    def expiry_days(self, function: str) -> int:
        """Days for which what a function records is remembered."""
        return int(self.environment(function)["EXPIRY_DAYS"])

    def batch_size(self, function: str) -> int:
        """Most records that a queue or a stream hands to a function at once."""
        return int(self._source(function)["batchSize"])

    def parallelism(self, function: str) -> int:
        """Batches of one stream shard that a function handles at a time."""
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
        )

    def _log_days(self, name: str) -> int:
        groups = self.deployment.by_type(_LOG_GROUP)
        return next(int(group.inputs["retentionInDays"]) for group in groups if group.inputs["name"].startswith(name))


def _module(function: Registration) -> str:
    """`validator`, of the handler `hookline.functions.validator.handler`."""
    return function.inputs["handler"].split(".")[-2]

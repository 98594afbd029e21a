"""The transactions pipeline: API → validator → table ═stream═► router → a queue per transaction type."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from hookline.infra.alarms import Metric, alarm_above
from hookline.infra.archive import function_archive
from hookline.infra.dashboard import Dashboard, DashboardArgs
from hookline.infra.function import Function, FunctionArgs
from hookline.infra.policy import Statement
from hookline.infra.queues import DeadLetters, DeadLettersArgs, QueueWithDeadLetters, QueueWithDeadLettersArgs
from hookline.infra.rest_api import RestApi, RestApiArgs
from hookline.infra.settings import TransactionsSettings
from hookline.infra.table import TableWithStream, TableWithStreamArgs
from hookline.infra.transaction_dashboard import FlowNames, transaction_columns
from hookline.infra.transaction_model import TRANSACTION_SCHEMA

SERVICE = "transactions"
QUEUES = ("payments", "refunds", "disputes")
VALIDATOR_TIMEOUT = 10
ROUTER_TIMEOUT = 30
# Ten attempts outlast a brief outage of SQS; six hours leave eighteen, of the stream's twenty-four, to look at a
# failed record, for the failure queue only gets its place in the stream.
STREAM_ATTEMPTS = 10
STREAM_RECORD_AGE_SECONDS = 6 * 60 * 60


@dataclass(frozen=True)
class TransactionPipelineArgs:
    """What a `TransactionPipeline` is made from.

    Attributes:
        settings: what can be set.
    """

    settings: TransactionsSettings


class TransactionPipeline(pulumi.ComponentResource):
    """Everything from `POST /webhook` to the payments, refunds and disputes queues.

    Attributes:
        api: the REST API.
        validator: the function behind it.
        table: the events that were accepted; its stream feeds the router.
        router: the function that sends each event to its queue.
        queues: payments, refunds, disputes → queue with dead letters.
        failures: what the router could not handle.
        secret: the signing secrets; made without a value.
        outputs: what a stack exports.
    """

    def __init__(
        self, name: str, args: TransactionPipelineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Makes the pipeline `{name}-{suffix}`."""
        self._settings = args.settings
        self._suffix = args.settings.environment_suffix
        super().__init__("hookline:transactions:TransactionPipeline", f"{name}-{self._suffix}", None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self.secret = self._make_secret(f"{name}-signing-secret-{self._suffix}")
        self.table = TableWithStream(
            "transaction-events", TableWithStreamArgs(suffix=self._suffix, hash_key="event_id"), self._child
        )
        self.queues = {queue: self._make_queue(queue) for queue in QUEUES}
        self.failures = self._make_failures()
        self.validator = self._make_validator()
        self.router = self._make_router()
        self._connect_stream()
        self.api = self._make_api(name)
        self.dashboard = self._make_dashboard(name)
        self._make_alarms(name)
        self.outputs = self._outputs()
        self.register_outputs(self.outputs)

    def _make_secret(self, name: str) -> aws.secretsmanager.Secret:
        return aws.secretsmanager.Secret(
            name,
            name=name,
            description='Signing secrets of webhook senders, by source: {"transactions": ["whsec_…"]}',
            recovery_window_in_days=0,
            opts=self._child,
        )

    def _make_queue(self, name: str) -> QueueWithDeadLetters:
        args = QueueWithDeadLettersArgs(suffix=self._suffix, alarm_topic_arn=self._settings.alarm_topic_arn)
        return QueueWithDeadLetters(name, args, self._child)

    def _make_failures(self) -> DeadLetters:
        args = DeadLettersArgs(
            suffix=self._suffix,
            description="The router gave up on records of the stream: read them within a day, while the stream has them.",
            alarm_topic_arn=self._settings.alarm_topic_arn,
        )
        return DeadLetters("router-failures-queue", args, self._child)

    def _make_validator(self) -> Function:
        settings = self._settings
        args = FunctionArgs(
            suffix=self._suffix,
            description="Validates a transaction event and records it once",
            handler="hookline.functions.validator.handler",
            code=function_archive(),
            timeout=VALIDATOR_TIMEOUT,
            reserved_concurrency=settings.validator_reserved_concurrency,
            provisioned_concurrency=settings.provisioned_concurrency,
            environment={
                **self._common_environment(),
                "TABLE_NAME": self.table.table.name,
                "EXPIRY_DAYS": str(settings.expiry_days),
                "ALLOW_UNSIGNED": str(settings.allow_unsigned).lower(),
                "SIGNING_SECRET_ARN": self.secret.arn,
            },
            statements=[
                Statement("RecordEvents", ("dynamodb:PutItem",), (self.table.table.arn,)),
                Statement("ReadSigningSecret", ("secretsmanager:GetSecretValue",), (self.secret.arn,)),
            ],
            alarm_topic_arn=settings.alarm_topic_arn,
        )
        return Function("validator", args, self._child)

    def _make_router(self) -> Function:
        queues = {name: queue.queue for name, queue in self.queues.items()}
        stream_actions = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
        args = FunctionArgs(
            suffix=self._suffix,
            description="Sends each recorded event to the queue of its transaction type",
            handler="hookline.functions.router.handler",
            code=function_archive(),
            timeout=ROUTER_TIMEOUT,
            reserved_concurrency=self._settings.router_reserved_concurrency,
            environment={
                **self._common_environment(),
                **{f"{name.upper()}_QUEUE_URL": queue.url for name, queue in queues.items()},
            },
            statements=[
                Statement(
                    "ReadStream",
                    [f"dynamodb:{action}" for action in stream_actions],
                    (self.table.table.stream_arn,),
                ),
                Statement(
                    "SendEvents",
                    ("sqs:SendMessage",),
                    [*(queue.arn for queue in queues.values()), self.failures.queue.arn],
                ),
            ],
            alarm_topic_arn=self._settings.alarm_topic_arn,
        )
        return Function("router", args, self._child)

    def _common_environment(self) -> dict[str, pulumi.Input[str]]:
        return {"SERVICE": SERVICE, "ENVIRONMENT": self._suffix}

    def _connect_stream(self) -> None:
        lambda_ = aws.lambda_
        pattern = json.dumps({"eventName": ["INSERT"]})
        lambda_.EventSourceMapping(
            f"router-stream-{self._suffix}",
            event_source_arn=self.table.table.stream_arn,
            function_name=self.router.arn,
            starting_position="TRIM_HORIZON",
            batch_size=100,
            maximum_batching_window_in_seconds=0,
            parallelization_factor=self._settings.stream_parallelism,
            filter_criteria=lambda_.EventSourceMappingFilterCriteriaArgs(
                filters=[lambda_.EventSourceMappingFilterCriteriaFilterArgs(pattern=pattern)]
            ),
            function_response_types=["ReportBatchItemFailures"],
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=STREAM_ATTEMPTS,
            maximum_record_age_in_seconds=STREAM_RECORD_AGE_SECONDS,
            destination_config=lambda_.EventSourceMappingDestinationConfigArgs(
                on_failure=lambda_.EventSourceMappingDestinationConfigOnFailureArgs(
                    destination_arn=self.failures.queue.arn
                )
            ),
            opts=self._child,
        )

    def _make_api(self, name: str) -> RestApi:
        args = RestApiArgs(
            suffix=self._suffix,
            description="Receives transaction events",
            path="webhook",
            function=self.validator,
            model_name="TransactionEvent",
            schema=TRANSACTION_SCHEMA,
            access_logs=self._settings.api_gateway_logging == "account",
            alarm_topic_arn=self._settings.alarm_topic_arn,
        )
        return RestApi(f"{name}-api", args, self._child)

    def _make_dashboard(self, name: str) -> Dashboard:
        names = FlowNames(
            api=self.api.api_name,
            stage=self.api.stage_name,
            validator=f"validator-{self._suffix}",
            table=self.table.table_name,
            router=f"router-{self._suffix}",
            queues=[queue.queue_name for queue in self.queues.values()],
            dead_letters=[
                *(queue.dead_letters.queue_name for queue in self.queues.values()),
                self.failures.queue_name,
            ],
        )
        return Dashboard(
            name, DashboardArgs(suffix=self._suffix, columns=transaction_columns(names)), self._child
        )

    def _make_alarms(self, name: str) -> None:
        topic = self._settings.alarm_topic_arn
        alarm_above(
            f"router-iterator-age-{self._suffix}",
            Metric("AWS/Lambda", "IteratorAge", {"FunctionName": self.router.name}, "Maximum"),
            "Accepted events have waited for the router for more than a minute, five minutes long.",
            self,
            topic_arn=topic,
            threshold=60_000,
            minutes=5,
        )
        alarm_above(
            f"{name}-conflict-{self._suffix}",
            Metric("hookline", "Conflict", {"Service": SERVICE, "Environment": self._suffix}),
            "A sender used the id of an accepted event for another event: the second one was refused.",
            self,
            topic_arn=topic,
        )

    def _outputs(self) -> dict[str, pulumi.Input[str | bool]]:
        return {
            "webhook_url": self.api.url,
            "validator_arn": self.validator.arn,
            "router_arn": self.router.arn,
            "validator_name": self.validator.name,
            "router_name": self.router.name,
            **{f"{name}_queue_url": queue.queue.url for name, queue in self.queues.items()},
            **{f"{name}_dlq_url": queue.dead_letters.queue.url for name, queue in self.queues.items()},
            "router_failures_queue_url": self.failures.queue.url,
            "table_name": self.table.table.name,
            "signing_secret_arn": self.secret.arn,
            "dashboard_name": self.dashboard.dashboard.dashboard_name,
            "allow_unsigned": self._settings.allow_unsigned,
        }

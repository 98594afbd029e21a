"""The transactions pipeline: API → validator → table ═stream═► router → a queue per transaction type."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from hookline.core import QUEUES
from hookline.infra.api_gateway.definition import Model, Route
from hookline.infra.api_gateway.rest_api import RestApi, RestApiArgs
from hookline.infra.parts.alarms import Metric, Threshold, conflict, make_alarm
from hookline.infra.parts.dashboard import Dashboard, DashboardArgs
from hookline.infra.parts.queues import DeadLetters, DeadLettersArgs, QueueWithDeadLetters, QueueWithDeadLettersArgs
from hookline.infra.parts.table import TableArgs, TableWithStream
from hookline.infra.settings.transactions import TransactionsSettings
from hookline.infra.transactions.dashboard import FlowNames, transaction_columns
from hookline.infra.transactions.functions import SERVICE, connect_stream, make_router, make_validator
from hookline.infra.transactions.model import TRANSACTION_SCHEMA


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

    def __init__(self, name: str, args: TransactionPipelineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Makes the pipeline `{name}-{suffix}`."""
        self._settings = args.settings
        self._suffix = args.settings.environment_suffix
        super().__init__("hookline:transactions:TransactionPipeline", f"{name}-{self._suffix}", None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self.secret = self._make_secret(f"{name}-signing-secret-{self._suffix}")
        self.table = TableWithStream(
            "transaction-events", TableArgs(suffix=self._suffix, hash_key="event_id"), self._child
        )
        self.queues = {queue: self._make_queue(queue) for queue in QUEUES.values()}
        self.failures = self._make_failures()
        table, failures = self.table.table, self.failures.queue
        queues = {queue: parts.queue for queue, parts in self.queues.items()}
        self.validator = make_validator(self._settings, table, self.secret, self._child)
        self.router = make_router(self._settings, table, queues, failures, self._child)
        connect_stream(self._settings, table, self.router, failures, self._child)
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
            description="The router gave up on records of the stream: read them within a day.",
            alarm_topic_arn=self._settings.alarm_topic_arn,
        )
        return DeadLetters("router-failures-queue", args, self._child)

    def _make_api(self, name: str) -> RestApi:
        args = RestApiArgs(
            suffix=self._suffix,
            description="Receives transaction events",
            routes=[Route("webhook", model=Model("TransactionEvent", TRANSACTION_SCHEMA))],
            function=self.validator,
            access_logs=self._settings.api_gateway_logging == "account",
            alarm_topic_arn=self._settings.alarm_topic_arn,
        )
        return RestApi(f"{name}-api", args, self._child)

    def _make_dashboard(self, name: str) -> Dashboard:
        queues = self.queues.values()
        names = FlowNames(
            api=self.api.api_name,
            stage=self.api.stage_name,
            validator=f"validator-{self._suffix}",
            table=self.table.table_name,
            router=f"router-{self._suffix}",
            queues=[queue.queue_name for queue in queues],
            dead_letters=[*(queue.dead_letters.queue_name for queue in queues), self.failures.queue_name],
        )
        args = DashboardArgs(suffix=self._suffix, columns=transaction_columns(names))
        return Dashboard(name, args, self._child)

    def _make_alarms(self, name: str) -> None:
        waiting = Threshold(
            Metric("AWS/Lambda", "IteratorAge", {"FunctionName": self.router.name}, "Maximum"),
            "For five minutes, accepted events have waited for the router for more than a minute.",
            above=60_000,
            minutes=5,
        )
        topic = self._settings.alarm_topic_arn
        make_alarm(f"router-iterator-age-{self._suffix}", waiting, topic, self)
        make_alarm(f"{name}-conflict-{self._suffix}", conflict(SERVICE, self._suffix), topic, self)

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

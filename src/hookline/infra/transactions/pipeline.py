"""The transactions pipeline: API → validator → table ═stream═► router → a queue per transaction type."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from hookline.core import QUEUES
from hookline.infra.api_gateway.definition import Model, Route
from hookline.infra.api_gateway.rest_api import RestApi, RestApiArgs
from hookline.infra.monitoring.alarms import make_alarm
from hookline.infra.monitoring.counted_alarms import counted
from hookline.infra.monitoring.dashboard_parts import View
from hookline.infra.parts.names import Names
from hookline.infra.parts.queues import DeadLetters, DeadLettersArgs, QueueWithDeadLetters, QueueWithDeadLettersArgs
from hookline.infra.parts.table import TableArgs, TableWithStream
from hookline.infra.settings.common import RECOVERY_DAYS
from hookline.infra.settings.transactions import TransactionsSettings
from hookline.infra.transactions.alarms import backlog_thresholds, router_thresholds
from hookline.infra.transactions.dashboard import FlowNames, transaction_sections
from hookline.infra.transactions.functions import SERVICE, connect_stream, make_router, make_validator
from hookline.infra.transactions.model import TRANSACTION_SCHEMA


@dataclass(frozen=True)
class TransactionPipelineArgs:
    """The arguments of a `TransactionPipeline`.

    Attributes:
        settings: the settings of the transactions system.
        name_prefix: the start of every resource's name; empty for no prefix. Pipelines with the same suffix need
            different prefixes. A prefix has 1 to 10 characters of a-z, 0-9 and inner hyphens. Prefix and suffix
            together have at most 23 characters.
    """

    settings: TransactionsSettings
    name_prefix: str = ""


class TransactionPipeline(pulumi.ComponentResource):
    """The pipeline from `POST /webhook` to the payments, refunds and disputes queues.

    Attributes:
        api: the REST API.
        validator: the function that the API calls.
        table: the table of accepted events. Its stream feeds the router.
        router: the function that sends each event to its queue.
        queues: payments, refunds, disputes → queue with its dead-letter queue.
        failures: the queue of the events that the router could not send.
        view: what a dashboard shows of the pipeline.
        secret: the Secrets Manager secret for the senders' signing secrets. It has no value at first.
        webhook_url: the URL that accepts events by POST.
        queue_urls: payments, refunds, disputes → URL of the queue.
        dead_letter_urls: payments, refunds, disputes → URL of the dead-letter queue.
        signing_secret_arn: the ARN of `secret`.
        outputs: the outputs of the stack, as name → value.
    """

    def __init__(self, name: str, args: TransactionPipelineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the pipeline `{name}-{suffix}`. Raise `ValueError` if the name prefix is not allowed."""
        self._settings = args.settings
        self._names = Names(args.settings.environment_suffix, args.name_prefix)
        super().__init__("hookline:transactions:TransactionPipeline", self._names.full(name), None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self.secret = self._make_secret(self._names.full(f"{name}-signing-secret"))
        self.table = TableWithStream(
            self._names.part("transaction-events"),
            TableArgs(
                suffix=self._names.suffix,
                hash_key="event_id",
                protected=self._settings.protect_data,
                kms_key_arn=self._settings.kms_key_arn,
            ),
            self._child,
        )
        self.queues = {queue: self._make_queue(queue) for queue in QUEUES.values()}
        self.failures = self._make_failures()
        table, failures = self.table.table, self.failures.queue
        queues = {queue: parts.queue for queue, parts in self.queues.items()}
        self.validator = make_validator(self._names, self._settings, table, self.secret, self._child)
        self.router = make_router(self._names, self._settings, table, queues, failures, self._child)
        connect_stream(self._names, self._settings, table, self.router, failures, self._child)
        self.api = self._make_api(name)
        self.view = self._view()
        self._make_alarms(name)
        self.webhook_url: pulumi.Output[str] = self.api.url
        self.queue_urls = {name: parts.queue.url for name, parts in self.queues.items()}
        self.dead_letter_urls = {name: parts.dead_letters.queue.url for name, parts in self.queues.items()}
        self.signing_secret_arn = self.secret.arn
        self.outputs = self._outputs()
        self.register_outputs(self.outputs)

    def _make_secret(self, name: str) -> aws.secretsmanager.Secret:
        return aws.secretsmanager.Secret(
            name,
            name=name,
            description='Signing secrets of webhook senders, by source: {"transactions": ["whsec_…"]}',
            kms_key_id=self._settings.kms_key_arn,
            recovery_window_in_days=RECOVERY_DAYS if self._settings.protect_data else 0,
            opts=self._child,
        )

    def _make_queue(self, name: str) -> QueueWithDeadLetters:
        args = QueueWithDeadLettersArgs(
            suffix=self._names.suffix,
            severity="ticket",
            alarm_topics=self._settings.alarm_topics,
            kms_key_arn=self._settings.kms_key_arn,
        )
        return QueueWithDeadLetters(self._names.part(name), args, self._child)

    def _make_failures(self) -> DeadLetters:
        args = DeadLettersArgs(
            suffix=self._names.suffix,
            description="Events did not reach their queue. Read their records in the stream within 18 hours.",
            section="router-failures-queue-not-empty",
            alarm_topics=self._settings.alarm_topics,
            kms_key_arn=self._settings.kms_key_arn,
        )
        return DeadLetters(self._names.part("router-failures-queue"), args, self._child)

    def _make_api(self, name: str) -> RestApi:
        args = RestApiArgs(
            suffix=self._names.suffix,
            description="Receives transaction events",
            routes=[Route("webhook", model=Model("TransactionEvent", TRANSACTION_SCHEMA))],
            function=self.validator,
            burst_limit=self._settings.transactions_burst_limit,
            rate_limit=self._settings.transactions_rate_limit,
            access_logs=self._settings.api_gateway_logging == "account",
            log_retention_days=self._settings.transaction_log_days,
            alarm_topics=self._settings.alarm_topics,
            web_acl_arn=self._settings.web_acl_arn,
            address=self._settings.address(self._settings.transactions_base_path),
            kms_key_arn=self._settings.kms_key_arn,
            method_metrics=self._settings.method_metrics,
            trace_percent=self._settings.own_trace_percent,
        )
        return RestApi(self._names.part(f"{name}-api"), args, self._child)

    def _view(self) -> View:
        queues = self.queues.values()
        names = FlowNames(
            service=self._names.part(SERVICE),
            suffix=self._names.suffix,
            api=self.api.api_name,
            stage=self.api.stage_name,
            validator=self._names.full("validator"),
            table=self.table.table_name,
            router=self._names.full("router"),
            queues=[queue.queue_name for queue in queues],
            dead_letters=[*(queue.dead_letters.queue_name for queue in queues), self.failures.queue_name],
        )
        return View(transaction_sections(names), [each.log_group.name for each in (self.validator, self.router)])

    def _make_alarms(self, name: str) -> None:
        service, suffix = self._names.part(SERVICE), self._names.suffix
        queues = {queue: parts.queue.name for queue, parts in self.queues.items()}
        thresholds = {
            **router_thresholds(name, self.router.name, service, suffix),
            **backlog_thresholds(queues, self._settings.backlog_hours),
        }
        if self._settings.allow_unsigned is True:
            pulumi.log.warn("hookline:allowUnsigned is true: anybody can send transactions to this endpoint", self)
            thresholds[f"{name}-unsigned"] = counted("Unsigned", "transactions-unsigned", service, suffix)
        for each, threshold in thresholds.items():
            make_alarm(self._names.full(each), threshold, self._settings.alarm_topics, self)

    def _outputs(self) -> dict[str, pulumi.Input[str | int]]:
        return {
            "webhook_url": self.webhook_url,
            "validator_arn": self.validator.arn,
            "router_arn": self.router.arn,
            "validator_name": self.validator.name,
            "router_name": self.router.name,
            **{f"{name}_queue_url": url for name, url in self.queue_urls.items()},
            **{f"{name}_dlq_url": url for name, url in self.dead_letter_urls.items()},
            "router_failures_queue_url": self.failures.queue.url,
            "table_name": self.table.table.name,
            "signing_secret_arn": self.signing_secret_arn,
            "transaction_log_days": self._settings.transaction_log_days,
            "verifiable": self._settings.verifiable,
            "allow_unsigned": self._settings.allow_unsigned,
        }

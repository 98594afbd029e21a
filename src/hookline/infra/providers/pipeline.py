"""The providers pipeline: API → ingestion → archive, table and FIFO queue → processing → bus → consumers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from hookline.core import PROVIDER_NAMES
from hookline.core.providers import registry
from hookline.infra.api_gateway.definition import Route
from hookline.infra.api_gateway.rest_api import RestApi, RestApiArgs
from hookline.infra.data_loss import NEVER
from hookline.infra.monitoring.alarms import make_alarm
from hookline.infra.monitoring.dashboard_parts import View
from hookline.infra.parts.bucket import ArchiveBucket, ArchiveBucketArgs
from hookline.infra.parts.function import Function
from hookline.infra.parts.names import Names
from hookline.infra.parts.queues import QueueWithDeadLetters, QueueWithDeadLettersArgs
from hookline.infra.parts.table import Table, TableArgs
from hookline.infra.providers.alarms import (
    counted_thresholds,
    refused_threshold,
    silence_threshold,
    waiting_threshold,
)
from hookline.infra.providers.dashboard import ProviderFlowNames, provider_sections
from hookline.infra.providers.events import grants_of, make_bus, make_consumer, rule_names
from hookline.infra.providers.forwarding import make_forwarding
from hookline.infra.providers.functions import (
    SERVICE,
    TIMEOUT_SECONDS,
    connect_queue,
    make_ingestion,
    make_processing,
)
from hookline.infra.providers.subscription import Subscription
from hookline.infra.settings.common import RECOVERY_DAYS
from hookline.infra.settings.providers import ProvidersSettings


@dataclass(frozen=True)
class ProviderPipelineArgs:
    """The arguments of a `ProviderPipeline`.

    Attributes:
        settings: the settings of the providers system.
        name_prefix: the start of every resource's name. `TransactionPipelineArgs` describes the allowed prefixes.
        forward_to: the validator that gets the normalised transactions; None for no forwarding.
        targets: name → consumer of yours, in addition to the setting `targets`; for the same name, this one counts.
    """

    settings: ProvidersSettings
    forward_to: Function | None = None
    name_prefix: str = ""
    targets: Mapping[str, Subscription] = field(default_factory=dict[str, Subscription])


class ProviderPipeline(pulumi.ComponentResource):
    """The pipeline from `POST /webhook/{provider}` to the event bus and its consumers.

    Attributes:
        api: the REST API.
        ingestion: the function that the API calls.
        archive: the bucket of the raw bodies.
        table: the table of webhook records.
        queue: the FIFO queue that feeds processing, with its dead-letter queue.
        processing: the function that publishes events.
        bus: the event bus with its rules.
        consumer: the log group of all providers' events; None without it.
        forwarding: the queues of the events that the validator did not record; None without forwarding.
        view: what a dashboard shows of the pipeline.
        secret: the Secrets Manager secret for the providers' signing secrets. It has no value at first.
        api_endpoint: the endpoint of Standard Webhooks senders. The other endpoints are `{api_endpoint}/{provider}`.
        bus_arn: the ARN of the event bus, for your own rules.
        secrets_arn: the ARN of `secret`.
        outputs: the outputs of the stack, as name → value.
    """

    def __init__(self, name: str, args: ProviderPipelineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the pipeline `{name}-{suffix}`. Raise `ValueError` if the name prefix or a target's name is wrong."""
        self._settings, self._forward_to = args.settings, args.forward_to
        self._subscriptions = {**args.settings.subscriptions, **args.targets}
        self._names = Names(args.settings.environment_suffix, args.name_prefix)
        super().__init__("hookline:providers:ProviderPipeline", self._names.full(name), None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self._make_stores()
        self.secret = self._make_secret(self._names.full("provider-secrets"))
        self.api = self._make_api(name)
        self.ingestion = self.api.function
        self.archive.deny_other_writes(self.ingestion.function)
        self.consumer = make_consumer(self._names, self._settings, self._child) if self._settings.log_events else None
        self.bus = make_bus(
            self._names, self._settings, self.consumer, self._forward_to, self._subscriptions, self._child
        )
        queue = self.queue.queue
        self.processing = make_processing(
            self._names, self._settings, archive=self.archive, queue=queue, bus=self.bus.bus, opts=self._child
        )
        connect_queue(self._names, self._settings, queue, self.processing, self._child)
        forward_to = self._forward_to
        self.forwarding = make_forwarding(self._names, self._settings, forward_to, self) if forward_to else None
        self.view = self._view()
        self._make_alarms(name)
        self.api_endpoint = pulumi.Output.concat(self.api.base_url, f"/{registry.path_of(registry.AT_THE_ROOT)}")
        self.bus_arn = self.bus.bus.arn
        self.secrets_arn = self.secret.arn
        self.outputs = self._outputs()
        self.register_outputs(self.outputs)

    def _make_stores(self) -> None:
        self.archive = ArchiveBucket(
            self._names.part("hookline-payloads"),
            ArchiveBucketArgs(
                suffix=self._names.suffix,
                protected=self._settings.protect_data,
                versions=self._settings.archive_versions,
                kms_key_arn=self._settings.kms_key_arn,
                move_small_objects=self._settings.move_small_objects,
                expiry_days=self._settings.archive_expiry_days,
                has_writer=True,
            ),
            self._child,
        )
        self.table = Table(
            self._names.part("provider-webhooks"),
            TableArgs(
                suffix=self._names.suffix,
                hash_key="key",
                protected=self._settings.protect_data,
                kms_key_arn=self._settings.kms_key_arn,
            ),
            self._child,
        )
        queue_args = QueueWithDeadLettersArgs(
            suffix=self._names.suffix,
            consumer_timeout=TIMEOUT_SECONDS,
            section="provider-webhooks-dlq-not-empty",
            alarm_topics=self._settings.alarm_topics,
            fifo=True,
            kms_key_arn=self._settings.kms_key_arn,
        )
        self.queue = QueueWithDeadLetters(self._names.part("provider-webhooks"), queue_args, self._child)

    def _make_secret(self, name: str) -> aws.secretsmanager.Secret:
        return aws.secretsmanager.Secret(
            name,
            name=name,
            description='Secrets of payment providers, by provider: {"stripe": ["whsec_…"], …}',
            kms_key_id=self._settings.kms_key_arn,
            recovery_window_in_days=RECOVERY_DAYS if self._settings.protect_data else 0,
            opts=self._child,
        )

    def _make_api(self, name: str) -> RestApi:
        args = RestApiArgs(
            suffix=self._names.suffix,
            description="Receives the webhooks of payment providers",
            routes=_routes(self._settings),
            function=self._make_ingestion,
            binary_media_types=["*/*"],
            burst_limit=self._settings.providers_burst_limit,
            rate_limit=self._settings.providers_rate_limit,
            access_logs=self._settings.api_gateway_logging == "account",
            log_retention_days=self._settings.provider_log_days,
            alarm_topics=self._settings.alarm_topics,
            web_acl_arn=self._settings.web_acl_arn,
            address=self._settings.address(self._settings.providers_base_path),
            kms_key_arn=self._settings.kms_key_arn,
            method_metrics=self._settings.method_metrics,
            trace_percent=self._settings.own_trace_percent,
        )
        return RestApi(self._names.part(f"{name}-api"), args, self._child)

    def _make_ingestion(self, base_url: pulumi.Output[str]) -> Function:
        own_url = pulumi.Output.concat(base_url, f"/{registry.path_of('square')}")
        self._square_url: pulumi.Input[str] = (
            own_url if self._settings.square_notification_url is None else self._settings.square_notification_url
        )
        return make_ingestion(
            self._names,
            self._settings,
            table=self.table.table,
            archive=self.archive,
            queue=self.queue.queue,
            secret=self.secret,
            square_url=self._square_url,
            opts=self._child,
        )

    def _view(self) -> View:
        dead_letters = [self.queue.dead_letters, self.bus.failures]
        if self.forwarding:
            dead_letters += [self.forwarding.failures, self.forwarding.dead_letters]
        names = ProviderFlowNames(
            service=self._names.part(SERVICE),
            suffix=self._names.suffix,
            api=self.api.api_name,
            stage=self.api.stage_name,
            ingestion=self._names.full("ingestion"),
            table=self.table.table_name,
            queue=self.queue.queue_name,
            processing=self._names.full("processing"),
            bus=self.bus.bus_name,
            rules=rule_names(self._names, self.bus),
            dead_letters=[queue.queue_name for queue in dead_letters],
        )
        return View(provider_sections(names), [each.log_group.name for each in (self.ingestion, self.processing)])

    def _make_alarms(self, name: str) -> None:
        settings, service, suffix = self._settings, self._names.part(SERVICE), self._names.suffix
        thresholds = {"provider-webhooks-waiting": waiting_threshold(self.queue.queue.name)}
        for each, threshold in counted_thresholds(settings, service).items():
            thresholds[f"{name}-{each}"] = threshold
        for provider in settings.providers if settings.provider_alarms else ():
            thresholds[f"{provider}-refused"] = refused_threshold(provider, service, suffix)
        for provider, hours in (settings.provider_silence_hours or {}).items():
            rule = self.bus.rules[self._names.part(provider)].name
            thresholds[f"{provider}-silent"] = silence_threshold(provider, hours, self.bus.bus.name, rule)
        for each, threshold in thresholds.items():
            make_alarm(self._names.full(each), threshold, settings.alarm_topics, self)

    def _outputs(self) -> dict[str, Any]:
        outputs: dict[str, Any] = {
            "api_endpoint": self.api_endpoint,
            "dynamodb_table_name": self.table.table.name,
            "s3_bucket_name": self.archive.bucket.bucket,
            "sqs_queue_url": self.queue.queue.url,
            "eventbridge_bus_arn": self.bus_arn,
            "ingestion_function_name": self.ingestion.name,
            "processing_function_name": self.processing.name,
            "ingestion_arn": self.ingestion.arn,
            "processing_arn": self.processing.arn,
            "providers": list(self._settings.providers),
            "provider_secrets_arn": self.secrets_arn,
            "provider_dlq_url": self.queue.dead_letters.queue.url,
            "rule_failures_queue_url": self.bus.failures.queue.url,
            "archive_expiry_days": self._settings.archive_expiry_days or NEVER,
            "bus_archive_days": self._settings.bus_archive_days,
            "provider_log_days": self._settings.provider_log_days,
            "verifiable": self._settings.verifiable,
            "square_notification_url": self._square_url,
            "adyen_capture": self._settings.adyen_capture,
            "book_paypal": self._settings.book_paypal,
            "book_test_events": self._settings.book_test_events,
            "booked_accounts": self._settings.accounts,
            "reference_fields": dict(self._settings.reference_fields or {}),
            "standard_webhooks": self._settings.standard_webhooks or {},
            "stripe_basil_since": self._settings.stripe_basil_since or "",
        }
        if self.consumer:
            outputs["provider_log_group_name"] = self.consumer.name
        if grants := grants_of(self._subscriptions, self._names, self.bus):
            outputs["target_grants"] = grants
        if self.forwarding:
            outputs["forward_failures_queue_url"] = self.forwarding.failures.queue.url
            outputs["forward_dlq_url"] = self.forwarding.dead_letters.queue.url
        return outputs


def _routes(settings: ProvidersSettings) -> list[Route]:
    """Return the routes of all known providers, the enabled ones first. The routes of the others are closed."""
    others = [name for name in PROVIDER_NAMES if name not in settings.providers]
    return [route for name in (*settings.providers, *others) for route in _routes_of(name, settings)]


def _routes_of(provider: str, settings: ProvidersSettings) -> list[Route]:
    return [
        Route(
            path,
            required_headers=headers,
            rate_limit=(settings.provider_rate_limits or {}).get(provider),
            addresses=(settings.allowed_addresses or {}).get(provider, ()),
            closed=provider not in settings.providers,
        )
        for path, headers in registry.paths_of(provider).items()
    ]

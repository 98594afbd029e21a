"""The functions ingestion and processing, with their permissions and processing's event source mapping."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

from hookline.infra.parts.bucket import ArchiveBucket
from hookline.infra.parts.function import Function, FunctionArgs, aws_client
from hookline.infra.parts.names import Names
from hookline.infra.parts.policy import Statement
from hookline.infra.settings.providers import ProvidersSettings
from hookline.packaging.archive import function_archive
from hookline.poll_permissions import QUEUE_ACTIONS

SERVICE = "providers"
TIMEOUT_SECONDS = 30
MOST_CONCURRENT_BATCHES = 1_000  # the highest concurrency that AWS allows for a mapping (Lambda API, "ScalingConfig")


def make_ingestion(  # noqa: PLR0913 - an argument for each resource of the function
    names: Names,
    settings: ProvidersSettings,
    *,
    table: aws.dynamodb.Table,
    archive: ArchiveBucket,
    queue: aws.sqs.Queue,
    secret: aws.secretsmanager.Secret,
    square_url: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> Function:
    """Make ingestion: the function that verifies, archives, queues and records a provider's delivery.

    Args:
        names: the names of the pipeline's parts.
        settings: the settings of the stack.
        table: the table of webhook records.
        archive: the bucket for the raw bodies.
        queue: the FIFO queue that feeds processing.
        secret: the Secrets Manager secret with the providers' signing secrets.
        square_url: the endpoint's URL as it is registered with Square.
        opts: the resource options, with the parent.
    """
    args = _function_args(
        names,
        settings,
        name="ingestion",
        description="Verifies, archives and queues the webhooks of payment providers",
        reserved_concurrency=settings.ingestion_reserved_concurrency,
        environment={
            "TABLE_NAME": table.name,
            "BUCKET_NAME": archive.bucket.bucket,
            "QUEUE_URL": queue.url,
            "PROVIDER_SECRETS_ARN": secret.arn,
            "PROVIDERS": ",".join(settings.providers),
            "ORDERING": settings.ordering,
            "EXPIRY_DAYS": str(settings.provider_expiry_days),
            "UNTIMED_EXPIRY_DAYS": str(settings.untimed_expiry_days or "never"),
            "ARCHIVE_EXPIRY_DAYS": str(settings.archive_expiry_days or "never"),
            "SQUARE_URL": square_url,
            "PAYPAL_ENVIRONMENT": settings.paypal_environment,
            "PROVIDER_METRICS": str(settings.provider_alarms).lower(),
            **({"SHOPIFY_TOPICS": ",".join(settings.shopify_topics)} if settings.shopify_topics else {}),
            **(
                {"ADYEN_UNSIGNED_TYPES": ",".join(settings.adyen_unsigned_types)}
                if settings.adyen_unsigned_types
                else {}
            ),
            **_mappings(settings),
        },
        statements=[
            Statement("RecordWebhooks", ["dynamodb:GetItem", "dynamodb:PutItem"], [table.arn]),
            Statement("ArchiveBodies", ["s3:PutObject"], [archive.objects_arn]),
            Statement("SendDeliveries", ["sqs:SendMessage"], [queue.arn]),
            Statement("ReadProviderSecrets", ["secretsmanager:GetSecretValue"], [secret.arn]),
        ],
    )
    return Function(names.part("ingestion"), args, opts)


def make_processing(
    names: Names,
    settings: ProvidersSettings,
    *,
    archive: ArchiveBucket,
    queue: aws.sqs.Queue,
    bus: aws.cloudwatch.EventBus,
    opts: pulumi.ResourceOptions,
) -> Function:
    """Make processing: the function that normalises each event of a provider and publishes it on the bus."""
    args = _function_args(
        names,
        settings,
        name="processing",
        description="Normalises the webhooks of payment providers and publishes them on the bus",
        reserved_concurrency=settings.processing_reserved_concurrency,
        environment={
            "BUS_NAME": bus.name,
            "BUCKET_NAME": archive.bucket.bucket,
            "ADYEN_CAPTURE": settings.adyen_capture,
            "BOOK_PAYPAL": str(settings.book_paypal).lower(),
            "BOOK_TEST_EVENTS": str(settings.book_test_events).lower(),
            "STRIPE_BASIL_SINCE": settings.stripe_basil_since or "",
            "BOOKED_ACCOUNTS": json.dumps(settings.accounts),
            "REFERENCE_FIELDS": json.dumps(settings.reference_fields or {}),
            **_mappings(settings),
        },
        statements=[
            Statement("ReadDeliveries", QUEUE_ACTIONS, [queue.arn]),
            Statement("ReadBodies", ["s3:GetObject"], [archive.objects_arn]),
            Statement("PublishEvents", ["events:PutEvents"], [bus.arn]),
        ],
    )
    return Function(names.part("processing"), args, opts)


def connect_queue(
    names: Names, settings: ProvidersSettings, queue: aws.sqs.Queue, processing: Function, opts: pulumi.ResourceOptions
) -> aws.lambda_.EventSourceMapping:
    """Make the event source mapping from the FIFO queue to processing, with partial batch failures.

    If processing has reserved concurrency, the mapping calls it at most that many times at once, and never more than
    1,000 times. Without a limit, Lambda would receive more messages than processing can accept. Each throttled call
    counts as a receive, so a message could reach the dead-letter queue although processing never got it.
    """
    reserved = settings.processing_reserved_concurrency
    return aws.lambda_.EventSourceMapping(
        names.full("processing-queue"),
        event_source_arn=queue.arn,
        function_name=processing.arn,
        batch_size=10,
        function_response_types=["ReportBatchItemFailures"],
        scaling_config=aws.lambda_.EventSourceMappingScalingConfigArgs(
            maximum_concurrency=min(reserved, MOST_CONCURRENT_BATCHES)
        )
        if reserved
        else None,
        opts=opts,
    )


def _mappings(settings: ProvidersSettings) -> dict[str, pulumi.Input[str]]:
    return {"STANDARD_WEBHOOKS": json.dumps(settings.standard_webhooks)} if settings.standard_webhooks else {}


def _function_args(
    names: Names,
    settings: ProvidersSettings,
    *,
    name: str,
    description: str,
    reserved_concurrency: int | None,
    environment: dict[str, pulumi.Input[str]],
    statements: list[Statement],
) -> FunctionArgs:
    return FunctionArgs(
        suffix=names.suffix,
        description=description,
        handler=f"hookline.functions.{name}.handler",
        code=function_archive(name),
        timeout=TIMEOUT_SECONDS,
        reserved_concurrency=reserved_concurrency,
        environment={
            **environment,
            **aws_client(settings.aws_client),
            "SERVICE": names.part(SERVICE),
            "ENVIRONMENT": names.suffix,
        },
        statements=statements,
        log_retention_days=settings.provider_log_days,
        tracing=settings.tracing,
        alarm_topics=settings.alarm_topics,
        kms_key_arn=settings.kms_key_arn,
        role_rules=settings.role_rules,
    )

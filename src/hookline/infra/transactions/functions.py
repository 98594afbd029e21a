"""The validator and the router, with their permissions and the router's event source mapping."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from hookline.infra.parts.function import Function, FunctionArgs, aws_client
from hookline.infra.parts.names import Names
from hookline.infra.parts.policy import Statement
from hookline.infra.settings.transactions import TransactionsSettings
from hookline.packaging.archive import function_archive
from hookline.poll_permissions import STREAM_ACTIONS

SERVICE = "transactions"
VALIDATOR_TIMEOUT = 15  # seconds: enough for three attempts of one AWS call, which take at most about 9 s
ROUTER_TIMEOUT = 30
# Lambda retries a stream record for six hours, without a limit on attempts. Then Lambda sends only the record's
# position in the stream to the failure queue. The stream keeps a record for 24 hours, so 18 hours remain to read it.
ANY_NUMBER_OF_ATTEMPTS = -1
STREAM_RECORD_AGE_SECONDS = 6 * 60 * 60


def make_validator(
    names: Names,
    settings: TransactionsSettings,
    table: aws.dynamodb.Table,
    secret: aws.secretsmanager.Secret,
    opts: pulumi.ResourceOptions,
) -> Function:
    """Make the validator: the function that validates a transaction event and writes it to the table once."""
    args = FunctionArgs(
        suffix=names.suffix,
        description="Validates a transaction event and records it once",
        handler="hookline.functions.validator.handler",
        code=function_archive("validator"),
        timeout=VALIDATOR_TIMEOUT,
        reserved_concurrency=settings.validator_reserved_concurrency,
        provisioned_concurrency=settings.provisioned_concurrency,
        environment={
            **_common_environment(names, settings),
            "TABLE_NAME": table.name,
            "EXPIRY_DAYS": str(settings.expiry_days),
            "UNTIMED_EXPIRY_DAYS": str(settings.untimed_expiry_days or "never"),
            "ALLOW_UNSIGNED": str(settings.allow_unsigned).lower(),
            "SIGNING_SECRET_ARN": secret.arn,
        },
        statements=[
            Statement("RecordEvents", ["dynamodb:PutItem"], [table.arn]),
            Statement("ReadSigningSecret", ["secretsmanager:GetSecretValue"], [secret.arn]),
        ],
        log_retention_days=settings.transaction_log_days,
        tracing=settings.tracing,
        alarm_topics=settings.alarm_topics,
        kms_key_arn=settings.kms_key_arn,
        role_rules=settings.role_rules,
    )
    return Function(names.part("validator"), args, opts)


def make_router(
    names: Names,
    settings: TransactionsSettings,
    table: aws.dynamodb.Table,
    queues: Mapping[str, aws.sqs.Queue],
    failures: aws.sqs.Queue,
    opts: pulumi.ResourceOptions,
) -> Function:
    """Make the router: the function that sends each outbox item to the queue of its transaction type.

    Args:
        names: the names of the pipeline's parts.
        settings: the settings of the stack.
        table: the table with the stream that the router reads.
        queues: payments, refunds, disputes → queue.
        failures: the queue for stream records that did not reach the queue of their transaction type. The router and
            Lambda send to this failure queue, both with the permissions of the router's role.
        opts: the resource options, with the parent.
    """
    args = FunctionArgs(
        suffix=names.suffix,
        description="Sends each recorded event to the queue of its transaction type",
        handler="hookline.functions.router.handler",
        code=function_archive("router"),
        timeout=ROUTER_TIMEOUT,
        reserved_concurrency=settings.router_reserved_concurrency,
        environment={
            **_common_environment(names, settings),
            **{f"{name.upper()}_QUEUE_URL": queue.url for name, queue in queues.items()},
            "FAILURES_QUEUE_URL": failures.url,
        },
        statements=[
            # Lambda needs `STREAM_ACTIONS` to read the stream. AWS's examples allow these actions on the stream's ARN.
            Statement("ReadStream", STREAM_ACTIONS, [table.stream_arn]),
            Statement("SendEvents", ["sqs:SendMessage"], [queue.arn for queue in (*queues.values(), failures)]),
        ],
        log_retention_days=settings.transaction_log_days,
        tracing=settings.tracing,
        alarm_topics=settings.alarm_topics,
        kms_key_arn=settings.kms_key_arn,
        role_rules=settings.role_rules,
    )
    return Function(names.part("router"), args, opts)


def connect_stream(
    names: Names,
    settings: TransactionsSettings,
    table: aws.dynamodb.Table,
    router: Function,
    failures: aws.sqs.Queue,
    opts: pulumi.ResourceOptions,
) -> aws.lambda_.EventSourceMapping:
    """Make the event source mapping that calls the router for each new item of the table.

    Lambda retries a failed stream record for six hours. Then Lambda sends the record's position to `failures`.
    """
    on_failure = aws.lambda_.EventSourceMappingDestinationConfigOnFailureArgs(destination_arn=failures.arn)
    inserts = aws.lambda_.EventSourceMappingFilterCriteriaFilterArgs(pattern=json.dumps({"eventName": ["INSERT"]}))
    return aws.lambda_.EventSourceMapping(
        names.full("router-stream"),
        event_source_arn=table.stream_arn,
        function_name=router.arn,
        starting_position="TRIM_HORIZON",
        batch_size=100,
        maximum_batching_window_in_seconds=0,
        parallelization_factor=settings.stream_parallelism,
        filter_criteria=aws.lambda_.EventSourceMappingFilterCriteriaArgs(filters=[inserts]),
        function_response_types=["ReportBatchItemFailures"],
        bisect_batch_on_function_error=True,
        maximum_retry_attempts=ANY_NUMBER_OF_ATTEMPTS,
        maximum_record_age_in_seconds=STREAM_RECORD_AGE_SECONDS,
        destination_config=aws.lambda_.EventSourceMappingDestinationConfigArgs(on_failure=on_failure),
        opts=opts,
    )


def _common_environment(names: Names, settings: TransactionsSettings) -> dict[str, pulumi.Input[str]]:
    return {"SERVICE": names.part(SERVICE), "ENVIRONMENT": names.suffix, **aws_client(settings.aws_client)}

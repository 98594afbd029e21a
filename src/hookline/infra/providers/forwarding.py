"""The forwarding of transactions to the validator: the bus's rule, Lambda's retries, and those of the failure queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from hookline.core import FORWARD_DEAD_LETTERS, FORWARD_FAILURES
from hookline.infra.parts.event_bus import Rule
from hookline.infra.parts.function import Function
from hookline.infra.parts.names import Names
from hookline.infra.parts.policy import Statement, allow, with_key
from hookline.infra.parts.queues import RETENTION_SECONDS, DeadLetters, DeadLettersArgs, Retries
from hookline.infra.settings.providers import ProvidersSettings
from hookline.poll_permissions import QUEUE_ACTIONS

FORWARD_RULE = "forward-transactions"
# EventBridge invokes the validator asynchronously. Lambda retries a failed invocation within these two limits.
ASYNC_RETRIES = 2
ASYNC_AGE_SECONDS = 6 * 60 * 60
# Then the validator retries once in ten minutes, and moves a message to the dead-letter queue after a day. If it cannot
# even start, SQS moves the message after 168 receives. They take 28 hours, or the queue's retention of seven days if a
# backlog makes an hour of each pause. SQS deletes what is received less often.
PAUSE_SECONDS = 10 * 60
SLOWEST_PAUSE_SECONDS = 60 * 60
RECEIVES = RETENTION_SECONDS // SLOWEST_PAUSE_SECONDS
BATCH_SIZE = 10
FEWEST_CONCURRENT_BATCHES = 2  # the lowest maximum concurrency that AWS allows (Lambda API, "ScalingConfig")
_FORWARDED: dict[str, Any] = {
    "source": [{"prefix": "hookline."}],
    "detail": {"transaction_count": [{"numeric": [">", 0]}]},
}


@dataclass(frozen=True)
class Forwarding:
    """The queues for bus events that the validator did not record.

    Attributes:
        failures: the queue from which the validator retries them.
        dead_letters: the queue for those that it does not retry any more.
    """

    failures: DeadLetters
    dead_letters: DeadLetters


def forward_rule(function: Function) -> Rule:
    """Return the rule that sends the events with transactions to a function."""
    return Rule("Sends events with transactions to the transactions system", _FORWARDED, function)


def make_forwarding(
    names: Names, settings: ProvidersSettings, function: Function, parent: pulumi.Resource
) -> Forwarding:
    """Make the retries of events that the bus forwards to a function, and the queues for events that failed.

    Args:
        names: the names of the pipeline's parts.
        settings: the settings of the stack.
        function: the function that gets the events with transactions. Its role gets permissions for both queues.
        parent: the parent component of the resources.
    """
    forwarding = _make_queues(names, settings, parent)
    policy = _permit(names, settings, function, forwarding, parent)
    # AWS rejects a failure destination or a mapping if the function's role lacks the permissions.
    after = pulumi.ResourceOptions(parent=parent, depends_on=[policy])
    _retry_invocations(names, function, forwarding.failures, after)
    _connect(names, function, forwarding.failures, after)
    return forwarding


def _make_queues(names: Names, settings: ProvidersSettings, parent: pulumi.Resource) -> Forwarding:
    child = pulumi.ResourceOptions(parent=parent)
    dead_letters = DeadLetters(
        names.part(FORWARD_DEAD_LETTERS),
        DeadLettersArgs(
            suffix=names.suffix,
            description="A provider's transaction is not booked, and nothing retries it: see the message attribute "
            "`reason` and the validator's log.",
            section="forward-dlq-not-empty",
            alarm_topics=settings.alarm_topics,
            kms_key_arn=settings.kms_key_arn,
        ),
        child,
    )
    failures = DeadLetters(
        names.part(FORWARD_FAILURES),
        DeadLettersArgs(
            suffix=names.suffix,
            description="For 15 minutes, a provider's transaction was not booked. The validator retries it for a "
            "day: see its log.",
            section="forward-failures-waiting",
            alarm_topics=settings.alarm_topics,
            kms_key_arn=settings.kms_key_arn,
            retries=Retries(PAUSE_SECONDS, RECEIVES, dead_letters.queue),
        ),
        child,
    )
    return Forwarding(failures, dead_letters)


def _permit(
    names: Names, settings: ProvidersSettings, function: Function, forwarding: Forwarding, parent: pulumi.Resource
) -> aws.iam.RolePolicy:
    failures, dead_letters = forwarding.failures.queue.arn, forwarding.dead_letters.queue.arn
    statements = [
        Statement("ReportFailures", ["sqs:SendMessage"], [failures]),
        Statement("RetryFailures", QUEUE_ACTIONS, [failures]),
        Statement("SetAside", ["sqs:GetQueueUrl", "sqs:SendMessage"], [dead_letters]),
    ]
    return aws.iam.RolePolicy(
        names.full("forward-failures-policy"),
        name=names.full("forward-failures-policy"),
        role=function.role.id,
        policy=allow(with_key(statements, settings.kms_key_arn)),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _retry_invocations(names: Names, function: Function, failures: DeadLetters, opts: pulumi.ResourceOptions) -> None:
    """Limit Lambda's own retries of the rule's asynchronous invocations. After the last one, use the failure queue."""
    on_failure = aws.lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(destination=failures.queue.arn)
    aws.lambda_.FunctionEventInvokeConfig(
        names.full("forward-retries"),
        function_name=function.name,
        qualifier=function.qualifier,
        maximum_retry_attempts=ASYNC_RETRIES,
        maximum_event_age_in_seconds=ASYNC_AGE_SECONDS,
        destination_config=aws.lambda_.FunctionEventInvokeConfigDestinationConfigArgs(on_failure=on_failure),
        opts=opts,
    )


def _connect(names: Names, function: Function, failures: DeadLetters, opts: pulumi.ResourceOptions) -> None:
    """Make the event source mapping from the failure queue to the function, with partial batch failures.

    The mapping uses at most a tenth of the function's reserved concurrency, so that HTTP requests keep the rest while a
    backlog is recorded. AWS allows no maximum below two, also for a smaller reservation.
    """
    tenth = (function.reserved_concurrency or 0) // 10
    aws.lambda_.EventSourceMapping(
        names.full("forward-failures-queue"),
        event_source_arn=failures.queue.arn,
        function_name=function.target_arn,
        batch_size=BATCH_SIZE,
        function_response_types=["ReportBatchItemFailures"],
        scaling_config=aws.lambda_.EventSourceMappingScalingConfigArgs(
            maximum_concurrency=max(FEWEST_CONCURRENT_BATCHES, tenth)
        ),
        opts=opts,
    )

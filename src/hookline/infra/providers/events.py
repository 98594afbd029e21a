"""The bus for the providers' events, and its consumers: a log group for all events, and the transactions system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from hookline.core.webhooks import outcome_event
from hookline.infra.parts.event_bus import EventBus, EventBusArgs, Rule
from hookline.infra.parts.function import Function
from hookline.infra.parts.names import Names
from hookline.infra.parts.policy import Statement, allow
from hookline.infra.parts.queues import DeadLetters, DeadLettersArgs
from hookline.infra.providers.functions import LOG_RETENTION_DAYS
from hookline.infra.settings.providers import ProvidersSettings

OUTCOME_RULE = "outcomes"
FORWARD_RULE = "forward-transactions"
# EventBridge invokes the validator asynchronously. Lambda retries a failed invocation within these two limits.
FORWARD_RETRIES = 2
FORWARD_AGE_SECONDS = 6 * 60 * 60
_FORWARDED: dict[str, Any] = {
    "source": [{"prefix": "hookline."}],
    "detail": {"transaction_count": [{"numeric": [">", 0]}]},
}


def make_bus(
    names: Names,
    settings: ProvidersSettings,
    consumer: aws.cloudwatch.LogGroup,
    forward_to: Function | None,
    opts: pulumi.ResourceOptions,
) -> EventBus:
    """Make the event bus with a rule for each provider, which writes the provider's events to the log group `consumer`.

    Another rule does the same for outcome events.

    If `forward_to` is set, one more rule sends the events with transactions to the function `forward_to`.
    """
    rules = {
        names.part(provider): Rule(f"Events of {provider}", {"source": [f"hookline.{provider}"]}, consumer)
        for provider in settings.providers
    }
    rules[names.part(OUTCOME_RULE)] = Rule(
        "What became of payments, refunds and disputes", {"source": [outcome_event.SOURCE]}, consumer
    )
    if forward_to:
        forward = Rule("Sends events with transactions to the transactions system", _FORWARDED, forward_to)
        rules[names.part(FORWARD_RULE)] = forward
    args = EventBusArgs(
        suffix=names.suffix,
        description="Verified and normalised webhooks of payment providers",
        rules=rules,
        failures=names.part("rule-failures"),
        archive_days=settings.bus_archive_days,
        alarm_topic_arn=settings.alarm_topic_arn,
    )
    return EventBus(names.part("provider-events"), args, opts)


def make_consumer(names: Names, opts: pulumi.ResourceOptions) -> aws.cloudwatch.LogGroup:
    """Make a log group for the events of all providers, as an example of a consumer of the bus."""
    return aws.cloudwatch.LogGroup(
        names.full("provider-events-group"),
        name=f"/aws/events/{names.full('provider-events')}",  # EventBridge lists only log groups below /aws/events/
        retention_in_days=LOG_RETENTION_DAYS,
        opts=opts,
    )


def make_forward_failures(
    names: Names, settings: ProvidersSettings, function: Function, parent: pulumi.Resource
) -> DeadLetters:
    """Limit Lambda's retries of events that the bus forwards to a function, and make a queue for events that failed.

    Args:
        names: the names of the pipeline's parts.
        settings: the settings of the stack.
        function: the function that gets the events with transactions. Its role gets permission to send to the queue.
        parent: the parent component of the resources.
    """
    child = pulumi.ResourceOptions(parent=parent)
    args = DeadLettersArgs(
        suffix=names.suffix,
        description="The transactions system did not accept an event of the bus: see the validator's log.",
        alarm_topic_arn=settings.alarm_topic_arn,
    )
    failures = DeadLetters(names.part("forward-failures"), args, child)
    policy = aws.iam.RolePolicy(
        names.full("forward-failures-policy"),
        name=names.full("forward-failures-policy"),
        role=function.role.id,
        policy=allow([Statement("ReportFailures", ["sqs:SendMessage"], [failures.queue.arn])]),
        opts=child,
    )
    on_failure = aws.lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(destination=failures.queue.arn)
    aws.lambda_.FunctionEventInvokeConfig(
        names.full("forward-retries"),
        function_name=function.name,
        qualifier=function.qualifier,
        maximum_retry_attempts=FORWARD_RETRIES,
        maximum_event_age_in_seconds=FORWARD_AGE_SECONDS,
        destination_config=aws.lambda_.FunctionEventInvokeConfigDestinationConfigArgs(on_failure=on_failure),
        # Lambda rejects a failure destination if the function's role is not allowed to send to it.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )
    return failures


def rule_names(names: Names, bus: EventBus) -> Sequence[str]:
    """Return the AWS names of a bus's rules, with the suffix."""
    return [f"{rule}-{names.suffix}" for rule in bus.rules]

"""The bus for the providers' events, and its consumers: a log group for all events, and the transactions system."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from hookline.core.webhooks import outcome_event
from hookline.infra.parts.event_bus import EventBus, EventBusArgs, Rule
from hookline.infra.parts.function import Function
from hookline.infra.parts.names import Names
from hookline.infra.providers.forwarding import FORWARD_RULE, forward_rule
from hookline.infra.providers.functions import LOG_RETENTION_DAYS
from hookline.infra.settings.providers import ProvidersSettings

OUTCOME_RULE = "outcomes"


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
        rules[names.part(FORWARD_RULE)] = forward_rule(forward_to)
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


def rule_names(names: Names, bus: EventBus) -> Sequence[str]:
    """Return the AWS names of a bus's rules, with the suffix."""
    return [f"{rule}-{names.suffix}" for rule in bus.rules]

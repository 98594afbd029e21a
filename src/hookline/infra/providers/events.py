"""The bus for the providers' events, and its consumers: a log group, the transactions system, and your own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from hookline.core.webhooks import outcome_event
from hookline.infra.parts.event_bus import EventBus, EventBusArgs, Rule
from hookline.infra.parts.function import Function
from hookline.infra.parts.names import Names
from hookline.infra.parts.policy import allow_role, allow_rules
from hookline.infra.parts.targets import BusTarget, QueueTarget
from hookline.infra.providers.forwarding import FORWARD_RULE, forward_rule
from hookline.infra.providers.subscription import Subscription, rules_of
from hookline.infra.settings.providers import ProvidersSettings

OUTCOME_RULE = "outcomes"


def make_bus(
    names: Names,
    settings: ProvidersSettings,
    consumer: aws.cloudwatch.LogGroup | None,
    forward_to: Function | None,
    subscriptions: Mapping[str, Subscription],
    opts: pulumi.ResourceOptions,
) -> EventBus:
    """Make the event bus with its rules.

    Args:
        names: the names of the pipeline's parts.
        settings: the settings of the stack.
        consumer: the log group that gets all events, through a rule for each provider and one for outcome events; None
            for no such rules.
        forward_to: the function that gets the events with transactions; None for no forwarding.
        subscriptions: name → consumer of the user, which gets a rule of its own.
        opts: the options of the bus.

    Raises:
        ValueError: if the name of a consumer is not allowed.
    """
    rules = _logging_rules(settings.providers, consumer) if consumer else {}
    if forward_to:
        rules[FORWARD_RULE] = forward_rule(forward_to)
    rules |= rules_of(subscriptions, settings.providers)
    args = EventBusArgs(
        suffix=names.suffix,
        description="Verified and normalised webhooks of payment providers",
        rules={names.part(rule): args for rule, args in rules.items()},
        failures=names.part("rule-failures"),
        archive_days=settings.bus_archive_days,
        alarm_topics=settings.alarm_topics,
        kms_key_arn=settings.kms_key_arn,
        role_rules=settings.role_rules,
    )
    return EventBus(names.part("provider-events"), args, opts)


def _logging_rules(providers: Sequence[str], consumer: aws.cloudwatch.LogGroup) -> dict[str, Rule]:
    rules = {
        provider: Rule(f"Events of {provider}", {"source": [f"hookline.{provider}"]}, consumer)
        for provider in providers
    }
    outcomes = Rule("What became of payments, refunds and disputes", {"source": [outcome_event.SOURCE]}, consumer)
    return {**rules, OUTCOME_RULE: outcomes}


def make_consumer(names: Names, settings: ProvidersSettings, opts: pulumi.ResourceOptions) -> aws.cloudwatch.LogGroup:
    """Make a log group for the events of all providers, as an example of a consumer of the bus."""
    return aws.cloudwatch.LogGroup(
        names.full("provider-events-group"),
        name=f"/aws/events/{names.full('provider-events')}",  # EventBridge lists only log groups below /aws/events/
        retention_in_days=settings.provider_log_days,
        kms_key_id=settings.kms_key_arn,
        opts=opts,
    )


def rule_names(names: Names, bus: EventBus) -> Sequence[str]:
    """Return the AWS names of a bus's rules, with the suffix."""
    return [f"{rule}-{names.suffix}" for rule in bus.rules]


def grants_of(subscriptions: Mapping[str, Subscription], names: Names, bus: EventBus) -> dict[str, Any]:
    """Return the policy statements that the user must add to own queues, and to buses in other accounts.

    Returns:
        Name of the consumer → statement. A function, and a state machine, need none.
    """
    granting = {name: each.target for name, each in subscriptions.items()}
    statements: dict[str, Any] = {}
    for name, target in granting.items():
        rule = names.part(f"to-{name}")
        sid = "Allow" + "".join(map(str.title, f"{rule}-{names.suffix}".split("-")))
        if isinstance(target, QueueTarget):
            statements[name] = allow_rules("sqs:SendMessage", target.arn, [bus.rules[rule].arn], sid)
        elif isinstance(target, BusTarget):
            statements[name] = allow_role(target.action, target.arn, bus.roles[rule].arn, sid)
    return statements

"""An EventBridge bus with its rules, a bus archive for replays, and a queue for undelivered events."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from hookline.infra.monitoring.alarms import NOBODY, REPEATED, AlarmTopics, Metric, Threshold, make_alarm
from hookline.infra.parts.event_targets import make_target_role, permit_log_groups
from hookline.infra.parts.function import Function
from hookline.infra.parts.queues import DeadLetters, DeadLettersArgs
from hookline.infra.parts.role import NO_RULES, RoleRules
from hookline.infra.parts.targets import BusTarget, FunctionTarget, OwnTarget, StateMachineTarget

LONGEST_RETRY_HOURS = 24
"""EventBridge retries a failed delivery for at most 24 hours, and does so by default."""

_MOST_RETRIES = 185  # EventBridge's maximum and default


@dataclass(frozen=True)
class Rule:
    """A rule of an event bus, which sends the events that match a pattern to a target.

    Attributes:
        description: one line for the AWS console.
        pattern: an EventBridge event pattern.
        target: the log group, function, queue, state machine or bus that gets the events.
        retry_hours: hours for which EventBridge retries a failed delivery; 1 to 24.
    """

    description: str
    pattern: Mapping[str, Any]
    target: aws.cloudwatch.LogGroup | Function | OwnTarget
    retry_hours: int = LONGEST_RETRY_HOURS


@dataclass(frozen=True)
class EventBusArgs:
    """The arguments of an `EventBus`.

    Attributes:
        suffix: the end of every resource's name.
        description: one line for the AWS console.
        rules: name of a rule, without the suffix → rule.
        failures: the name, without the suffix, of the queue for events that a rule cannot deliver.
        archive_days: days for which the bus archive keeps events for a replay; 0 means no bus archive.
        kms_key_arn: the ARN of a customer-managed KMS key for the failure queue; None for SQS's own key.
        role_rules: the path and the permissions boundary of the roles for state machines and other buses.
        alarm_topics: the SNS topics that the alarms notify.
    """

    suffix: str
    description: str
    rules: Mapping[str, Rule]
    failures: str = "rule-failures"
    archive_days: int = 7
    kms_key_arn: pulumi.Input[str] | None = None
    role_rules: RoleRules = NO_RULES
    alarm_topics: AlarmTopics = NOBODY


class EventBus(pulumi.ComponentResource):
    """A custom EventBridge bus. Each of its rules is allowed to deliver only to the rule's own target.

    Attributes:
        bus: the event bus.
        bus_name: the name of the event bus.
        rules: name of a rule, without the suffix → rule.
        roles: name of a rule, without the suffix → the role with which EventBridge reaches a state machine or a bus.
        failures: the queue of the events that a rule could not deliver to its target.
    """

    def __init__(self, name: str, args: EventBusArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the bus `{name}-{suffix}`, its rules `{rule}-{suffix}` and the bus archive `{name}-archive-{suffix}`."""
        self.bus_name = f"{name}-{args.suffix}"
        super().__init__("hookline:events:EventBus", self.bus_name, None, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self.bus = aws.cloudwatch.EventBus(
            self.bus_name, name=self.bus_name, description=args.description, opts=self._child
        )
        if args.archive_days:
            self._make_archive(f"{name}-archive-{args.suffix}")
        self.rules = {rule: self._make_rule(rule) for rule in args.rules}
        self.failures = self._make_failures()
        self.roles: dict[str, aws.iam.Role] = {}
        permissions = self._permit(name)
        for rule in args.rules:
            self._make_target(rule, permissions)
        self._make_alarms(name)
        self.register_outputs({"arn": self.bus.arn})

    def _make_archive(self, name: str) -> None:
        aws.cloudwatch.EventArchive(
            name,
            name=name,
            description=f"Events of {self.bus_name}, for a replay",
            event_source_arn=self.bus.arn,
            retention_days=self._args.archive_days,
            opts=self._child,
        )

    def _make_rule(self, name: str) -> aws.cloudwatch.EventRule:
        rule, full_name = self._args.rules[name], f"{name}-{self._args.suffix}"
        return aws.cloudwatch.EventRule(
            full_name,
            name=full_name,
            description=rule.description,
            event_bus_name=self.bus.name,
            event_pattern=json.dumps(rule.pattern),
            state="ENABLED",
            opts=self._child,
        )

    def _make_failures(self) -> DeadLetters:
        args = DeadLettersArgs(
            suffix=self._args.suffix,
            description=f"A rule of {self.bus_name} could not deliver an event to its target. "
            "The message attributes have the rule and the error.",
            section="rule-failures-not-empty",
            alarm_topics=self._args.alarm_topics,
            rule_arns=[rule.arn for rule in self.rules.values()],
            kms_key_arn=self._args.kms_key_arn,
        )
        return DeadLetters(self._args.failures, args, self._child)

    def _make_alarms(self, name: str) -> None:
        problems = {
            "retries": ("RetryInvocationAttempts", "retries to deliver events to a target. After 24 hours it gives up"),
            "throttled": ("ThrottledRules", "delays rules, because the account's quota of invocations is used up"),
        }
        for kind, (metric, problem) in problems.items():
            threshold = Threshold(
                Metric("AWS/Events", metric, {"EventBusName": self.bus.name}),
                f"provider-events-{kind}",
                f"In several minutes, EventBridge {problem}. See the rules of {self.bus_name}.",
                lasting=REPEATED,
                severity="ticket",
            )
            make_alarm(f"{name}-{kind}-{self._args.suffix}", threshold, self._args.alarm_topics, self)

    def _permit(self, name: str) -> list[pulumi.Resource]:
        groups: dict[aws.cloudwatch.LogGroup, list[aws.cloudwatch.EventRule]] = {}
        permissions: list[pulumi.Resource] = []
        for rule, made in self.rules.items():
            target = self._args.rules[rule].target
            if isinstance(target, (Function, FunctionTarget)):
                permission = f"{rule}-permission-{self._args.suffix}"
                permissions.append(target.permit(permission, "events.amazonaws.com", made.arn, self))
            elif isinstance(target, (StateMachineTarget, BusTarget)):
                self.roles[rule], policy = make_target_role(
                    rule, self._args.suffix, target, made, self._args.role_rules, self
                )
                permissions.append(policy)
            elif isinstance(target, aws.cloudwatch.LogGroup):
                groups.setdefault(target, []).append(made)
        if groups:
            permissions.append(permit_log_groups(f"{name}-logs-{self._args.suffix}", groups, self))
        return permissions

    def _make_target(self, name: str, permissions: Sequence[pulumi.Resource]) -> None:
        rule, args = self.rules[name], self._args.rules[name]
        target = args.target
        full_name = f"{name}-target-{self._args.suffix}"
        aws.cloudwatch.EventTarget(
            full_name,
            target_id=full_name,
            event_bus_name=self.bus.name,
            rule=rule.name,
            arn=target.target_arn if isinstance(target, Function) else target.arn,
            role_arn=self.roles[name].arn if name in self.roles else None,
            dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=self.failures.queue.arn),
            retry_policy=_retries(args.retry_hours),
            opts=pulumi.ResourceOptions(parent=self, depends_on=permissions),
        )


def _retries(hours: int) -> aws.cloudwatch.EventTargetRetryPolicyArgs | None:
    if hours == LONGEST_RETRY_HOURS:
        return None
    return aws.cloudwatch.EventTargetRetryPolicyArgs(
        maximum_event_age_in_seconds=hours * 60 * 60, maximum_retry_attempts=_MOST_RETRIES
    )

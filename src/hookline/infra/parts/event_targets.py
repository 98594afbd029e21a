"""The permissions that let the rules of an event bus deliver to their targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from hookline.infra.parts.policy import Statement, allow, resource_policy
from hookline.infra.parts.role import RoleRules, make_role
from hookline.infra.parts.targets import BusTarget, StateMachineTarget, digest_of

# EventBridge writes to log groups under the names of these two AWS services ("Using resource-based policies for Amazon
# EventBridge").
_LOG_WRITERS = {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]}


def permit_log_groups(
    name: str,
    groups: Mapping[aws.cloudwatch.LogGroup, Sequence[aws.cloudwatch.EventRule]],
    parent: pulumi.Resource,
) -> aws.cloudwatch.LogResourcePolicy:
    """Make one resource policy that allows rules of an event bus to write to log groups.

    All log groups share one policy, because an AWS account can have only ten such policies in a region.

    Args:
        name: the name of the policy.
        groups: log group → the rules that write to it.
        parent: the component that the policy belongs to.
    """
    streams = [pulumi.Output.concat(group.arn, ":*") for group in groups]
    writing = [
        {
            "Effect": "Allow",
            "Principal": _LOG_WRITERS,
            "Action": "logs:PutLogEvents",
            "Resource": pulumi.Output.concat(group.arn, ":*"),
            "Condition": {"ArnEquals": {"aws:SourceArn": [rule.arn for rule in rules]}, **_of_account(group)},
        }
        for group, rules in groups.items()
    ]
    # The statement for `CreateLogStream` names no rule, because EventBridge creates a log stream before the first
    # event of any rule. AWS's example names no rule either.
    creating = {
        "Effect": "Allow",
        "Principal": _LOG_WRITERS,
        "Action": "logs:CreateLogStream",
        "Resource": streams,
        "Condition": _of_account(next(iter(groups))),
    }
    return aws.cloudwatch.LogResourcePolicy(
        name,
        policy_name=name,
        policy_document=resource_policy([creating, *writing]),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _of_account(group: aws.cloudwatch.LogGroup) -> dict[str, Any]:
    """Return the condition that a call for another AWS account does not match.

    AWS does not document that EventBridge always sends the account, so a call without an account matches too.
    """
    account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=group)).account_id
    return {"StringEqualsIfExists": {"aws:SourceAccount": account}}


def make_target_role(
    name: str,
    suffix: str,
    target: StateMachineTarget | BusTarget,
    rule: aws.cloudwatch.EventRule,
    rules: RoleRules,
    parent: pulumi.Resource,
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Make the role with which one rule reaches a state machine or another bus. Return the role and its policy.

    With another target, the policy has another name in AWS. So Pulumi makes the new policy before it changes the rule,
    and deletes the old one last.

    Args:
        name: the name of the rule, without the suffix.
        suffix: the end of the names of the role and its policy.
        target: the state machine or the bus.
        rule: the only rule for which EventBridge can assume the role.
        rules: what the AWS account requires of every role.
        parent: the component that the role belongs to.
    """
    child = pulumi.ResourceOptions(parent=parent)
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnEquals": {"aws:SourceArn": rule.arn}},
    }
    policy_name = f"{name}-policy-{suffix}"
    role = make_role(f"{name}-role-{suffix}", resource_policy([trust]), rules, parent)
    policy = allow([Statement("Deliver", [target.action], [target.arn])])
    return role, aws.iam.RolePolicy(
        policy_name,
        name=pulumi.Output.concat(policy_name, "-", digest_of(target.arn)),
        role=role.id,
        policy=policy,
        opts=child,
    )

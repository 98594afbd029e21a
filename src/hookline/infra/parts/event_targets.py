"""What lets the rules of an event bus reach their targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from hookline.infra.parts.function import Function
from hookline.infra.parts.policy import resource_policy

# EventBridge writes to log groups as both ("Using resource-based policies for Amazon EventBridge").
_LOG_WRITERS = {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]}


def permit_log_groups(
    name: str,
    groups: Mapping[aws.cloudwatch.LogGroup, Sequence[aws.cloudwatch.EventRule]],
    parent: pulumi.Resource,
) -> aws.cloudwatch.LogResourcePolicy:
    """Lets rules write to log groups, with one policy for all: an account has ten such policies in a region.

    Args:
        name: of the policy.
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
            "Condition": {"ArnEquals": {"aws:SourceArn": [rule.arn for rule in rules]}},
        }
        for group, rules in groups.items()
    ]
    # AWS's own example has no condition here: a stream is made before the first event of any rule.
    creating = {"Effect": "Allow", "Principal": _LOG_WRITERS, "Action": "logs:CreateLogStream", "Resource": streams}
    return aws.cloudwatch.LogResourcePolicy(
        name,
        policy_name=name,
        policy_document=resource_policy([creating, *writing]),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def permit_function(
    name: str, function: Function, rule: aws.cloudwatch.EventRule, parent: pulumi.Resource
) -> aws.lambda_.Permission:
    """Lets one rule invoke a function.

    Args:
        name: of the permission, and its statement's id.
        function: what the rule may invoke.
        rule: that may do so.
        parent: the component that the permission belongs to.
    """
    return aws.lambda_.Permission(
        name,
        statement_id=name,
        action="lambda:InvokeFunction",
        function=function.name,
        qualifier=function.qualifier,
        principal="events.amazonaws.com",
        source_arn=rule.arn,
        opts=pulumi.ResourceOptions(parent=parent),
    )

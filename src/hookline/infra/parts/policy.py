"""IAM policy documents, with exact actions and exact resources."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class Statement:
    """A statement of an IAM policy, which allows actions on resources.

    Attributes:
        sid: the statement's id in the policy, of letters and digits.
        actions: the full names of IAM actions, such as `dynamodb:PutItem`.
        resources: the ARNs of the resources. Each ARN can be a Pulumi output.

    Raises:
        ValueError: at construction, if an action has a wildcard, or if there are no actions or no resources.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]]

    def __post_init__(self) -> None:
        if not self.actions or not self.resources:
            raise ValueError(f"statement {self.sid} needs actions and resources")
        for action in self.actions:
            if "*" in action or "?" in action:
                raise ValueError(f"statement {self.sid} has the action {action}: wildcards are not allowed")


# X-Ray has no resource ARNs for these actions (Service Authorization Reference, AWS X-Ray).
TRACING = Statement("WriteTraces", ("xray:PutTraceSegments", "xray:PutTelemetryRecords"), ("*",))

LAMBDA_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }
)

_ENCRYPTED_WRITES = {"s3:PutObject", "sqs:SendMessage"}
"""The actions with which a function asks S3 or SQS for a new data key."""


def with_key(statements: Sequence[Statement], kms_key_arn: pulumi.Input[str] | None) -> list[Statement]:
    """Return the statements and, with a customer-managed key, one more that allows what they need of the key.

    AWS calls KMS with the permissions of the caller: `kms:Decrypt` to use encrypted data, and `kms:GenerateDataKey` for
    an action that writes encrypted data to a queue or a bucket.

    Args:
        statements: the statements of the role's other permissions.
        kms_key_arn: the ARN of the customer-managed key; None for AWS's own keys, which need no permission.
    """
    if kms_key_arn is None:
        return list(statements)
    writes = any(action in _ENCRYPTED_WRITES for statement in statements for action in statement.actions)
    actions = ("kms:Decrypt", "kms:GenerateDataKey") if writes else ("kms:Decrypt",)
    return [*statements, Statement("UseKey", actions, (kms_key_arn,))]


def allow(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """Return a JSON policy document that allows the actions of all the statements."""
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": s.sid, "Effect": "Allow", "Action": list(s.actions), "Resource": list(s.resources)}
                for s in statements
            ],
        }
    )


def resource_policy(statements: Sequence[Mapping[str, object]]) -> pulumi.Output[str]:
    """Return the JSON policy of a resource, such as a queue or a bucket. Statements can contain outputs."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def deny_without_tls(service: str, resource: pulumi.Input[str] | list[pulumi.Input[str]]) -> dict[str, object]:
    """Return the policy statement that denies requests without TLS to a resource.

    Args:
        service: the prefix of the service's actions, such as `sqs`.
        resource: the resource's ARN, or a list of ARNs.
    """
    return {
        "Sid": "DenyWithoutTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": f"{service}:*",
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def allow_rules(
    action: str, resource: pulumi.Input[str], arns: Sequence[pulumi.Input[str]], sid: str = "AllowRules"
) -> dict[str, object]:
    """Return a policy statement that allows one action on a resource, but only to the given EventBridge rules.

    Args:
        action: the full name of the IAM action.
        resource: the resource's ARN.
        arns: the ARNs of the rules.
        sid: the statement's id, of letters and digits.
    """
    statement = _allow_principal({"Service": "events.amazonaws.com"}, action, resource, sid)
    return {**statement, "Condition": {"ArnEquals": {"aws:SourceArn": list(arns)}}}


def allow_role(action: str, resource: pulumi.Input[str], role: pulumi.Input[str], sid: str) -> dict[str, object]:
    """Return a policy statement that allows one action on a resource to a role.

    Args:
        action: the full name of the IAM action.
        resource: the resource's ARN.
        role: the ARN of the role.
        sid: the statement's id, of letters and digits.
    """
    return _allow_principal({"AWS": role}, action, resource, sid)


def _allow_principal(
    principal: Mapping[str, pulumi.Input[str]], action: str, resource: pulumi.Input[str], sid: str
) -> dict[str, object]:
    return {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}


def permit_invocation(
    name: str,
    function: pulumi.Input[str],
    qualifier: pulumi.Input[str | None] | None,
    part: pulumi.Input[str] | None,
    principal: str,
    source_arn: pulumi.Input[str],
    parent: pulumi.Resource,
) -> aws.lambda_.Permission:
    """Allow one resource of an AWS service to invoke a Lambda function.

    If `part` changes, the id of the statement changes too. Pulumi makes the new permission first then, and deletes the
    old one last. With the same id, Pulumi would delete first, and calls would fail for a time.

    Args:
        name: the name of the permission, and the start of its statement's id.
        function: the name or the ARN of the function.
        qualifier: the version or the alias; None if there is none.
        part: the end of the statement's id; None for no such end.
        principal: the AWS service, such as `apigateway.amazonaws.com`.
        source_arn: the ARN of the resource, such as a rule.
        parent: the component that the permission belongs to.
    """
    return aws.lambda_.Permission(
        name,
        statement_id=name if part is None else pulumi.Output.concat(name, "-", part),
        action="lambda:InvokeFunction",
        function=function,
        qualifier=qualifier,
        principal=principal,
        source_arn=source_arn,
        opts=pulumi.ResourceOptions(parent=parent),
    )

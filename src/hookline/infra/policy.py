"""IAM policy documents from exact actions and exact resources."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True)
class Statement:
    """What a role may do.

    Attributes:
        sid: the statement's name in the policy; letters and digits.
        actions: IAM actions in full, such as `dynamodb:PutItem`.
        resources: ARNs; each may be an output of another resource.

    Raises:
        ValueError: at construction, if an action holds a wildcard or a list is empty.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]]

    def __post_init__(self) -> None:
        if not self.actions or not self.resources:
            raise ValueError(f"statement {self.sid} needs actions and resources")
        for action in self.actions:
            if "*" in action or "?" in action:
                raise ValueError(f"statement {self.sid} names the action {action}: wildcards are not allowed")


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


def allow(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """The policy document that allows the statements, as JSON."""
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": s.sid, "Effect": "Allow", "Action": list(s.actions), "Resource": list(s.resources)}
                for s in statements
            ],
        }
    )


def deny_without_tls(queue_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """The queue policy that refuses every request that does not come over TLS, as JSON."""
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "DenyWithoutTls",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sqs:*",
                    "Resource": queue_arn,
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    )

"""The IAM role with which API Gateway writes access logs. All stacks of an AWS account and region share the role."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from hookline.infra.parts.region import partition_of
from hookline.infra.parts.role import NO_RULES, RoleRules, make_role

_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "apigateway.amazonaws.com"},
            }
        ],
    }
)
# API Gateway rejects a logging role that lacks any permission of this AWS policy ("Set up CloudWatch logging").
_LOGGING_POLICY = "iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"


@dataclass(frozen=True)
class ApiGatewayAccountArgs:
    """The arguments of an `ApiGatewayAccount`.

    Attributes:
        suffix: the end of every resource's name.
        role_rules: the path and the permissions boundary of the role.
    """

    suffix: str
    role_rules: RoleRules = NO_RULES


class ApiGatewayAccount(pulumi.ComponentResource):
    """The IAM role with which API Gateway writes access logs, and the setting of the AWS account that names the role.

    All stacks of an AWS account and region share the role. So make this component in a stack of its own: if you destroy
    the component, API Gateway stops the access logs of all those stacks.

    Attributes:
        role: the role that API Gateway assumes.
    """

    def __init__(self, name: str, args: ApiGatewayAccountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the role `{name}-role-{suffix}` and set it as API Gateway's logging role."""
        super().__init__("hookline:api:ApiGatewayAccount", f"{name}-{args.suffix}", None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.role = make_role(f"{name}-role-{args.suffix}", _TRUST, args.role_rules, self)
        policy_arn = pulumi.Output.concat("arn:", partition_of(self).partition, ":", _LOGGING_POLICY)
        policy = aws.iam.RolePolicyAttachment(
            f"{name}-policy-{args.suffix}", role=self.role.name, policy_arn=policy_arn, opts=child
        )
        aws.apigateway.Account(
            f"{name}-{args.suffix}",
            cloudwatch_role_arn=self.role.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.register_outputs({"role_arn": self.role.arn})

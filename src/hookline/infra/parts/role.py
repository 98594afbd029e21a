"""IAM roles that an AWS service assumes, with the path and the permissions boundary that an account may require."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class RoleRules:
    """What an AWS account requires of every role.

    Attributes:
        path: the path of the role, such as `/payments/`. None for `/`. A changed path replaces the role.
        permissions_boundary: the ARN of the IAM policy that limits what the role may do; None for no limit.
    """

    path: str | None = None
    permissions_boundary: pulumi.Input[str] | None = None


NO_RULES = RoleRules()


def make_role(name: str, trust: pulumi.Input[str], rules: RoleRules, parent: pulumi.Resource) -> aws.iam.Role:
    """Make an IAM role.

    Args:
        name: the role's name in Pulumi and in AWS, with the suffix.
        trust: the JSON policy document that says who may assume the role.
        rules: what the AWS account requires of every role.
        parent: the component that the role belongs to.
    """
    return aws.iam.Role(
        name,
        name=name,
        assume_role_policy=trust,
        path=rules.path,
        permissions_boundary=rules.permissions_boundary,
        opts=pulumi.ResourceOptions(parent=parent),
    )

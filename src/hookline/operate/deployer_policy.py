"""The IAM policy of somebody who deploys a stack, made from the actions that each type of resource needs.

`deployer_actions.json` has the actions of each type. A test compares its types with those that the program declares.
`make fix` writes `docs/deployer-policy.json`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

ACCOUNT, SUFFIX = "ACCOUNT", "SUFFIX"
"""The words in the policy for which a reader puts the number of the account and the stack's `environmentSuffix`."""

_AT = f"us-east-1:{ACCOUNT}"
_FUNCTIONS = f"arn:aws:lambda:{_AT}:function:*-{SUFFIX}"
_MAPPINGS = f"arn:aws:lambda:{_AT}:event-source-mapping:*"

# Service → the ARNs of a stack's resources. API Gateway chooses the ids of APIs, and Lambda those of mappings, so
# their ARNs do not have the suffix.
_RESOURCES: Mapping[str, Sequence[str]] = {
    "apigateway": tuple(f"arn:aws:apigateway:us-east-1::/{path}" for path in ("domainnames*", "restapis*", "tags/*")),
    "cloudwatch": (f"arn:aws:cloudwatch:{_AT}:alarm:*-{SUFFIX}", f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/*-{SUFFIX}"),
    "dynamodb": (f"arn:aws:dynamodb:{_AT}:table/*-{SUFFIX}",),
    "events": tuple(f"arn:aws:events:{_AT}:{kind}/*-{SUFFIX}" for kind in ("archive", "event-bus", "rule")),
    "iam": (f"arn:aws:iam::{ACCOUNT}:role/*-{SUFFIX}",),
    "lambda": (_FUNCTIONS, f"{_FUNCTIONS}:*"),
    "logs": (f"arn:aws:logs:{_AT}:log-group:/aws/*-{SUFFIX}", f"arn:aws:logs:{_AT}:log-group:/aws/*-{SUFFIX}:*"),
    "s3": (f"arn:aws:s3:::*-{ACCOUNT}-{SUFFIX}", f"arn:aws:s3:::*-{ACCOUNT}-{SUFFIX}/*"),
    "secretsmanager": (f"arn:aws:secretsmanager:{_AT}:secret:*-{SUFFIX}-*",),
    "sns": (f"arn:aws:sns:{_AT}:*-{SUFFIX}", f"arn:aws:sns:{_AT}:*-{SUFFIX}:*"),
    "sqs": (f"arn:aws:sqs:{_AT}:*-{SUFFIX}", f"arn:aws:sqs:{_AT}:*-{SUFFIX}.fifo"),
    "wafv2": (f"arn:aws:wafv2:{_AT}:regional/webacl/*", "arn:aws:apigateway:us-east-1::/restapis/*"),
    "xray": (f"arn:aws:xray:{_AT}:sampling-rule/*-{SUFFIX}",),
}

# Actions with other resources or a condition. AWS has no smaller resource for those with `*`.
_OF_ANY = {
    "cloudwatch:DescribeAlarms",
    "logs:DeleteQueryDefinition",
    "logs:DeleteResourcePolicy",
    "logs:DescribeLogGroups",
    "logs:DescribeQueryDefinitions",
    "logs:DescribeResourcePolicies",
    "logs:PutQueryDefinition",
    "logs:PutResourcePolicy",
    "sns:GetSubscriptionAttributes",
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
    "xray:GetSamplingRules",
}
_OF_MAPPINGS = {f"lambda:{verb}EventSourceMapping" for verb in ("Create", "Delete", "Get", "Update")}
_OF_MAPPINGS_AND_FUNCTIONS = {"lambda:ListTags", "lambda:TagResource", "lambda:UntagResource"}
_PASSING = {"iam:PassRole"}
# The first domain name of an account makes the service-linked role with which API Gateway reads certificates.
_LINKING = {"iam:CreateServiceLinkedRole"}
_LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway"


def actions() -> dict[str, list[str]]:
    """Return type of resource → the actions that Pulumi needs to make, read, change and delete such a resource."""
    return json.loads((files("hookline.operate") / "deployer_actions.json").read_text("utf-8"))


def document() -> dict[str, Any]:
    """Return the IAM policy: the actions of all types, each service with its own resources."""
    every = {action for of_type in actions().values() for action in of_type}
    special = _OF_ANY | _OF_MAPPINGS | _OF_MAPPINGS_AND_FUNCTIONS | _PASSING | _LINKING
    statements = [
        _allow(service, {each for each in every - special if each.startswith(f"{service}:")}, resources)
        for service, resources in _RESOURCES.items()
    ]
    to_services = {"StringEquals": {"iam:PassedToService": ["events.amazonaws.com", "lambda.amazonaws.com"]}}
    of_functions = {"ArnLike": {"lambda:FunctionArn": [_FUNCTIONS, f"{_FUNCTIONS}:*"]}}
    statements += [
        _allow("passRole", _PASSING, _RESOURCES["iam"]) | {"Condition": to_services},
        _allow("linkRole", _LINKING, [_LINKED]),
        _allow("mappings", _OF_MAPPINGS - {"lambda:GetEventSourceMapping"}, ["*"]) | {"Condition": of_functions},
        _allow("readMappings", {"lambda:GetEventSourceMapping"}, ["*"]),
        _allow("lambdaTags", _OF_MAPPINGS_AND_FUNCTIONS, [_FUNCTIONS, _MAPPINGS]),
        _allow("withoutResource", _OF_ANY, ["*"]),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(name: str, allowed: set[str], resources: Sequence[str]) -> dict[str, Any]:
    sid = name[0].upper() + name[1:]
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(allowed), "Resource": list(resources)}


def text() -> str:
    """Return the policy as the text of its file."""
    return json.dumps(document(), indent=2) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), "utf-8")

"""Names fit AWS's limits, with the longest suffix too."""

import re

import pytest
from infra.stack import cloud_resources, deploy, named

LONGEST = "a2345678901234567-20"
# Longest name and allowed characters, by service (the CreateX operations of each service's API reference).
LIMITS = {
    "aws:lambda/function:Function": (64, r"[A-Za-z0-9_-]+"),
    "aws:iam/role:Role": (64, r"[\w+=,.@-]+"),
    "aws:iam/rolePolicy:RolePolicy": (128, r"[\w+=,.@-]+"),
    "aws:sqs/queue:Queue": (80, r"[A-Za-z0-9_-]+"),
    "aws:dynamodb/table:Table": (255, r"[A-Za-z0-9_.-]{3,}"),
    "aws:cloudwatch/logGroup:LogGroup": (512, r"[A-Za-z0-9_/.#-]+"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (255, r"[ -~]+"),
    "aws:secretsmanager/secret:Secret": (512, r"[A-Za-z0-9/_+=.@-]+"),
    "aws:apigateway/restApi:RestApi": (128, r"[ -~]+"),
    "aws:apigateway/model:Model": (255, r"[A-Za-z0-9]+"),
    "aws:apigateway/requestValidator:RequestValidator": (128, r"[ -~]+"),
    "aws:lambda/alias:Alias": (128, r"(?![0-9]+$)[A-Za-z0-9_-]+"),
}


@pytest.mark.parametrize("type_token", LIMITS)
def test_names_fit_with_the_longest_suffix(type_token: str) -> None:
    """With a suffix of twenty characters every name is short enough and has only allowed characters."""
    longest, allowed = LIMITS[type_token]
    names = named(deploy(LONGEST, provisionedConcurrency="1"), type_token)
    assert names
    for name in names:
        assert len(name) <= longest
        assert re.fullmatch(allowed, name)


def test_every_type_with_a_name_has_a_limit_here() -> None:
    """No type of resource escapes the check above."""
    stack = deploy(LONGEST, provisionedConcurrency="1")
    assert {r.type for r in cloud_resources(stack) if "name" in r.inputs} == set(LIMITS)


def test_the_other_names_fit_too() -> None:
    """Stage, dashboard and permission statement, whose names have arguments of their own."""
    stack = deploy(LONGEST)
    stage = stack.one("aws:apigateway/stage:Stage").inputs["stageName"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,128}", stage)
    dashboard = stack.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardName"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", dashboard)
    statement = stack.one("aws:lambda/permission:Permission").inputs["statementId"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,100}", statement)

"""All names fit AWS's limits, even with the longest suffix."""

import re

import pytest
from support.program import cloud_resources, deploy, named

LONGEST = "a2345678901234567-20"
# Longest name and allowed characters, by service (the CreateX operations of each service's API reference).
LIMITS = {
    "aws:lambda/function:Function": (64, r"[A-Za-z0-9_-]+"),
    "aws:iam/role:Role": (64, r"[\w+=,.@-]+"),
    "aws:iam/rolePolicy:RolePolicy": (128, r"[\w+=,.@-]+"),
    "aws:sqs/queue:Queue": (80, r"[A-Za-z0-9_-]+(\.fifo)?"),
    "aws:dynamodb/table:Table": (255, r"[A-Za-z0-9_.-]{3,}"),
    "aws:cloudwatch/logGroup:LogGroup": (512, r"[A-Za-z0-9_/.#-]+"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (255, r"[ -~]+"),
    "aws:secretsmanager/secret:Secret": (512, r"[A-Za-z0-9/_+=.@-]+"),
    "aws:apigateway/restApi:RestApi": (128, r"[ -~]+"),
    "aws:apigateway/model:Model": (255, r"[A-Za-z0-9]+"),
    "aws:apigateway/requestValidator:RequestValidator": (128, r"[ -~]+"),
    "aws:cloudwatch/eventBus:EventBus": (256, r"[A-Za-z0-9_./-]+"),
    "aws:cloudwatch/eventRule:EventRule": (64, r"[A-Za-z0-9_.-]+"),
    "aws:cloudwatch/eventArchive:EventArchive": (48, r"[A-Za-z0-9_.-]+"),
    "aws:cloudwatch/queryDefinition:QueryDefinition": (255, r"[A-Za-z0-9_/-]+"),
    "aws:lambda/alias:Alias": (128, r"(?![0-9]+$)[A-Za-z0-9_-]+"),
}


@pytest.mark.parametrize("type_token", LIMITS)
def test_names_fit_with_the_longest_suffix(type_token: str) -> None:
    """With a suffix of twenty characters, every name is short enough and has only allowed characters."""
    longest, allowed = LIMITS[type_token]
    names = named(deploy(LONGEST, provisionedConcurrency="1"), type_token)
    assert names
    for name in names:
        assert len(name) <= longest
        assert re.fullmatch(allowed, name)


def test_every_type_with_a_name_has_a_limit_here() -> None:
    """The list of limits covers every type of resource."""
    stack = deploy(LONGEST, provisionedConcurrency="1")
    assert {r.type for r in cloud_resources(stack) if "name" in r.inputs} == set(LIMITS)


OTHER_NAMES = {
    "aws:apigateway/stage:Stage": ("stageName", r"[A-Za-z0-9_-]{1,128}"),
    "aws:cloudwatch/dashboard:Dashboard": ("dashboardName", r"[A-Za-z0-9_-]{1,255}"),
    "aws:lambda/permission:Permission": ("statementId", r"[A-Za-z0-9_-]{1,100}"),
    "aws:s3/bucket:Bucket": ("bucket", r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"),
    "aws:cloudwatch/eventTarget:EventTarget": ("targetId", r"[A-Za-z0-9_.-]{1,64}"),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": ("policyName", r"[A-Za-z0-9_.-]{1,255}"),
}


@pytest.mark.parametrize("type_token", OTHER_NAMES)
def test_the_other_names_fit_too(type_token: str) -> None:
    """These names have another argument than `name`."""
    argument, allowed = OTHER_NAMES[type_token]
    names = [resource.inputs[argument] for resource in deploy(LONGEST, provisionedConcurrency="1").by_type(type_token)]
    assert names
    assert all(re.fullmatch(allowed, name) for name in names)

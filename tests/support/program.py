"""Helpers that run the Pulumi program against a fake cloud and read the registered resources."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pulumi

from hookline.infra import Function, FunctionArgs
from hookline.program.engine import Deployment, Registration, run_program

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "__main__.py"
ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms"
AWS_PREFIX = "aws:"

QUEUE = "aws:sqs/queue:Queue"
FUNCTION = "aws:lambda/function:Function"
TABLE = "aws:dynamodb/table:Table"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
STAGE = "aws:apigateway/stage:Stage"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
METHOD = "aws:apigateway/method:Method"
RESOURCE = "aws:apigateway/resource:Resource"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
EDGES = {
    "kmsKeyArn": KEY,
    "permissionsBoundaryArn": BOUNDARY,
    "rolePath": "/payments/",
    "domainName": "hooks.example.com",
    "certificateArn": CERTIFICATE,
    "tags": '{"team": "payments"}',
}
"""All settings of production edges, switched on."""

TRANSACTIONS, PROVIDERS = '["transactions"]', '["providers"]'
"""Values of the setting `systems` for a single system."""


Computed = tuple[str, dict[str, Any]]


def _rest_api(_inputs: dict[str, Any], name: str, _arn: str) -> Computed:
    identity = "a1b2c3" if "transactions" in name else "d4e5f6"
    execution = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{identity}"
    return identity, {"rootResourceId": "root", "executionArn": execution}


def _stage(inputs: dict[str, Any], name: str, _arn: str) -> Computed:
    host = f"https://{inputs['restApi']}.execute-api.us-east-1.amazonaws.com"
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{inputs['restApi']}/stages/{inputs['stageName']}"
    return name, {"invokeUrl": f"{host}/{inputs['stageName']}", "arn": arn}


def _rule(inputs: dict[str, Any], name: str, _arn: str) -> Computed:
    rule = f"{inputs['eventBusName']}/{name}"
    return rule, {"arn": f"arn:aws:events:us-east-1:{ACCOUNT}:rule/{rule}"}


def _called(_inputs: dict[str, Any], name: str, arn: str) -> Computed:
    return name, {"arn": arn, "invokeArn": f"{arn}/invocations", "version": "7"}


COMPUTED: dict[str, Callable[[dict[str, Any], str, str], Computed]] = {
    "aws:sqs/queue:Queue": lambda _, name, arn: (
        name,
        {"arn": arn, "url": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{name}"},
    ),
    "aws:dynamodb/table:Table": lambda _, name, arn: (
        name,
        {"arn": arn, "streamArn": f"{arn}/stream/2026-01-01T00:00:00.000"},
    ),
    "aws:iam/role:Role": lambda _, name, _arn: (name, {"arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"}),
    "aws:lambda/function:Function": _called,
    "aws:lambda/alias:Alias": _called,
    "aws:apigateway/restApi:RestApi": _rest_api,
    "aws:apigateway/stage:Stage": _stage,
    "aws:apigateway/domainName:DomainName": lambda inputs, _name, _arn: (
        inputs["domainName"],
        {"regionalDomainName": "d-abc123.execute-api.us-east-1.amazonaws.com", "regionalZoneId": "Z1UJRXOUMOOFQ8"},
    ),
    "aws:s3/bucket:Bucket": lambda inputs, _name, _arn: (
        inputs["bucket"],
        {"arn": f"arn:aws:s3:::{inputs['bucket']}"},
    ),
    "aws:cloudwatch/eventBus:EventBus": lambda _, name, _arn: (
        name,
        {"arn": f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/{name}"},
    ),
    "aws:cloudwatch/eventRule:EventRule": _rule,
    "aws:sns/topic:Topic": lambda _, name, _arn: (name, {"arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:{name}"}),
    "aws:cloudwatch/logGroup:LogGroup": lambda _, name, _arn: (
        name,
        {"arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}"},
    ),
}
"""Type of resource → a function that returns id and outputs in AWS's formats, from inputs, name and ARN."""


_PARTITIONS = {
    "cn": {"partition": "aws-cn", "dnsSuffix": "amazonaws.com.cn"},
    "us": {"partition": "aws", "dnsSuffix": "amazonaws.com"},
}


class FakeAws:
    """Answers a registration with the outputs that AWS would compute, in their shapes; creates nothing."""

    def __init__(self, region: str = "us-east-1", before: Deployment | None = None) -> None:
        self._region, self._before = region, before or Deployment()

    def create(self, resource: Registration) -> tuple[str, dict[str, Any]]:
        """Return an id and the computed outputs of one resource."""
        name = resource.inputs.get("name", resource.name)
        service = resource.type.partition(":")[2].partition("/")[0]
        arn = f"arn:aws:{service}:us-east-1:{ACCOUNT}:{name}"
        known = COMPUTED.get(resource.type)
        identity, outputs = known(resource.inputs, name, arn) if known else (name, {"arn": arn})
        return identity, {key: value.replace("us-east-1", self._region) for key, value in outputs.items()}

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """Return the account, the region, its partition, or the resources of the last `up`, and no other data."""
        if token == "aws:index/getRegion:getRegion":
            return {"region": self._region, "id": self._region}
        if token == "aws:index/getPartition:getPartition":
            return _PARTITIONS.get(self._region.partition("-")[0], _PARTITIONS["us"])
        if token == "aws:index/getCallerIdentity:getCallerIdentity":
            return {"accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "userId": ACCOUNT, "id": ACCOUNT}
        if token == "pulumi:pulumi:readStackResourceOutputs":
            return {"outputs": {r.urn: {"type": r.type, "outputs": self._outputs(r)} for r in self._before.resources}}
        raise AssertionError(f"the program called {token} with {sorted(args)}")

    def _outputs(self, resource: Registration) -> dict[str, Any]:
        return self._before.outputs if resource.type == "pulumi:pulumi:Stack" else {}


@cache
def deploy(suffix: str = "dev", **settings: str) -> Deployment:
    """Return the real program, run with settings in the form of a stack file (`expiryDays="1"`).

    All tests with the same settings share the result, so a test must not change it.
    """
    config = {"aws:region": "us-east-1", "hookline:environmentSuffix": suffix}
    return run(PROGRAM, config | {f"hookline:{key}": value for key, value in settings.items()})


def run(
    program: Path | Callable[[], object], config: dict[str, str], project: str = "hookline", region: str = "us-east-1"
) -> Deployment:
    """Any program, with the whole config."""
    return run_program(program, project=project, stack="test", config=config, provider=FakeAws(region))


def make_function(suffix: str = "x", provisioned: int = 0) -> Function:
    """Return a minimal function for a test program."""
    args = FunctionArgs(
        suffix=suffix,
        description="Answers",
        handler="app.handler",
        code=pulumi.AssetArchive({"app.py": pulumi.StringAsset("")}),
        timeout=3,
        reserved_concurrency=5,
        provisioned_concurrency=provisioned,
    )
    return Function("answer", args)


def metrics(alarm: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the metrics that an alarm reads, each with name and dimensions."""
    return [query["metric"] for query in alarm.get("metricQueries", [{"metric": alarm}]) if "metric" in query]


def cloud_resources(deployment: Deployment) -> list[Registration]:
    """Return the resources that exist in AWS, without components, stack and Pulumi providers."""
    return [r for r in deployment.resources if r.custom and r.type.startswith(AWS_PREFIX)]


def statements(deployment: Deployment, role: str) -> dict[str, dict[str, Any]]:
    """Return statement id → statement, from the only policy of a role."""
    policy = deployment.one("aws:iam/rolePolicy:RolePolicy", role.replace("-role", "-policy"))
    assert policy.inputs["role"] == role
    return {s["Sid"]: s for s in json.loads(policy.inputs["policy"])["Statement"]}


def named(deployment: Deployment, type_token: str) -> dict[str, Registration]:
    """Return physical name → resource, for one type."""
    return {r.inputs["name"]: r for r in deployment.by_type(type_token)}

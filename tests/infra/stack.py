"""Runs the Pulumi program against a fake cloud, and reads what it registered."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi

from hookline.infra import Function, FunctionArgs
from hookline.local.engine import Deployment, Registration, run_program

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


class FakeCloud:
    """Answers a registration with the outputs that AWS would compute, in their shapes; creates nothing."""

    def create(self, resource: Registration) -> tuple[str, dict[str, Any]]:
        """An id and the computed outputs of one resource."""
        name = resource.inputs.get("name", resource.name)
        service = resource.type.partition(":")[2].partition("/")[0]
        arn = f"arn:aws:{service}:us-east-1:{ACCOUNT}:{name}"
        match resource.type:
            case "aws:sqs/queue:Queue":
                return name, {"arn": arn, "url": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{name}"}
            case "aws:dynamodb/table:Table":
                return name, {"arn": arn, "streamArn": f"{arn}/stream/2026-01-01T00:00:00.000"}
            case "aws:lambda/function:Function" | "aws:lambda/alias:Alias":
                return name, {"arn": arn, "invokeArn": f"{arn}/invocations", "version": "7"}
            case "aws:apigateway/restApi:RestApi":
                execution = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:a1b2c3"
                return "a1b2c3", {"rootResourceId": "root", "executionArn": execution}
            case "aws:apigateway/stage:Stage":
                host = "https://a1b2c3.execute-api.us-east-1.amazonaws.com"
                return name, {"invokeUrl": f"{host}/{resource.inputs['stageName']}"}
            case _:
                return name, {"arn": arn}

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """Nothing in the program asks the cloud a question."""
        raise AssertionError(f"the program called {token} with {sorted(args)}")


def deploy(suffix: str = "dev", **settings: str) -> Deployment:
    """The real program, deployed with settings as a stack file gives them (`expiryDays="1"`)."""
    config = {"aws:region": "us-east-1", "hookline:environmentSuffix": suffix}
    return run(PROGRAM, config | {f"hookline:{key}": value for key, value in settings.items()})


def run(program: Path | Callable[[], object], config: dict[str, str], project: str = "hookline") -> Deployment:
    """Any program, with the whole config."""
    return run_program(program, project=project, stack="test", config=config, provider=FakeCloud())


def make_function(suffix: str = "x", provisioned: int = 0) -> Function:
    """A function as small as can be, for a program of a test."""
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


def cloud_resources(deployment: Deployment) -> list[Registration]:
    """What ends up in AWS: no components, no stack, no provider."""
    return [r for r in deployment.resources if r.custom and r.type.startswith(AWS_PREFIX)]


def statements(deployment: Deployment, role: str) -> dict[str, dict[str, Any]]:
    """Statement id → statement of the only policy of a role."""
    policy = deployment.one("aws:iam/rolePolicy:RolePolicy", role.replace("-role", "-policy"))
    assert policy.inputs["role"] == role
    return {s["Sid"]: s for s in json.loads(policy.inputs["policy"])["Statement"]}


def named(deployment: Deployment, type_token: str) -> dict[str, Registration]:
    """Physical name → resource, of one type."""
    return {r.inputs["name"]: r for r in deployment.by_type(type_token)}

"""A queue, a function, a state machine and a bus of the user get events of the providers, from the webhook on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from integration.local_projects import small_project, write_stack
from support.live.providers import Providers
from support.waiting import wait_until

from hookline.local import deploy
from hookline.local.cloud import Cloud
from hookline.operate.sending.send import TIMEOUT_SECONDS
from hookline.operate.target import local_target

ACCOUNT = "arn:aws:{}:us-east-1:000000000000:"
PROGRAM = '''
import json
import pulumi, pulumi_aws as aws
from hookline.infra import (
    BusTarget, Function, FunctionArgs, FunctionTarget, ProviderPipeline, ProviderPipelineArgs, ProvidersSettings,
    QueueTarget, StateMachineTarget, Statement, Subscription, aws_provider,
)

settings = ProvidersSettings.load(pulumi.Config("hookline"))
opts = pulumi.ResourceOptions(provider=aws_provider("dev"))
HANDLER = """
import json, os, boto3
sqs = boto3.client("sqs")

def handler(event, context):
    if "detail" in event:
        sqs.send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(event))
"""


def queue(name):
    return aws.sqs.Queue(name, name=name, sqs_managed_sse_enabled=True, opts=opts)


mine, seen, worked, forwarded = queue("mine"), queue("seen"), queue("worked"), queue("forwarded")
books = Function("books", FunctionArgs(
    suffix="dev", description="Books", handler="app.handler", timeout=3, reserved_concurrency=None,
    code=pulumi.AssetArchive({"app.py": pulumi.StringAsset(HANDLER)}), environment={"SEEN": seen.url},
    statements=[Statement("Tell", ["sqs:SendMessage"], [seen.arn])]), opts)
trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
role = aws.iam.Role("machine", name="machine", opts=opts, assume_role_policy=json.dumps(
    {"Version": "2012-10-17", "Statement": [trust]}))
machine = aws.sfn.StateMachine("disputes", name="disputes", role_arn=role.arn, opts=opts, definition=json.dumps(
    {"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "End": True}}}))
bus = aws.cloudwatch.EventBus("company", name="company", opts=opts)
rule = aws.cloudwatch.EventRule("all", name="all", event_bus_name=bus.name, opts=opts,
    event_pattern=json.dumps({"source": ["hookline.stripe"]}))
aws.cloudwatch.EventTarget("all", target_id="all", rule=rule.name, event_bus_name=bus.name, arn=forwarded.arn,
    opts=opts)

targets = {
    "mine": Subscription(QueueTarget(mine.arn), providers=["stripe"]),
    "books": Subscription(FunctionTarget(books.arn), event_types=["payment_intent.*"]),
    "disputes": Subscription(StateMachineTarget(machine.arn), event_types=["refund.created"], retry_hours=1),
    "company": Subscription(BusTarget(bus.arn)),
}
pipeline = ProviderPipeline("providers", ProviderPipelineArgs(settings, targets=targets), opts)
for name, value in {**pipeline.outputs, "mine": mine.url, "seen": seen.url, "forwarded": forwarded.url}.items():
    pulumi.export(name, value)
pulumi.export("machine", machine.arn)
'''


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Providers, Cloud]]:
    """Return a sender to a stack with a target of each kind, and the clients of its emulator."""
    project = small_project(tmp_path_factory.mktemp("targets") / "own", PROGRAM)
    names = {"environmentSuffix": "dev", "apiGatewayLogging": '"off"', "providers": '["stripe", "square"]'}
    write_stack(project.path, "dev", **names)
    try:
        cloud = deploy.up(project, "dev").emulator.cloud()
        with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
            yield Providers.of(local_target(project, "dev"), client), cloud
    finally:
        project.home.stop()


def received(cloud: Cloud, url: str, count: int) -> list[dict[str, Any]]:
    """Receive and delete events from a queue until there are so many."""
    found: list[dict[str, Any]] = []

    def enough() -> bool:
        answer = cloud.call("sqs", "receive_message", QueueUrl=url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            found.append(json.loads(message["Body"]))
            cloud.call("sqs", "delete_message", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return len(found) >= count

    wait_until(enough)
    return found


def test_each_own_target_gets_the_events_that_it_chose(stack: tuple[Providers, Cloud]) -> None:
    """All come through the endpoints, the pipeline and the bus."""
    providers, cloud = stack
    outputs = providers.target.outputs
    for name, event in (("square", "payment"), ("stripe", "payment"), ("stripe", "refund")):
        assert providers.send(providers.webhook(name, event)).status == 200

    def kinds(events: list[dict[str, Any]]) -> list[str]:
        return sorted(f"{event['source']} {event['detail-type']}" for event in events)

    payment, refund = "hookline.stripe payment_intent.succeeded", "hookline.stripe refund.created"
    assert kinds(received(cloud, outputs["mine"], 2)) == [payment, refund]
    assert kinds(received(cloud, outputs["seen"], 1)) == [payment]
    assert kinds(received(cloud, outputs["forwarded"], 2)) == [payment, refund]
    executions: list[str] = []

    def executed() -> bool:
        answer = cloud.call("stepfunctions", "list_executions", stateMachineArn=outputs["machine"])
        executions[:] = [each["executionArn"] for each in answer["executions"] if each["status"] == "SUCCEEDED"]
        return bool(executions)

    wait_until(executed)
    (execution,) = executions
    started = cloud.call("stepfunctions", "describe_execution", executionArn=execution)
    assert kinds([json.loads(started["input"])]) == [refund]
    assert json.loads(started["input"])["detail"]["provider"] == "stripe"

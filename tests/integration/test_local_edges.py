"""A stack with all production edges in local mode: what the emulator cannot do is left out, and events flow."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from integration.local_projects import real_project
from support.live.providers import Providers
from support.program import EDGES
from support.waiting import wait_until

from hookline.local import deploy
from hookline.local.cloud import Cloud
from hookline.operate.sending.send import TIMEOUT_SECONDS
from hookline.operate.target import local_target

EMULATED = {name: value.replace("123456789012", "000000000000") for name, value in EDGES.items()}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Providers, Cloud]]:
    """Return a sender to the stack, and the clients of its emulator."""
    project = real_project(tmp_path_factory.mktemp("edges") / "own", providers='["square"]', **EMULATED)
    try:
        cloud = deploy.up(project, "dev").emulator.cloud()
        with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
            yield Providers.of(local_target(project, "dev"), client), cloud
    finally:
        project.home.stop()


def test_a_webhook_comes_through_to_the_queue(stack: tuple[Providers, Cloud]) -> None:
    """Square signs the URL at the domain name; the request itself goes to the local address."""
    providers, cloud = stack
    outputs = providers.target.outputs
    assert outputs["square_notification_url"] == "https://hooks.example.com/providers/webhook/square"
    assert outputs["api_endpoint"].startswith("http://127.0.0.1:")
    assert providers.send(providers.webhook("square", "payment")).status == 200
    found: list[str] = []

    def arrived() -> bool:
        answer = cloud.call("sqs", "receive_message", QueueUrl=outputs["payments_queue_url"])
        found.extend(json.loads(message["Body"])["transaction_type"] for message in answer.get("Messages", []))
        return bool(found)

    wait_until(arrived)
    assert found == ["payment"]


def test_the_emulator_has_the_key_and_the_domain_name(stack: tuple[Providers, Cloud]) -> None:
    """It stores them, but it neither encrypts nor serves the domain name."""
    providers, cloud = stack
    url = providers.target.outputs["payments_queue_url"]
    attributes = cloud.call("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["KmsMasterKeyId"])
    assert attributes["Attributes"]["KmsMasterKeyId"] == EMULATED["kmsKeyArn"]
    table = cloud.call("dynamodb", "describe_table", TableName=providers.target.outputs["table_name"])
    assert table["Table"]["SSEDescription"]["KMSMasterKeyArn"] == EMULATED["kmsKeyArn"]
    (domain,) = cloud.call("apigateway", "get_domain_names")["items"]
    assert domain["domainName"] == "hooks.example.com"

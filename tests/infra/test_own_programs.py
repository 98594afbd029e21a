"""Pipelines in other programs: several in one stack, with the program's own resources, in any region."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.program import ALARM, FUNCTION, cloud_resources, run

from hookline.infra import (
    Dashboard,
    DashboardArgs,
    ProviderPipeline,
    ProviderPipelineArgs,
    ProvidersSettings,
    TransactionPipeline,
    TransactionPipelineArgs,
    TransactionsSettings,
)
from hookline.program.engine import Deployment, ProgramError, Registration

SUFFIX = "prod"


def make_both(name_prefix: str = "", **settings: Any) -> None:
    """Make both pipelines with forwarding."""
    transactions = TransactionPipeline(
        "transactions",
        TransactionPipelineArgs(TransactionsSettings(environment_suffix=SUFFIX, **settings), name_prefix),
    )
    providers = ProvidersSettings(environment_suffix=SUFFIX, **settings)
    made = ProviderPipeline(
        "providers", ProviderPipelineArgs(providers, forward_to=transactions.validator, name_prefix=name_prefix)
    )
    Dashboard(name_prefix or "hookline", DashboardArgs(SUFFIX, [transactions.view, made.view]))


def physical_names(deployment: Deployment) -> list[str]:
    """Return the names that must be unique for each type of resource."""
    keys = ("name", "bucket", "dashboardName", "policyName", "statementId", "targetId")
    found = [(r.type, r.inputs[key]) for r in cloud_resources(deployment) for key in keys if key in r.inputs]
    # Names inside an API must be unique only in that API, and a policy's name only in its role.
    return [f"{kind} {name}" for kind, name in found if "apigateway/" not in kind or kind.endswith(":RestApi")]


def metrics_of(alarm: Registration) -> str:
    """Return the metric of an alarm, or its metrics."""
    names = ("namespace", "metricName", "dimensions", "metricQueries")
    return json.dumps([alarm.inputs.get(name) for name in names])


def test_two_pipelines_of_one_suffix_live_in_one_stack() -> None:
    """No two resources have the same name, and no two alarms have the same metric."""

    def program() -> None:
        make_both()
        make_both("shop")

    deployment = run(program, {})
    names = physical_names(deployment)
    assert len(names) > 100
    assert sorted(names) == sorted(set(names))
    alarms = deployment.by_type(ALARM)
    watched = [metrics_of(alarm) for alarm in alarms]
    assert sorted(watched) == sorted(set(watched))
    own = [alarm for alarm in alarms if alarm.inputs.get("namespace") == "hookline"]
    assert {alarm.inputs["dimensions"]["Service"] for alarm in own} == {
        "transactions",
        "providers",
        "shop-transactions",
        "shop-providers",
    }
    services = {f.inputs["name"]: f.inputs["environment"]["variables"]["SERVICE"] for f in deployment.by_type(FUNCTION)}
    assert services["shop-validator-prod"] == "shop-transactions"
    assert services["ingestion-prod"] == "providers"


def test_without_a_prefix_the_names_are_those_of_the_program() -> None:
    """Deployed resources keep their names."""
    names = physical_names(run(make_both, {}))
    assert "aws:lambda/function:Function validator-prod" in names
    assert "aws:s3/bucket:Bucket hookline-payloads-123456789012-prod" in names


@pytest.mark.parametrize("prefix", ["Shop", "-shop", "shop-", "s_h", "a" * 11, " "])
def test_a_prefix_of_another_form_is_refused(prefix: str) -> None:
    """The message says which values are allowed."""
    with pytest.raises(ProgramError, match=r"name_prefix is .*: it must be 1 to 10 lower-case letters"):
        run(lambda: make_both(prefix), {})


def test_the_longest_prefix_fits_the_longest_names() -> None:
    """Every name fits AWS's limits, or the prefix is rejected."""
    longest_suffix = "s" * 13

    def program(suffix: str) -> None:
        TransactionPipeline(
            "transactions",
            TransactionPipelineArgs(TransactionsSettings(environment_suffix=suffix), name_prefix="p" * 10),
        )
        ProviderPipeline(
            "providers", ProviderPipelineArgs(ProvidersSettings(environment_suffix=suffix), name_prefix="p" * 10)
        )

    deployment = run(lambda: program(longest_suffix), {})
    limits = {"Function": 64, "Role": 64, "Bucket": 63, "EventArchive": 48, "EventRule": 64, "Queue": 80}
    for resource in cloud_resources(deployment):
        limit = limits.get(resource.type.rpartition(":")[2], 255)
        assert len(resource.inputs.get("name") or resource.inputs.get("bucket") or "") <= limit, resource.name
    with pytest.raises(ProgramError, match="have more than 23 characters together"):
        run(lambda: program(longest_suffix + "s"), {})


def test_an_alarm_topic_of_the_same_program_is_notified() -> None:
    """The topic's ARN and Square's URL may be outputs of other resources."""

    def program() -> None:
        topic = aws.sns.Topic("alarms")
        TransactionPipeline(
            "transactions",
            TransactionPipelineArgs(TransactionsSettings(environment_suffix=SUFFIX, alarm_topic_arn=topic.arn)),
        )
        url = pulumi.Output.concat("https://", topic.id, ".example/webhook/square")
        settings = ProvidersSettings(environment_suffix=SUFFIX, alarm_topic_arn=topic.arn, square_notification_url=url)
        ProviderPipeline("providers", ProviderPipelineArgs(settings))

    deployment = run(program, {})
    topic = "arn:aws:sns:us-east-1:123456789012:alarms"
    assert {tuple(alarm.inputs["alarmActions"]) for alarm in deployment.by_type(ALARM)} == {(topic,)}
    (ingestion,) = (f for f in deployment.by_type(FUNCTION) if f.inputs["name"] == "ingestion-prod")
    assert ingestion.inputs["environment"]["variables"]["SQUARE_URL"] == "https://alarms.example/webhook/square"


def test_the_components_follow_the_region_of_the_provider() -> None:
    """In another region, no URL, dashboard or policy contains us-east-1."""
    deployment = run(make_both, {"aws:region": "eu-west-1"}, region="eu-west-1")
    registered = json.dumps([r.inputs for r in cloud_resources(deployment)], default=lambda _archive: "")
    assert "us-east-1" not in registered
    assert "execute-api.eu-west-1.amazonaws.com" in registered
    assert '"region": "eu-west-1"' in registered.replace("\\", "")


def test_typed_attributes_are_the_outputs_of_the_stack() -> None:
    """Attributes of the pipelines have the same values as the exported outputs."""

    def program() -> None:
        pipeline = TransactionPipeline(
            "transactions", TransactionPipelineArgs(TransactionsSettings(environment_suffix=SUFFIX))
        )
        providers = ProviderPipeline("providers", ProviderPipelineArgs(ProvidersSettings(environment_suffix=SUFFIX)))
        for name, value in {**pipeline.outputs, **providers.outputs}.items():
            pulumi.export(name, value)
        pulumi.export("url", pipeline.webhook_url)
        pulumi.export("payments", pipeline.queue_urls["payments"])
        pulumi.export("dead", pipeline.dead_letter_urls["disputes"])
        pulumi.export("secret", pipeline.signing_secret_arn)
        pulumi.export("endpoint", providers.api_endpoint)
        pulumi.export("bus", providers.bus_arn)
        pulumi.export("secrets", providers.secrets_arn)

    outputs = run(program, {}).outputs
    for attribute, output in {
        "url": "webhook_url",
        "payments": "payments_queue_url",
        "dead": "disputes_dlq_url",
        "secret": "signing_secret_arn",
        "endpoint": "api_endpoint",
        "bus": "eventbridge_bus_arn",
        "secrets": "provider_secrets_arn",
    }.items():
        assert outputs[attribute] == outputs[output]

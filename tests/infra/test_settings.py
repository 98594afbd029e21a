"""Settings are typed and validated; the message has name, value and allowed values."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from support.program import ALARM, FUNCTION, STAGE, TOPIC, TRANSACTIONS, deploy, named, run

from hookline.infra import SettingsError, TransactionsSettings
from hookline.program.engine import ProgramError

MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"


def test_the_defaults_are_the_documented_ones() -> None:
    """Only the suffix is required."""
    settings = TransactionsSettings(environment_suffix="dev")
    assert vars(settings) == {
        "environment_suffix": "dev",
        "allow_unsigned": False,
        "expiry_days": 35,
        "untimed_expiry_days": None,
        "protect_data": False,
        "verifiable": False,
        "transaction_log_days": 30,
        "validator_reserved_concurrency": 100,
        "router_reserved_concurrency": 20,
        "provisioned_concurrency": 0,
        "api_gateway_logging": "account",
        "alarm_topic_arn": None,
        "ticket_topic_arn": None,
        "backlog_hours": 24,
        "web_acl_arn": None,
        "kms_key_arn": None,
        "permissions_boundary_arn": None,
        "role_path": None,
        "domain_name": None,
        "keep_execute_api": False,
        "transactions_base_path": "transactions",
        "method_metrics": False,
        "api_trace_percent": 5,
        "tracing": "active",
        "aws_client": "hookline",
        "stream_parallelism": 1,
        "transactions_rate_limit": 1_000,
        "transactions_burst_limit": 1_000,
    }


def test_settings_cannot_be_changed() -> None:
    """Settings are immutable, so they stay valid."""
    settings = TransactionsSettings(environment_suffix="dev")
    with pytest.raises(AttributeError):
        settings.expiry_days = 0  # pyright: ignore[reportAttributeAccessIssue]


def test_every_setting_of_a_stack_file_arrives() -> None:
    """Each key sets its own field, with the right type."""
    loaded: list[TransactionsSettings] = []
    config = {
        "hookline:environmentSuffix": "x1",
        "hookline:allowUnsigned": "true",
        "hookline:expiryDays": "1",
        "hookline:validatorReservedConcurrency": "30",
        "hookline:routerReservedConcurrency": "3",
        "hookline:provisionedConcurrency": "30",
        "hookline:apiGatewayLogging": "off",
        "hookline:alarmTopicArn": TOPIC,
        "hookline:streamParallelism": "10",
        "hookline:awsClient": "botocore",
        "hookline:methodMetrics": "true",
        "hookline:apiTracePercent": "100",
        "hookline:tracing": "passthrough",
    }
    run(lambda: loaded.append(TransactionsSettings.load(pulumi.Config())), config)
    assert loaded == [
        TransactionsSettings(
            environment_suffix="x1",
            allow_unsigned=True,
            expiry_days=1,
            validator_reserved_concurrency=30,
            router_reserved_concurrency=3,
            provisioned_concurrency=30,
            api_gateway_logging="off",
            alarm_topic_arn=TOPIC,
            stream_parallelism=10,
            aws_client="botocore",
            method_metrics=True,
            api_trace_percent=100,
            tracing="passthrough",
        )
    ]


@pytest.mark.parametrize("suffix", ["a", "7", "pr-123", "a" * 20, "a--b"])
def test_a_good_suffix_is_accepted(suffix: str) -> None:
    """A suffix has up to twenty lower-case letters, digits and inner hyphens."""
    assert TransactionsSettings(environment_suffix=suffix).environment_suffix == suffix


def test_a_reservation_may_be_none() -> None:
    """A new account has a quota of ten concurrent executions, and AWS lets it reserve none of them."""
    keys = ("validator", "router", "ingestion", "processing")
    made = deploy(**{f"{key}ReservedConcurrency": "none" for key in keys}, provisionedConcurrency="2")
    functions = named(made, FUNCTION).values()
    assert len(functions) == 4
    assert not any("reservedConcurrentExecutions" in each.inputs for each in functions)
    assert {each.name for each in made.by_type(MAPPING) if "scalingConfig" in each.inputs} == {
        "forward-failures-queue-dev"
    }


@pytest.mark.parametrize("suffix", ["", "-a", "a-", "Dev", "a_b", "a.b", "a b", "a" * 21, "dév", "dev\n", 7, None])
def test_a_wrong_suffix_is_refused(suffix: Any) -> None:
    """A suffix that does not fit into every resource's name fails at once."""
    with pytest.raises(SettingsError, match=r"^hookline:environmentSuffix is .*: it must be 1 to 20 "):
        TransactionsSettings(environment_suffix=suffix)


WRONG: list[tuple[str, str, object, str]] = [
    ("allow_unsigned", "allowUnsigned", "true", "true or false"),
    ("allow_unsigned", "allowUnsigned", 1, "true or false"),
    ("expiry_days", "expiryDays", 0, "a whole number from 1 to 365"),
    ("expiry_days", "expiryDays", 366, "a whole number from 1 to 365"),
    ("expiry_days", "expiryDays", 1.5, "a whole number from 1 to 365"),
    ("expiry_days", "expiryDays", True, "a whole number from 1 to 365"),
    ("validator_reserved_concurrency", "validatorReservedConcurrency", 0, "a whole number from 1 to 10000"),
    ("router_reserved_concurrency", "routerReservedConcurrency", 10_001, "a whole number from 1 to 10000"),
    ("provisioned_concurrency", "provisionedConcurrency", -1, "a whole number from 0 to 100"),
    ("provisioned_concurrency", "provisionedConcurrency", 101, "a whole number from 0 to 100"),
    ("api_gateway_logging", "apiGatewayLogging", "manage", '"account" or "off", in quotes'),
    ("api_gateway_logging", "apiGatewayLogging", False, '"account" or "off", in quotes'),
    ("alarm_topic_arn", "alarmTopicArn", "alarms", "the ARN of an SNS topic"),
    ("alarm_topic_arn", "alarmTopicArn", TOPIC + ".fifo", "the ARN of an SNS topic"),
    ("ticket_topic_arn", "ticketTopicArn", "tickets", "the ARN of an SNS topic"),
    ("backlog_hours", "backlogHours", 0, "a whole number from 1 to 144"),
    ("backlog_hours", "backlogHours", 145, "a whole number from 1 to 144"),
    ("stream_parallelism", "streamParallelism", 0, "a whole number from 1 to 10"),
    ("stream_parallelism", "streamParallelism", 11, "a whole number from 1 to 10"),
    ("transactions_rate_limit", "transactionsRateLimit", 0, "a whole number from 1 to 1000000"),
    ("transactions_burst_limit", "transactionsBurstLimit", 0, "a whole number from 1 to 1000000"),
    ("aws_client", "awsClient", "boto3", "hookline or botocore"),
    ("api_trace_percent", "apiTracePercent", 101, "a whole number from 0 to 100 or aws"),
    ("api_trace_percent", "apiTracePercent", "own", "a whole number from 0 to 100 or aws"),
    ("tracing", "tracing", "Active", "active or passthrough"),
]


@pytest.mark.parametrize(("field", "key", "value", "allowed"), WRONG)
def test_a_wrong_value_names_the_key_the_value_and_what_is_allowed(
    field: str, key: str, value: object, allowed: str
) -> None:
    """A wrong setting in a program fails with the same message as in a stack file."""
    with pytest.raises(SettingsError) as caught:
        TransactionsSettings(environment_suffix="dev", **{field: value})  # pyright: ignore[reportArgumentType]
    assert caught.value.key == f"hookline:{key}"
    assert str(caught.value).startswith(f"hookline:{key} is {json.dumps(value)}: it must be {allowed}")


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("allowUnsigned", "yes", 'is "yes": it must be true or false'),
        ("allowUnsigned", "True", 'is "True": it must be true or false'),
        ("expiryDays", "soon", 'is "soon": it must be a whole number'),
        ("expiryDays", "1.0", 'is "1.0": it must be a whole number'),
        ("expiryDays", "-1", "is -1: it must be a whole number from 1 to 365"),
        ("expiryDays", "", 'is "": it must be a whole number'),
        ("alarmTopicArn", TOPIC.replace("us-east-1", "eu-west-1"), "it must be the ARN of an SNS topic in us-east-1"),
        ("ticketTopicArn", TOPIC.replace("us-east-1", "eu-west-1"), "it must be the ARN of an SNS topic in us-east-1"),
        ("alarmEmail", "on-call", 'is "on-call": it must be an e-mail address'),
        ("streamParallelism", "9" * 5000, "it must be a whole number"),
        ("apiGatewayLogging", "false", 'is "false": it must be "account" or "off", in quotes'),
    ],
)
def test_a_wrong_value_in_a_stack_file_stops_the_program(key: str, value: str, problem: str) -> None:
    """The program fails before it registers any resource, with a one-line message."""
    with pytest.raises(ProgramError) as caught:
        deploy(**{key: value})
    assert f"hookline:{key} " in str(caught.value)
    assert problem in str(caught.value)


def test_a_missing_suffix_stops_the_program() -> None:
    """There is no default suffix, so that no stack gets another stack's names by accident."""
    with pytest.raises(ProgramError, match="hookline:environmentSuffix is not set: it must be 1 to 20"):
        run(lambda: TransactionsSettings.load(pulumi.Config()), {})


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("expireDays", "did you mean hookline:expiryDays?"),
        ("allow_unsigned", "did you mean hookline:allowUnsigned?"),
        ("zzz", "there are adyenCapture, "),
    ],
)
def test_an_unknown_setting_is_refused_with_the_closest_known_one(key: str, hint: str) -> None:
    """A typing error never silently uses the default."""
    with pytest.raises(ProgramError) as caught:
        deploy(**{key: "secret-value"})
    assert f"hookline:{key} is not a setting: {hint}" in str(caught.value)
    assert "secret-value" not in str(caught.value)


def test_an_unknown_setting_is_seen_in_the_real_engines_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Pulumi CLI passes settings in an environment variable, which is also checked."""
    settings = {"hookline:environmentSuffix": "dev", "hookline:tableName": "x"}
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(settings))
    with pytest.raises(ProgramError, match="hookline:tableName is not a setting"):
        run(lambda: TransactionsSettings.load(pulumi.Config()), {})


def test_settings_of_other_programs_are_none_of_its_business() -> None:
    """Only keys in the program's own namespace are checked."""
    run(
        lambda: TransactionsSettings.load(pulumi.Config()),
        {"hookline:environmentSuffix": "dev", "other:x": "1"},
    )


def test_settings_can_be_loaded_in_a_program_of_another_name() -> None:
    """A program of another project uses its own namespace."""
    loaded: list[TransactionsSettings] = []
    run(
        lambda: loaded.append(TransactionsSettings.load(pulumi.Config("shop"))),
        {"shop:environmentSuffix": "s"},
    )
    assert loaded == [TransactionsSettings(environment_suffix="s")]


def test_a_stack_that_accepts_unsigned_requests_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """With `true` there is a warning at `pulumi up`, and an alarm. With `local`, AWS needs neither."""
    warned: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", lambda text, *_: warned.append(text))
    closed = deploy("closed", systems=TRANSACTIONS, allowUnsigned="local")
    assert named(closed, FUNCTION)["validator-closed"].inputs["environment"]["variables"]["ALLOW_UNSIGNED"] == "local"
    assert closed.outputs["allow_unsigned"] == "local"
    assert "transactions-unsigned-closed" not in named(closed, ALARM)
    assert warned == []
    opened = deploy("opened", systems=TRANSACTIONS, allowUnsigned="true")
    assert named(opened, ALARM)["transactions-unsigned-opened"].inputs["metricName"] == "Unsigned"
    assert [text.partition(":")[0] for text in warned] == ["hookline"]


def test_data_can_be_protected_against_deletion() -> None:
    """By default everything can be destroyed. With the two settings, tables, archive and secrets stay."""
    plain, protected = deploy(), deploy(protectData="true", archiveVersions="true")
    tables, secrets = "aws:dynamodb/table:Table", "aws:secretsmanager/secret:Secret"
    versions = "aws:s3/bucketVersioning:BucketVersioning"
    for stack, safe in ((plain, False), (protected, True)):
        assert {t.inputs["deletionProtectionEnabled"] for t in stack.by_type(tables)} == {safe}
        assert stack.one("aws:s3/bucket:Bucket").inputs["forceDestroy"] is not safe
        assert {s.inputs["recoveryWindowInDays"] for s in stack.by_type(secrets)} == {30 if safe else 0}
        found = [v.inputs["versioningConfiguration"]["status"] for v in stack.by_type(versions)]
        assert found == (["Enabled"] if safe else [])


def test_settings_reach_the_resources() -> None:
    """Each setting changes the matching resource."""
    stack = deploy(
        systems=TRANSACTIONS,
        allowUnsigned="true",
        expiryDays="7",
        validatorReservedConcurrency="11",
        routerReservedConcurrency="12",
        apiGatewayLogging="off",
        streamParallelism="4",
    )
    validator, router = (named(stack, FUNCTION)[f"{name}-dev"].inputs for name in ("validator", "router"))
    assert validator["environment"]["variables"]["ALLOW_UNSIGNED"] == "true"
    assert validator["environment"]["variables"]["EXPIRY_DAYS"] == "7"
    assert validator["reservedConcurrentExecutions"] == 11
    assert router["reservedConcurrentExecutions"] == 12
    assert "accessLogSettings" not in stack.one(STAGE).inputs
    assert stack.one("aws:lambda/eventSourceMapping:EventSourceMapping").inputs["parallelizationFactor"] == 4
    assert stack.outputs["allow_unsigned"] is True


def test_both_systems_remember_untimed_transactions_as_long_as_the_stack_says() -> None:
    """The validator has the outbox items, and ingestion has the webhook records."""
    stack = deploy(untimedExpiryDays="400")
    for name in ("validator-dev", "ingestion-dev"):
        variables = named(stack, FUNCTION)[name].inputs["environment"]["variables"]
        assert variables["UNTIMED_EXPIRY_DAYS"] == "400"


@pytest.mark.parametrize("file", ["Pulumi.dev.yaml", "src/hookline/template/Pulumi.dev.yaml"])
def test_the_dev_stack_accepts_unsigned_requests_in_local_mode_only(file: str) -> None:
    """Somebody who deploys this file to AWS must not open the endpoint."""
    config = yaml.safe_load((Path(__file__).parents[2] / file).read_text())["config"]
    assert config["hookline:allowUnsigned"] == "local"


def test_an_e_mail_address_and_a_topic_of_all_alarms_exclude_each_other() -> None:
    """It would not be clear whom a page notifies."""
    with pytest.raises(ProgramError, match=r"alarmEmail is .*: the alarms already notify the topic"):
        deploy(alarmEmail="a@b.example", alarmTopicArn=TOPIC)

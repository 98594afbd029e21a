"""Production edges: own KMS key, rules for roles, tags and regions. Each is off unless it is set."""

import json
from collections import Counter
from fnmatch import fnmatchcase
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.program import (
    ACCOUNT,
    BOUNDARY,
    EDGES,
    FUNCTION,
    KEY,
    LOG_GROUP,
    PROGRAM,
    QUEUE,
    ROOT,
    TABLE,
    TRANSACTIONS,
    cloud_resources,
    deploy,
    named,
    run,
    statements,
)

from hookline.infra import (
    AlarmTopic,
    AlarmTopicArgs,
    ApiGatewayAccount,
    ApiGatewayAccountArgs,
    ProviderPipeline,
    ProviderPipelineArgs,
    ProvidersSettings,
    SettingsError,
    TransactionPipeline,
    TransactionPipelineArgs,
    TransactionsSettings,
    aws_provider,
)
from hookline.program.engine import Deployment, ProgramError

ROLE = "aws:iam/role:Role"
SECRET = "aws:secretsmanager/secret:Secret"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"


def edges() -> Deployment:
    """Return a stack with all production edges."""
    ledger = json.dumps({"ledger": {"arn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:ledger"}})
    return deploy("full", provisionedConcurrency="1", targets=ledger, **EDGES)


def test_everything_that_can_be_encrypted_uses_the_customer_managed_key() -> None:
    """Queues (also those that EventBridge writes to), tables, archive, secrets, log groups and functions have it."""
    made = edges()
    used = {
        QUEUE: [each.inputs["kmsMasterKeyId"] for each in made.by_type(QUEUE)],
        TABLE: [each.inputs["serverSideEncryption"]["kmsKeyArn"] for each in made.by_type(TABLE)],
        SECRET: [each.inputs["kmsKeyId"] for each in made.by_type(SECRET)],
        LOG_GROUP: [each.inputs["kmsKeyId"] for each in made.by_type(LOG_GROUP)],
        FUNCTION: [each.inputs["kmsKeyArn"] for each in made.by_type(FUNCTION)],
    }
    assert all(used.values())
    assert {key for keys in used.values() for key in keys} == {KEY}
    (rule,) = made.one(ENCRYPTION).inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    assert not any(each.inputs.get("sqsManagedSseEnabled") for each in made.by_type(QUEUE))


def test_the_key_replaces_nothing() -> None:
    """With the key, the stack has the same resources with the same names, so an upgrade keeps the data."""
    assert Counter(r.urn for r in deploy(kmsKeyArn=KEY).resources) == Counter(r.urn for r in deploy().resources)


@pytest.mark.parametrize(
    ("role", "actions"),
    [
        ("router-role-full", ["kms:Decrypt", "kms:GenerateDataKey"]),
        ("ingestion-role-full", ["kms:Decrypt", "kms:GenerateDataKey"]),
        ("validator-role-full", ["kms:Decrypt"]),
        ("processing-role-full", ["kms:Decrypt"]),
    ],
)
def test_a_role_may_use_the_key_for_what_it_does(role: str, actions: list[str]) -> None:
    """Every function decrypts; only one that writes to queues or to the archive needs new data keys."""
    statement = statements(edges(), role)["UseKey"]
    assert (statement["Action"], statement["Resource"]) == (actions, [KEY])


def test_the_validator_may_encrypt_what_it_reports() -> None:
    """Lambda sends a failed event to the failure queue with the validator's role."""
    policy = edges().one("aws:iam/rolePolicy:RolePolicy", "forward-failures").inputs["policy"]
    by_id = {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}
    assert by_id["UseKey"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]


def test_without_a_key_no_role_may_use_keys(stack: Deployment) -> None:
    """AWS's own keys need no permission."""
    assert "kms:" not in json.dumps([r.inputs["policy"] for r in stack.by_type("aws:iam/rolePolicy:RolePolicy")])


def test_every_role_has_the_path_and_the_boundary() -> None:
    """Organisations often let nobody make a role without them."""
    roles = edges().by_type(ROLE)
    assert "to-ledger-role-full" in {role.inputs["name"] for role in roles}
    assert {(role.inputs["path"], role.inputs["permissionsBoundary"]) for role in roles} == {("/payments/", BOUNDARY)}


def test_the_role_of_the_account_has_them_too() -> None:
    """The program in `account/` has the same two settings."""
    config = {
        "aws:region": "us-east-1",
        "hookline-account:environmentSuffix": "shared",
        "hookline-account:permissionsBoundaryArn": BOUNDARY,
        "hookline-account:rolePath": "/payments/",
    }
    role = run(ROOT / "account" / "__main__.py", config, project="hookline-account").one(ROLE).inputs
    assert (role["path"], role["permissionsBoundary"]) == ("/payments/", BOUNDARY)


def test_tags_are_added_to_environment_and_service() -> None:
    """They are default tags of the AWS provider, so every resource that takes tags has them."""
    provider = edges().one("pulumi:providers:aws")
    assert json.loads(provider.inputs["defaultTags"])["tags"] == {
        "Environment": "full",
        "Service": "hookline",
        "team": "payments",
    }


def test_the_provider_for_own_programs_takes_tags() -> None:
    """Components get their tags from their AWS provider."""
    config = {"aws:region": "us-east-1"}
    made = run(lambda: aws_provider("x", {"cost-center": "7"}), config).one("pulumi:providers:aws")
    assert json.loads(made.inputs["defaultTags"])["tags"]["cost-center"] == "7"


def test_the_edges_may_be_outputs_of_the_same_program() -> None:
    """Key, boundary and alarm topic can be resources of the program that uses the components."""

    def program() -> None:
        key, boundary, topic = aws.kms.Key("key"), aws.iam.Policy("boundary", policy="{}"), aws.sns.Topic("alarms")
        common: dict[str, Any] = {
            "environment_suffix": "x",
            "kms_key_arn": key.arn,
            "permissions_boundary_arn": boundary.arn,
            "alarm_topic_arn": topic.arn,
        }
        transactions = TransactionPipeline("transactions", TransactionPipelineArgs(TransactionsSettings(**common)))
        providers = ProvidersSettings(**common)
        ProviderPipeline("providers", ProviderPipelineArgs(providers, forward_to=transactions.validator))

    made = run(program, {})
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key"
    assert {each.inputs["kmsMasterKeyId"] for each in made.by_type(QUEUE)} == {key}
    assert {each.inputs["permissionsBoundary"] for each in made.by_type(ROLE)} == {
        f"arn:aws:iam:us-east-1:{ACCOUNT}:boundary"
    }


def test_in_china_arns_and_host_names_are_chinas() -> None:
    """The partition comes from the AWS provider, so no ARN and no host name assumes AWS's own partition."""

    def program() -> None:
        ApiGatewayAccount("logs", ApiGatewayAccountArgs(suffix="x"))
        settings = ProvidersSettings(environment_suffix="x", alarm_topic_arn=f"arn:aws-cn:sns:cn-north-1:{ACCOUNT}:a")
        ProviderPipeline("providers", ProviderPipelineArgs(settings))

        topic = AlarmTopic("alarms", AlarmTopicArgs("x", "a@example.com"))
        pulumi.export("topic", topic.arn)

    made = run(program, {"aws:region": "cn-north-1"}, region="cn-north-1")
    assert "arn:aws-cn:cloudwatch:cn-north-1:" in made.one("aws:sns/topicPolicy:TopicPolicy").inputs["policy"]
    attachment = made.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment").inputs
    assert attachment["policyArn"].startswith("arn:aws-cn:iam::aws:policy/")
    ingestion = named(made, FUNCTION)["ingestion-x"].inputs["environment"]["variables"]
    assert ".execute-api.cn-north-1.amazonaws.com.cn/" in ingestion["SQUARE_URL"]


WRONG: list[tuple[str, str, object, str]] = [
    ("kms_key_arn", "kmsKeyArn", "alias/hookline", "the ARN of a KMS key, and not of an alias"),
    ("kms_key_arn", "kmsKeyArn", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/hookline", "the ARN of a KMS key"),
    ("permissions_boundary_arn", "permissionsBoundaryArn", "boundary", "the ARN of an IAM policy"),
    (
        "permissions_boundary_arn",
        "permissionsBoundaryArn",
        f"arn:aws:iam::{ACCOUNT}:role/x",
        "the ARN of an IAM policy",
    ),
    ("role_path", "rolePath", "payments", "a path of IAM with a slash at both ends"),
    ("role_path", "rolePath", "/", "a path of IAM with a slash at both ends"),
    ("role_path", "rolePath", "/payments", "a path of IAM with a slash at both ends"),
]


@pytest.mark.parametrize(("field", "key", "value", "allowed"), WRONG)
def test_a_wrong_edge_names_the_key_the_value_and_what_is_allowed(
    field: str, key: str, value: object, allowed: str
) -> None:
    """Mistakes fail before anything is deployed."""
    with pytest.raises(SettingsError) as caught:
        TransactionsSettings(environment_suffix="dev", **{field: value})  # pyright: ignore[reportArgumentType]
    assert str(caught.value).startswith(f"hookline:{key} is {json.dumps(value)}: it must be {allowed}")


@pytest.mark.parametrize(
    "tags",
    [
        "{}",
        "[]",
        "team",
        '{"Environment": "x"}',
        '{"Service": "x"}',
        '{"aws:team": "x"}',
        '{"AWS:team": "x"}',
        '{"": "x"}',
        '{"team": 7}',
        '{"team": "a#b"}',
        json.dumps({f"tag{number}": "" for number in range(41)}),
    ],
)
def test_wrong_tags_are_refused(tags: str) -> None:
    """Environment and Service are the program's own, AWS reserves `aws:`, and a resource can have 50 tags."""
    with pytest.raises(ProgramError, match=r"hookline:tags is .*: it must be an object of at most 40 tags"):
        deploy(tags=tags)


def test_many_tags_are_accepted() -> None:
    """Tags may have the letters, digits and signs that all services of AWS allow."""
    tags = {"Team": "Zahlungen ü", "cost:center/1": "", "environment": "a.b@c+d-e_f=g", "Service2": "x"}
    provider = deploy(systems=TRANSACTIONS, tags=json.dumps(tags)).one("pulumi:providers:aws")
    assert tags.items() <= json.loads(provider.inputs["defaultTags"])["tags"].items()


@pytest.mark.parametrize(("key", "kind"), [("kmsKeyArn", "a KMS key"), ("certificateArn", "a certificate")])
def test_an_edge_of_another_region_is_refused(key: str, kind: str) -> None:
    """The program deploys to us-east-1, and AWS accepts only keys and certificates of the same region."""
    elsewhere = EDGES[key].replace("us-east-1", "eu-west-1")
    with pytest.raises(ProgramError, match=rf"hookline:{key} is .*: it must be the ARN of {kind} in us-east-1"):
        deploy(**EDGES | {key: elsewhere})


def test_an_unset_edge_adds_nothing() -> None:
    """A stack without these settings has the same inputs as before."""
    plain = json.dumps([r.inputs for r in cloud_resources(deploy())], default=lambda _archive: "")
    for word in ("permissionsBoundary", '"path": "/', "kmsKeyArn", "kmsKeyId"):
        assert word not in plain, word


def test_the_whole_program_can_have_all_edges() -> None:
    """The stack file's names of the settings are these."""
    config = {f"hookline:{key}": value for key, value in EDGES.items()}
    made = run(PROGRAM, {"aws:region": "us-east-1", "hookline:environmentSuffix": "dev"} | config)
    assert made.by_type("aws:apigateway/domainName:DomainName")


def test_the_documented_key_policy_allows_each_service_that_uses_the_key() -> None:
    """EventBridge, CloudWatch Logs and CloudWatch call KMS as services; functions call it with their roles."""
    policy = json.loads((ROOT / "docs" / "kms-key-policy.json").read_text())
    by_service = {each["Principal"].get("Service"): each["Action"] for each in policy["Statement"]}
    made = deploy(alarmEmail="a@example.com", **EDGES)
    assert made.one("aws:sns/topic:Topic").inputs["kmsMasterKeyId"] == KEY
    senders = [
        each for each in made.by_type("aws:sqs/queuePolicy:QueuePolicy") if "events.amaz" in each.inputs["policy"]
    ]
    assert senders
    assert set(by_service) == {
        None,
        "logs.us-east-1.amazonaws.com",
        "events.amazonaws.com",
        "cloudwatch.amazonaws.com",
    }
    assert by_service["events.amazonaws.com"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    context = policy["Statement"][2]["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    names = context.partition(":log-group:")[2]
    assert all(fnmatchcase(each.inputs["name"], names) for each in made.by_type(LOG_GROUP))

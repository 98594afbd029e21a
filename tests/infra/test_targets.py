"""Consumers of your own on the bus: rules, permissions and the settings that declare them."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.program import ACCOUNT, QUEUE, deploy, named, run, statements

from hookline.core import PROVIDER_NAMES
from hookline.infra import (
    BusTarget,
    EventBus,
    EventBusArgs,
    FunctionTarget,
    ProviderPipeline,
    ProviderPipelineArgs,
    ProvidersSettings,
    QueueTarget,
    Rule,
    SettingsError,
    StateMachineTarget,
    Subscription,
)
from hookline.program.engine import Deployment, ProgramError

RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
PERMISSION = "aws:lambda/permission:Permission"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
BUS_RULE = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/provider-events-dev"

OWN_QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:ledger"
OWN_FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:books"
OWN_MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:disputes"
OTHER_BUS = "arn:aws:events:eu-west-1:210987654321:event-bus/company"


def with_targets(**targets: object) -> Deployment:
    """Return the real program with this value of the setting `targets`."""
    return deploy(targets=json.dumps(targets))


def pattern(members: dict[str, Any]) -> dict[str, Any]:
    """Return the pattern of the rule of a target with these members."""
    made = with_targets(ledger={"arn": OWN_QUEUE, **members})
    return json.loads(named(made, RULE)["to-ledger-dev"].inputs["eventPattern"])


def target(made: Deployment, name: str) -> dict[str, Any]:
    """Return the inputs of the target of a consumer's rule."""
    return dict(made.one(TARGET, f"to-{name}").inputs)


def test_a_target_gets_the_events_of_all_providers_of_the_stack_without_outcomes() -> None:
    """A consumer that books must not take an outcome for another payment."""
    assert pattern({}) == {"source": [f"hookline.{name}" for name in PROVIDER_NAMES]}


def test_a_target_can_choose_providers_and_event_types() -> None:
    """A star at the end stands for any ending."""
    chosen = {"providers": ["stripe", "square"], "eventTypes": ["charge.*", "refund.created"]}
    assert pattern(chosen) == {
        "source": ["hookline.stripe", "hookline.square"],
        "detail-type": [{"prefix": "charge."}, "refund.created"],
    }


def test_a_target_can_get_outcomes_of_its_providers_too_or_alone() -> None:
    """All outcomes have the same source, so the detail tells the provider."""
    assert pattern({"providers": ["adyen"], "outcomes": "also"}) == {
        "source": ["hookline.adyen", "hookline.outcome"],
        "detail": {"provider": ["adyen"]},
    }
    assert pattern({"outcomes": "only", "eventTypes": ["dispute_lost"]}) == {
        "source": ["hookline.outcome"],
        "detail": {"provider": list(PROVIDER_NAMES)},
        "detail-type": ["dispute_lost"],
    }


def test_a_delivery_is_retried_for_a_day_unless_the_target_says_less_and_ends_in_the_failure_queue() -> None:
    """A day is EventBridge's default, and its maximum."""
    made = with_targets(ledger={"arn": OWN_QUEUE}, hasty={"arn": OWN_QUEUE, "retryHours": 2})
    failures = named(made, QUEUE)["rule-failures-dev"]
    for name in ("ledger", "hasty"):
        assert target(made, name)["deadLetterConfig"] == {"arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:rule-failures-dev"}
    assert "retryPolicy" not in target(made, "ledger")
    # Without a number of retries, Pulumi's AWS provider would send 0.
    assert target(made, "hasty")["retryPolicy"] == {"maximumEventAgeInSeconds": 7200, "maximumRetryAttempts": 185}
    policy = made.one("aws:sqs/queuePolicy:QueuePolicy", "rule-failures").inputs
    assert policy["queueUrl"].endswith(failures.inputs["name"])
    assert f"{BUS_RULE}/to-ledger-dev" in policy["policy"]


def test_a_queue_gets_no_permission_from_hookline_and_the_output_says_what_to_grant() -> None:
    """The queue's policy belongs to the user. EventBridge uses no role for a queue."""
    made = with_targets(ledger={"arn": OWN_QUEUE})
    assert target(made, "ledger")["arn"] == OWN_QUEUE
    assert "roleArn" not in target(made, "ledger")
    assert made.outputs["target_grants"] == {
        "ledger": {
            "Sid": "AllowToLedgerDev",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": OWN_QUEUE,
            "Condition": {"ArnEquals": {"aws:SourceArn": [f"{BUS_RULE}/to-ledger-dev"]}},
        }
    }


@pytest.mark.parametrize(("ending", "qualifier"), [("", None), (":live", "live")])
def test_a_function_lets_only_its_rule_in(ending: str, qualifier: str | None) -> None:
    """The permission is for the alias in the ARN, and exists before the first event."""
    made = with_targets(books={"arn": OWN_FUNCTION + ending})
    permission = made.one(PERMISSION, "to-books-permission")
    assert permission.inputs["function"] == OWN_FUNCTION
    assert permission.inputs.get("qualifier") == qualifier
    assert permission.inputs["principal"] == "events.amazonaws.com"
    assert permission.inputs["sourceArn"] == f"{BUS_RULE}/to-books-dev"
    assert target(made, "books")["arn"] == OWN_FUNCTION + ending
    assert permission.urn in made.one(TARGET, "to-books").dependencies
    assert "target_grants" not in made.outputs


@pytest.mark.parametrize(("arn", "action"), [(OWN_MACHINE, "states:StartExecution"), (OTHER_BUS, "events:PutEvents")])
def test_a_state_machine_and_another_bus_are_reached_with_a_role_of_their_own(arn: str, action: str) -> None:
    """The role has one action on one resource, and only the rule can use it."""
    made = with_targets(own={"arn": arn})
    role = made.one("aws:iam/role:Role", "to-own-role")
    assert target(made, "own")["roleArn"] == f"arn:aws:iam::{ACCOUNT}:role/to-own-role-dev"
    assert statements(made, "to-own-role-dev") == {
        "Deliver": {"Sid": "Deliver", "Effect": "Allow", "Action": [action], "Resource": [arn]}
    }
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "events.amazonaws.com"}
    assert trust["Condition"] == {"ArnEquals": {"aws:SourceArn": f"{BUS_RULE}/to-own-dev"}}
    policy = made.one("aws:iam/rolePolicy:RolePolicy", "to-own-policy")
    assert policy.urn in made.one(TARGET, "to-own").dependencies


def test_the_output_says_what_a_bus_in_another_account_must_grant() -> None:
    """A state machine needs no grant."""
    grants = with_targets(company={"arn": OTHER_BUS}, disputes={"arn": OWN_MACHINE}).outputs["target_grants"]
    assert grants == {
        "company": {
            "Sid": "AllowToCompanyDev",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/to-company-role-dev"},
            "Action": "events:PutEvents",
            "Resource": OTHER_BUS,
        }
    }


FIELDS = "can have providers, eventTypes, outcomes, retryHours"


@pytest.mark.parametrize(
    ("targets", "problem"),
    [
        ({"Ledger": {"arn": OWN_QUEUE}}, "Ledger must be a name of 1 to 20 lower-case letters"),
        ({"a" * 21: {"arn": OWN_QUEUE}}, "must be a name of 1 to 20 lower-case letters"),
        ({"ledger": OWN_QUEUE}, f"ledger must have arn, and {FIELDS}"),
        ({"ledger": {}}, f"ledger must have arn, and {FIELDS}"),
        ({"ledger": {"arn": OWN_QUEUE, "provider": "stripe"}}, f"ledger must have arn, and {FIELDS}"),
        ({"ledger": {"arn": f"{OWN_QUEUE}.fifo"}}, "ledger.arn must be the ARN of a standard SQS queue, a Lambda"),
        ({"ledger": {"arn": f"{OWN_MACHINE}:live"}}, "ledger.arn must be the ARN of a standard SQS queue, a Lambda"),
        ({"ledger": {"arn": 5}}, "ledger.arn must be the ARN of a standard SQS queue, a Lambda"),
        ({"ledger": {"arn": OWN_QUEUE, "providers": []}}, "ledger.providers must be a list of one or more of adyen"),
        ({"ledger": {"arn": OWN_QUEUE, "providers": "stripe"}}, "ledger.providers must be a list of one or more of"),
        ({"ledger": {"arn": OWN_QUEUE, "providers": ["mollie"]}}, "ledger.providers must be a list of one or more of"),
        ({"ledger": {"arn": OWN_QUEUE, "eventTypes": ["a", "a"]}}, "ledger.eventTypes must be a list of 1 to 20"),
        ({"ledger": {"arn": OWN_QUEUE, "eventTypes": [5]}}, "ledger.eventTypes must be a list of 1 to 20"),
        ({"ledger": {"arn": OWN_QUEUE, "eventTypes": ["*"]}}, "ledger.eventTypes must be a list of 1 to 20"),
        ({"ledger": {"arn": OWN_QUEUE, "eventTypes": ["*.paid"]}}, "ledger.eventTypes must be a list of 1 to 20"),
        (
            {"ledger": {"arn": OWN_QUEUE, "eventTypes": [f"type{n}" for n in range(21)]}},
            "ledger.eventTypes must be a list of 1 to 20",
        ),
        ({"ledger": {"arn": OWN_QUEUE, "outcomes": True}}, "ledger.outcomes must be none or also or only"),
        ({"ledger": {"arn": OWN_QUEUE, "retryHours": 25}}, "ledger.retryHours must be a whole number from 1 to 24"),
        ({"ledger": {"arn": OWN_QUEUE, "retryHours": True}}, "ledger.retryHours must be a whole number from 1 to 24"),
        ([OWN_QUEUE], "it must be an object of name → target, such as"),
        ({}, "it must be an object of name → target, such as"),
    ],
)
def test_a_wrong_target_names_the_place_and_what_is_allowed(targets: Any, problem: str) -> None:
    """AWS would reject it later with a less clear message, or deliver nothing."""
    with pytest.raises(SettingsError) as caught:
        ProvidersSettings(environment_suffix="dev", targets=targets)
    assert caught.value.key == "hookline:targets"
    assert problem in str(caught.value)


def test_a_target_of_a_provider_that_is_off_is_refused() -> None:
    """It would get nothing, and nobody would notice."""
    with pytest.raises(SettingsError, match="stripe is not in the setting providers"):
        ProvidersSettings(
            environment_suffix="dev",
            providers=("square",),
            targets={"ledger": {"arn": OWN_QUEUE, "providers": ["square", "stripe"]}},
        )


def test_only_a_bus_can_be_in_another_region() -> None:
    """EventBridge refuses other targets in another region."""
    with pytest.raises(ProgramError, match=r"ledger\.arn must be in us-east-1; only a bus can be in another region"):
        with_targets(ledger={"arn": OWN_QUEUE.replace("us-east-1", "eu-west-1")})


def test_a_target_can_be_a_resource_of_the_same_program() -> None:
    """The argument takes outputs. It comes in addition to the setting, and replaces a target of the same name."""

    def program() -> None:
        queue = aws.sqs.Queue("mine", name="mine")
        settings = ProvidersSettings(
            environment_suffix="x", targets={"a": {"arn": OWN_QUEUE}, "b": {"arn": OWN_QUEUE, "providers": ["stripe"]}}
        )
        own = {"b": Subscription(QueueTarget(queue.arn), providers=("square",)), "c": Subscription(FunctionTarget("f"))}
        pipeline = ProviderPipeline("providers", ProviderPipelineArgs(settings, name_prefix="shop", targets=own))
        pulumi.export("grants", pipeline.outputs["target_grants"])

    made = run(program, {})
    assert made.one(TARGET, "shop-to-a").inputs["arn"] == OWN_QUEUE
    assert made.one(TARGET, "shop-to-b").inputs["arn"] == f"arn:aws:sqs:us-east-1:{ACCOUNT}:mine"
    assert json.loads(made.one(RULE, "shop-to-b").inputs["eventPattern"]) == {"source": ["hookline.square"]}
    assert made.one(PERMISSION, "shop-to-c").inputs["function"] == "f"
    assert sorted(made.outputs["grants"]) == ["a", "b"]


def test_the_name_of_a_target_in_a_program_is_checked_too() -> None:
    """It becomes part of AWS's names."""
    settings = ProvidersSettings(environment_suffix="x")
    args = ProviderPipelineArgs(settings, targets={"My queue": Subscription(QueueTarget(OWN_QUEUE))})
    with pytest.raises(ProgramError, match="My queue must be a name of 1 to 20 lower-case letters"):
        run(lambda: ProviderPipeline("providers", args), {})


def test_a_bus_of_another_program_can_have_every_kind_of_target() -> None:
    """The component makes what EventBridge needs for each kind."""

    def program() -> None:
        kinds = {
            "q": QueueTarget(OWN_QUEUE),
            "f": FunctionTarget(OWN_FUNCTION),
            "m": StateMachineTarget(OWN_MACHINE),
            "b": BusTarget(OTHER_BUS),
        }
        rules = {name: Rule("All", {"source": [{"prefix": ""}]}, kind, retry_hours=1) for name, kind in kinds.items()}
        EventBus("own", EventBusArgs(suffix="x", description="", rules=rules))

    made = run(program, {})
    assert {each.inputs["arn"] for each in made.by_type(TARGET)} == {OWN_QUEUE, OWN_FUNCTION, OWN_MACHINE, OTHER_BUS}
    assert set(named(made, "aws:iam/role:Role")) == {"m-role-x", "b-role-x"}
    assert made.one(PERMISSION).inputs["function"] == OWN_FUNCTION


def test_without_the_log_group_nothing_of_it_is_left() -> None:
    """No rule, no log group and no resource policy, of which an account can have only ten. The rest stays."""
    made, usual = deploy(logEvents="false"), deploy()
    gone = {r.name for r in usual.resources} - {r.name for r in made.resources}
    logging = {f"{name}{part}-dev" for name in (*PROVIDER_NAMES, "outcomes") for part in ("", "-target")}
    assert gone == logging | {"provider-events-group-dev", "provider-events-logs-dev"}
    assert not [group for group in made.by_type(LOG_GROUP) if group.inputs["name"].startswith("/aws/events/")]
    assert "provider_log_group_name" not in made.outputs


def test_a_bus_without_any_rule_has_no_graph_of_its_rules() -> None:
    """CloudWatch refuses a graph without a metric."""
    made = deploy(logEvents="false", forwardTransactions="false")
    assert not made.by_type(RULE)
    body = made.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]
    assert all(widget["properties"]["metrics"] for widget in json.loads(body)["widgets"] if widget["type"] == "metric")

"""The requirements of both systems, checked on the registered resources and on the repository."""

# ruff: noqa: N802  # a test's name contains the id of its requirement, with capital letters

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.program import (
    ACCOUNT,
    ALARM,
    FUNCTION,
    LOG_GROUP,
    PROGRAM,
    PROVIDERS,
    QUEUE,
    ROOT,
    RULE,
    STAGE,
    TABLE,
    TOPIC,
    TRANSACTIONS,
    cloud_resources,
    deploy,
    metrics,
    named,
    run,
)

from hookline.core import PROVIDER_NAMES
from hookline.core.transactions.transaction import TRANSACTION_TYPES
from hookline.program.engine import Deployment, ProgramError


def stack_file(name: str) -> dict[str, str]:
    """Return the settings of a stack file as strings, as Pulumi passes them to the program."""
    config = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_C1_the_program_deploys_as_it_stands_with_each_stack_file(name: str) -> None:
    """The project is a Python project for Pulumi 3, and its stack files need no other setting."""
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    assert (project["name"], project["runtime"]["name"]) == ("hookline", "python")
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert any(re.fullmatch(r"pulumi>=3\..*,<4", dependency) for dependency in dependencies)
    outputs = run(PROGRAM, stack_file(name)).outputs
    assert outputs["webhook_url"].endswith(f"/api-{name}/webhook")


def test_C1_the_program_is_short() -> None:
    """`__main__.py` only connects components."""
    assert len(PROGRAM.read_text().splitlines()) < 55


def test_C1_the_dev_stack_needs_nothing_that_an_empty_account_lacks() -> None:
    """The dev stack writes no access logs, so it needs no account-wide role."""
    stages = run(PROGRAM, stack_file("dev")).by_type(STAGE)
    assert len(stages) == 2
    assert all("accessLogSettings" not in stage.inputs for stage in stages)


BUCKET_ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"  # no shorter form
)
PHYSICAL_NAMES = ("name", "stageName", "dashboardName", "statementId", "policyName", "targetId")


def physical_names(deployment: Deployment) -> dict[str, str]:
    """Return `type key logical name` → physical name, for every resource with a physical name."""
    return {
        f"{r.type} {key} {r.name}": r.inputs[key]
        for r in cloud_resources(deployment)
        for key in PHYSICAL_NAMES
        if key in r.inputs and not r.type.startswith("aws:s3/bucket")
    } | {f"bucket {r.name}": r.inputs["bucket"] for r in deployment.by_type("aws:s3/bucket:Bucket")}


def test_C2_every_name_ends_with_the_suffix(full_stack: Deployment) -> None:
    """This holds for logical and physical names; the model has no hyphen, and FIFO queues end with `.fifo`."""
    for resource in full_stack.resources[1:]:
        assert resource.name.endswith("-full"), resource.urn
    for place, name in physical_names(full_stack).items():
        expected = r"TransactionEventfull" if "Model" in place else r".+-full(\.fifo)?"
        assert re.fullmatch(expected, name), place


def test_C2_two_suffixes_share_no_name() -> None:
    """Two stacks in one account have no physical name in common."""
    one, other = (set(physical_names(deploy(suffix)).values()) for suffix in ("one", "two"))
    assert one
    assert not one & other


def test_C3_nothing_survives_the_stack(full_stack: Deployment) -> None:
    """No resource is protected, retained, or recoverable after deletion."""
    for resource in full_stack.resources:
        assert not resource.protect
        assert not resource.retain_on_delete
        assert not resource.inputs.get("deletionProtectionEnabled")
        assert not resource.inputs.get("skipDestroy")
    secrets = full_stack.by_type("aws:secretsmanager/secret:Secret")
    assert [secret.inputs["recoveryWindowInDays"] for secret in secrets] == [0, 0]
    assert full_stack.one("aws:s3/bucket:Bucket").inputs["forceDestroy"] is True
    assert not full_stack.by_type("aws:apigateway/account:Account")


def test_C4_everything_is_in_us_east_1(stack: Deployment) -> None:
    """One AWS provider in us-east-1 creates every resource, and no resource has its own region."""
    provider = stack.one("pulumi:providers:aws")
    assert provider.inputs["region"] == "us-east-1"
    for resource in cloud_resources(stack):
        assert resource.provider.startswith(f"{provider.urn}::")
        assert "region" not in resource.inputs


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-2"])
def test_C4_another_region_is_refused(region: str) -> None:
    """The program fails before it registers any resource."""
    with pytest.raises(ProgramError, match=f"aws:region is '{region}': it must be 'us-east-1'"):
        run(PROGRAM, {"aws:region": region, "hookline:environmentSuffix": "dev"})


def test_C4_a_missing_region_is_refused() -> None:
    """The region never comes from the environment."""
    with pytest.raises(ProgramError, match="aws:region is None"):
        run(PROGRAM, {"hookline:environmentSuffix": "dev"})


def test_C5_data_at_rest_is_encrypted_with_aws_managed_keys(stack: Deployment) -> None:
    """Queues, tables and bucket use AWS-managed keys; log groups, bus and secrets are encrypted by default."""
    by_rules = "rule-failures-dev"
    keys = {name: queue.inputs.get("kmsMasterKeyId") for name, queue in named(stack, QUEUE).items()}
    assert {key for name, key in keys.items() if name != by_rules} == {"alias/aws/sqs"}
    assert keys[by_rules] is None  # EventBridge cannot use that key: docs/decisions/0010
    assert named(stack, QUEUE)[by_rules].inputs["sqsManagedSseEnabled"] is True
    (rule,) = stack.one(BUCKET_ENCRYPTION).inputs["rules"]
    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}
    encryption = {json.dumps(t.inputs["serverSideEncryption"]) for t in stack.by_type(TABLE)}
    assert encryption == {'{"enabled": true}'}
    assert all("kmsKeyId" not in s.inputs for s in stack.by_type("aws:secretsmanager/secret:Secret"))
    assert all("kmsKeyId" not in group.inputs for group in stack.by_type(LOG_GROUP))


@pytest.mark.parametrize(("system", "days"), [("transactions", 30), ("providers", 7)])
def test_C6_the_api_logs_ids_and_outcomes_as_json(stack: Deployment, system: str, days: int) -> None:
    """Access logs go to the stack's own log group, and contain no body and no header."""
    settings = stack.one(STAGE, system).inputs["accessLogSettings"]
    assert settings["destinationArn"].endswith(f":/aws/apigateway/{system}-api-dev")
    assert named(stack, LOG_GROUP)[f"/aws/apigateway/{system}-api-dev"].inputs["retentionInDays"] == days
    fields = json.loads(settings["format"])
    assert {"requestId", "status", "latencyMs", "errorMessage"} <= fields.keys()
    assert all(re.fullmatch(r"\$context\.[A-Za-z.]+", value) for value in fields.values())
    for private in ("header", "body", "identity", "authorizer", "validationErrorString", "path"):
        assert not any(f".{private}" in value for value in fields.values())


def test_C6_execution_logs_and_metrics_of_methods_are_off(stack: Deployment) -> None:
    """Execution logs of API Gateway could contain bodies; the free metrics of a stage are enough for the alarms."""
    for methods in stack.by_type("aws:apigateway/methodSettings:MethodSettings"):
        settings = methods.inputs["settings"]
        assert settings["metricsEnabled"] is False
        assert settings["loggingLevel"] == "OFF"
        assert settings["dataTraceEnabled"] is False
        assert settings["cachingEnabled"] is False


DEPTH, AGE = "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"
FUNCTIONS = ("validator", "router", "ingestion", "processing")
ALARMS = [
    *((AGE, f"{name}-queue-dev") for name in ("payments", "refunds", "disputes")),
    *((DEPTH, f"{name}-dlq-dev") for name in ("payments", "refunds", "disputes")),
    *((DEPTH, f"{name}-dev") for name in ("router-failures-queue", "rule-failures", "forward-dlq")),
    (DEPTH, "forward-failures-dev"),
    (DEPTH, "provider-webhooks-dlq-dev.fifo"),
    *((metric, f"{name}-dev") for metric in ("Errors", "Throttles", "Duration") for name in FUNCTIONS),
    *(("ConcurrentExecutions", f"{name}-dev") for name in FUNCTIONS if name != "processing"),
    ("IteratorAge", "router-dev"),
    ("Accepted", "transactions"),
    (AGE, "provider-webhooks-dev.fifo"),
    *(("5XXError", f"{system}-api-dev") for system in ("transactions", "providers")),
    *((metric, "provider-events-dev") for metric in ("RetryInvocationAttempts", "ThrottledRules")),
    *(("Conflict", system) for system in ("transactions", "providers")),
    ("RouteFailures", "transactions"),
    *(
        (metric, "providers")
        for metric in (
            "Unbooked",
            "Unreadable",
            "ArchiveChanged",
            "TooManyCertificates",
            "Withheld",
            "OtherAccount",
            "OldVersionRefund",
            "PublishFailures",
        )
    ),
]


@pytest.mark.parametrize(("metric", "target"), ALARMS)
def test_C6_every_way_to_fail_raises_an_alarm(stack: Deployment, metric: str, target: str) -> None:
    """Each one is watched by one alarm; `test_alarm_states.py` shows that each alarm fires."""
    watching = [
        alarm.inputs
        for alarm in stack.by_type(ALARM)
        for watched in metrics(alarm.inputs)
        if watched["metricName"] == metric and target in watched["dimensions"].values()
    ]
    (alarm,) = [each for each in watching if "Provider" not in str(each)]
    assert alarm["treatMissingData"] == "notBreaching"
    assert "alarmActions" not in alarm or alarm["alarmActions"] == []


def test_C6_there_is_no_alarm_that_is_not_required(stack: Deployment) -> None:
    """The stack has only the alarms in the list, and one for the refused deliveries of each provider."""
    assert len(stack.by_type(ALARM)) == len(ALARMS) + len(PROVIDER_NAMES)


def test_C6_each_alarm_says_whether_it_is_urgent(stack: Deployment) -> None:
    """What strangers alone can cause is a ticket, and never wakes anybody."""
    descriptions = {name: alarm.inputs["alarmDescription"] for name, alarm in named(stack, ALARM).items()}
    assert all(text.startswith(("Page: ", "Ticket: ")) for text in descriptions.values())
    tickets = {name for name, text in descriptions.items() if text.startswith("Ticket: ")}
    assert tickets == {
        *(f"{name}-refused-dev" for name in PROVIDER_NAMES),
        *(f"{name}-{kind}-dev" for kind in ("throttles", "duration") for name in FUNCTIONS),
        *(f"{name}-concurrency-dev" for name in FUNCTIONS if name != "processing"),
        *(f"{name}s-{kind}-dev" for kind in ("backlog", "dlq-not-empty") for name in TRANSACTION_TYPES),
        *(f"provider-events-{kind}-dev" for kind in ("retries", "throttled")),
        "transactions-route-failures-dev",
        "providers-publish-failures-dev",
        *(f"{system}-conflict-dev" for system in ("transactions", "providers")),
        "providers-unbooked-dev",
        "providers-unreadable-dev",
        "providers-too-many-certificates-dev",
        "providers-old-version-refund-dev",
        "providers-other-account-dev",
        "providers-withheld-dev",
    }


def test_C6_the_alarms_of_the_providers_can_be_switched_off() -> None:
    """Each reads two metrics, and one of them exists only for this alarm."""
    assert not any("refused" in name for name in named(deploy(providerAlarms="false"), ALARM))


def test_C6_a_provider_that_is_only_refused_raises_an_alarm(stack: Deployment) -> None:
    """The alarm reads both metrics of its own provider; `test_alarm_states.py` evaluates its expression."""
    watched = metrics(named(stack, ALARM)["stripe-refused-dev"].inputs)
    assert [metric["metricName"] for metric in watched] == ["Unauthorized", "Verified"]
    dimensions = {"Service": "providers", "Environment": "dev", "Provider": "stripe"}
    assert all(metric["dimensions"] == dimensions for metric in watched)


def notified(deployment: Deployment) -> dict[str, set[tuple[str, ...]]]:
    """Return severity → the topics of its alarms, which are those of their recoveries too."""
    found: dict[str, set[tuple[str, ...]]] = {"Page": set(), "Ticket": set()}
    for alarm in deployment.by_type(ALARM):
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"]
        found[alarm.inputs["alarmDescription"].partition(":")[0]].add(tuple(alarm.inputs["alarmActions"]))
    return found


TICKETS = TOPIC + "-tickets"


def test_C6_alarms_notify_the_topic_that_is_set(full_stack: Deployment) -> None:
    """With `alarmTopicArn`, the topic gets every alarm and every recovery."""
    assert notified(full_stack) == {"Page": {(TOPIC,)}, "Ticket": {(TOPIC,)}}


def test_C6_tickets_can_have_a_topic_of_their_own() -> None:
    """With `ticketTopicArn`, nobody is woken for what can wait."""
    stack = deploy(alarmTopicArn=TOPIC, ticketTopicArn=TICKETS)
    assert notified(stack) == {"Page": {(TOPIC,)}, "Ticket": {(TICKETS,)}}
    with pytest.raises(ProgramError, match="pages would notify nobody"):
        deploy(ticketTopicArn=TICKETS)


def test_C6_alarms_can_be_sent_by_e_mail() -> None:
    """The program makes a topic to which only alarms of the account may publish, and only with TLS."""
    stack = deploy(alarmEmail="on-call@example.com", ticketTopicArn=TICKETS)
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms-dev"
    assert notified(stack) == {"Page": {(topic,)}, "Ticket": {(TICKETS,)}}
    subscription = stack.one("aws:sns/topicSubscription:TopicSubscription").inputs
    assert subscription == {"endpoint": "on-call@example.com", "protocol": "email", "topic": topic}
    assert "kmsMasterKeyId" not in stack.one("aws:sns/topic:Topic").inputs
    policy = json.loads(stack.one("aws:sns/topicPolicy:TopicPolicy").inputs["policy"])
    allow, deny = policy["Statement"]
    assert (allow["Principal"], allow["Action"]) == ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
    assert allow["Condition"] == {
        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:*"},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    }
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert allow["Resource"] == deny["Resource"] == topic


def widgets(deployment: Deployment) -> list[dict[str, Any]]:
    """Return the graphs and titles of the dashboard."""
    body = deployment.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]
    return json.loads(body)["widgets"]


def graphs(deployment: Deployment) -> list[dict[str, Any]]:
    """Return the graphs of the dashboard."""
    return [widget for widget in widgets(deployment) if widget["type"] == "metric"]


COLUMNS = {
    TRANSACTIONS: ["API", "Validator", "Table", "Router", "Queues", "Dead letters"],
    PROVIDERS: ["API", "Ingestion", "Table", "Queue", "Processing", "Bus", "Dead letters"],
}


@pytest.mark.parametrize("system", COLUMNS)
def test_C6_the_dashboard_shows_the_flow_from_left_to_right(system: str) -> None:
    """The columns of a system go from the API to the dead letters, below a summary."""
    summary, latency, *flow = sorted(graphs(deploy(systems=system)), key=lambda w: (w["y"] > 1, w["x"]))
    assert [w["properties"]["title"].partition(" ")[0] for w in (summary, latency)] == ["Events:", "Latency"]
    first_words = [w["properties"]["title"].split(":")[0] for w in flow]
    assert list(dict.fromkeys(first_words)) == COLUMNS[system]


def test_C6_one_dashboard_shows_both_systems_without_overlaps(stack: Deployment) -> None:
    """Each of the 24 columns of CloudWatch's grid has one widget at a time."""
    taken = [
        (x, y)
        for w in widgets(stack)
        for x in range(w["x"], w["x"] + w["width"])
        for y in range(w["y"], w["y"] + w["height"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    titles = [w["properties"]["markdown"] for w in widgets(stack) if w["type"] == "text"]
    assert titles == ["## Transactions", "## Transactions: flow", "## Providers", "## Providers: flow"]


def test_C6_the_dashboard_shows_what_became_of_events_and_how_fast(stack: Deployment) -> None:
    """Each system has its counts, and its latency with the aim that the docs state."""
    summaries = [w["properties"] for w in graphs(stack) if w["width"] == 12]
    shown = {(line[3], line[1], line[-1]["stat"]) for graph in summaries for line in graph["metrics"]}
    counts = ("Accepted", "Duplicate", "Unauthorized", "Rejected", "Conflict")
    for service in ("transactions", "providers"):
        assert shown >= {(service, metric, "Sum") for metric in counts}
        assert shown >= {(service, "LatencyMs", statistic) for statistic in ("p50", "p99")}
    aims = [graph["annotations"]["horizontal"] for graph in summaries if "annotations" in graph]
    assert aims == [[{"label": "aim for p99", "value": 5000}]] * 2
    assert "within 5 seconds" in (ROOT / "docs" / "architecture.md").read_text()


def test_C6_the_dashboard_shows_only_what_exists(stack: Deployment) -> None:
    """Each graph has only physical names of this stack, in us-east-1."""
    existing = {*physical_names(stack).values(), "dev", "transactions", "providers"}
    for widget in graphs(stack):
        assert widget["properties"]["region"] == "us-east-1"
        for _namespace, _metric, *dimensions, options in widget["properties"]["metrics"]:
            assert set(dimensions[1::2]) <= existing
            assert options["stat"] in {"Sum", "Maximum", "p50", "p99"}


def test_C6_the_dashboard_shows_every_function_queue_table_and_rule(stack: Deployment) -> None:
    """The graphs cover every function, queue, dead-letter queue, table and rule."""
    shown = {value for w in graphs(stack) for line in w["properties"]["metrics"] for value in line[3:-1:2]}
    there = {name for kind in (FUNCTION, QUEUE, TABLE, RULE) for name in named(stack, kind)}
    assert there <= shown


def test_C6_saved_queries_search_the_logs_of_every_function(stack: Deployment) -> None:
    """An operator finds an event, the reasons of refusals, and slow events without writing a query."""
    queries = named(stack, "aws:cloudwatch/queryDefinition:QueryDefinition")
    titles = ("find-an-event", "refusals-by-reason", "slow-events")
    assert set(queries) == {f"hookline/{title}-dev" for title in titles}
    groups = {f"/aws/lambda/{name}-dev" for name in FUNCTIONS}
    assert all(set(query.inputs["logGroupNames"]) == groups for query in queries.values())


def test_C7_tests_fail_below_full_coverage() -> None:
    """Coverage counts lines and branches of the whole package, and must be 100 %."""
    coverage = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["coverage"]
    assert coverage["run"]["branch"] is True
    assert coverage["run"]["source_pkgs"] == ["hookline"]
    assert coverage["report"]["fail_under"] == 100
    assert "omit" not in coverage["run"]
    assert re.search(r"\$\(PYTEST\).* --cov ", (ROOT / "Makefile").read_text())
    assert "make test" in (ROOT / ".ci" / "run").read_text().splitlines()


def modules_of(folder: str) -> list[Path]:
    """Return the test modules of one suite."""
    return sorted((ROOT / "tests" / folder).rglob("test_*.py"))


@pytest.mark.parametrize("suite", ["integration", "e2e"])
def test_C8_there_are_integration_and_end_to_end_tests(suite: str) -> None:
    """Both suites contain tests."""
    assert any("def test_" in module.read_text() for module in modules_of(suite))


def test_C8_the_end_to_end_tests_run_against_a_deployed_stack_too() -> None:
    """The target is the AWS stack in HOOKLINE_AWS_STACK, or a local stack."""
    shared = (ROOT / "tests" / "conftest.py").read_text()
    assert re.search(r"def target\(.*?HOOKLINE_AWS_STACK.*?aws_target\(", shared, re.DOTALL)
    modules = modules_of("e2e")
    assert modules
    assert not any("hookline.local" in module.read_text() for module in modules)
    assert "HOOKLINE_AWS_STACK=$(STACK) .venv/bin/python -m pytest tests/e2e" in (ROOT / "Makefile").read_text()


def test_C9_the_architecture_is_described() -> None:
    """The document names the functions of the transactions system."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    assert {"validator", "router"} <= set(re.findall(r"[a-z]+", text.lower()))


DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))


def test_C9_decisions_are_recorded() -> None:
    """There are decision records, and each has its own number."""
    numbers = [path.name[:4] for path in DECISIONS]
    assert numbers
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_C9_each_decision_has_the_form_of_the_template(path: Path) -> None:
    """A decision record has the decision and its current status."""
    text = path.read_text()
    assert re.search(r"^\*\*Date:\*\* \d{4}-\d\d-\d\d · \*\*Status:\*\* (accepted|replaced by \[)", text, re.MULTILINE)
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Context", "Alternatives", "Decision", "Consequences"]

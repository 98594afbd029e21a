"""The requirements of the transactions system, checked on the registered resources."""

# ruff: noqa: N802  # a test's name contains the id of its requirement, with capital letters

import json
from typing import Any

import jsonschema
import pytest
from support.program import ACCOUNT, FUNCTION, LOG_GROUP, QUEUE, STAGE, TABLE, named, statements

from hookline.program.engine import Deployment

QUEUES = ("payments", "refunds", "disputes")
GOOD = {"event_id": "e", "transaction_type": "payment", "amount": "1.50", "timestamp": "2026-01-01T00:00:00Z"}


def test_A1_a_rest_api_has_one_public_method_post_webhook(transactions: Deployment) -> None:
    """There is one regional REST API with one path and one method, which is open to everyone."""
    api = transactions.one("aws:apigateway/restApi:RestApi")
    assert api.inputs["endpointConfiguration"]["types"] == "REGIONAL"
    assert "binaryMediaTypes" not in api.inputs
    resource = transactions.one("aws:apigateway/resource:Resource")
    assert (resource.inputs["parentId"], resource.inputs["pathPart"]) == ("root", "webhook")
    method = transactions.one("aws:apigateway/method:Method")
    assert (method.inputs["httpMethod"], method.inputs["authorization"]) == ("POST", "NONE")


def test_A1_the_method_is_answered_by_the_validator(transactions: Deployment) -> None:
    """The integration invokes the validator, and the permission covers only this method of this stage."""
    integration = transactions.one("aws:apigateway/integration:Integration").inputs
    assert (integration["type"], integration["integrationHttpMethod"]) == ("AWS_PROXY", "POST")
    assert integration["uri"] == f"arn:aws:lambda:us-east-1:{ACCOUNT}:validator-dev/invocations"
    permission = transactions.one("aws:lambda/permission:Permission").inputs
    assert permission["function"] == "validator-dev"
    assert permission["principal"] == "apigateway.amazonaws.com"
    assert permission["sourceArn"] == f"arn:aws:execute-api:us-east-1:{ACCOUNT}:a1b2c3/api-dev/POST/webhook"


def test_A2_the_validator_runs_the_validating_handler(transactions: Deployment) -> None:
    """The validator's archive contains its handler and its rules."""
    validator = named(transactions, FUNCTION)["validator-dev"].inputs
    assert validator["handler"] == "hookline.functions.validator.handler"
    assert {"hookline/functions/validator.pyc", "hookline/core/transactions/transaction.pyc"} <= validator[
        "code"
    ].files.keys()


@pytest.mark.parametrize("name", QUEUES)
def test_A3_there_is_a_queue_for_each_transaction_type(transactions: Deployment, name: str) -> None:
    """Payments, refunds and disputes each have a standard queue with the required name."""
    assert "fifoQueue" not in named(transactions, QUEUE)[f"{name}-queue-dev"].inputs


def test_A4_the_router_reads_new_events_off_the_tables_stream(transactions: Deployment) -> None:
    """The router gets inserts from the start of the stream; failed records are retried for hours, then queued."""
    mapping = transactions.one("aws:lambda/eventSourceMapping:EventSourceMapping").inputs
    assert mapping["eventSourceArn"].endswith(":transaction-events-dev/stream/2026-01-01T00:00:00.000")
    assert mapping["functionName"].endswith(":router-dev")
    assert mapping["startingPosition"] == "TRIM_HORIZON"
    assert json.loads(mapping["filterCriteria"]["filters"][0]["pattern"]) == {"eventName": ["INSERT"]}
    assert mapping["functionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["bisectBatchOnFunctionError"] is True
    assert mapping["maximumRetryAttempts"] == -1
    assert 60 <= mapping["maximumRecordAgeInSeconds"] < 24 * 60 * 60
    assert mapping["batchSize"] == 100
    assert mapping["parallelizationFactor"] == 1
    assert mapping["maximumBatchingWindowInSeconds"] == 0
    failures = mapping["destinationConfig"]["onFailure"]["destinationArn"]
    assert failures.endswith(":router-failures-queue-dev")


def test_A4_the_router_may_send_to_the_three_queues_and_report_failures(transactions: Deployment) -> None:
    """The router may send to the queues of the three types and to the failure queue."""
    targets = statements(transactions, "router-role-dev")["SendEvents"]["Resource"]
    names = {arn.rpartition(":")[2] for arn in targets}
    assert names == {f"{name}-queue-dev" for name in (*QUEUES, "router-failures")}


def test_A5_the_table_remembers_event_ids_until_they_expire(transactions: Deployment) -> None:
    """The key is the event id, items expire by `expires_at`, and the stream has new images."""
    table = named(transactions, TABLE)["transaction-events-dev"].inputs
    assert table["hashKey"] == "event_id"
    assert table["attributes"] == [{"name": "event_id", "type": "S"}]
    assert table["ttl"] == {"attributeName": "expires_at", "enabled": True}
    assert (table["streamEnabled"], table["streamViewType"]) == (True, "NEW_IMAGE")


@pytest.mark.parametrize("name", QUEUES)
def test_A6_each_queue_has_a_dead_letter_queue_after_three_receives(transactions: Deployment, name: str) -> None:
    """Each dead-letter queue accepts messages from its own queue only."""
    queue, dead_letters = (named(transactions, QUEUE)[f"{name}-{kind}-dev"] for kind in ("queue", "dlq"))
    redrive = json.loads(queue.inputs["redrivePolicy"])
    dead_letter_arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}-dlq-dev"
    assert redrive == {"deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": 3}
    assert "redrivePolicy" not in dead_letters.inputs
    allow = transactions.one("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", name).inputs
    assert allow["queueUrl"].endswith(f"/{name}-dlq-dev")
    source = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}-queue-dev"
    assert json.loads(allow["redriveAllowPolicy"]) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [source],
    }


@pytest.mark.parametrize("name", ["validator", "router"])
def test_A7_each_function_has_a_log_group_kept_for_thirty_days(transactions: Deployment, name: str) -> None:
    """The stack owns the log group, and creates it before the function."""
    group = named(transactions, LOG_GROUP)[f"/aws/lambda/{name}-dev"]
    assert group.inputs["retentionInDays"] == 30
    function = named(transactions, FUNCTION)[f"{name}-dev"]
    assert function.inputs["loggingConfig"] == {"logFormat": "Text", "logGroup": f"/aws/lambda/{name}-dev"}
    assert group.urn in function.dependencies


def test_A8_each_function_has_a_role_of_its_own_that_only_lambda_can_assume(transactions: Deployment) -> None:
    """Each of the two functions has its own role, and only Lambda may assume it."""
    roles = {name: f.inputs["role"].rpartition("/")[2] for name, f in named(transactions, FUNCTION).items()}
    assert roles == {"validator-dev": "validator-role-dev", "router-dev": "router-role-dev"}
    for role in transactions.by_type("aws:iam/role:Role"):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert statement["Action"] == "sts:AssumeRole"


def test_A8_the_validator_may_do_what_it_does_and_no_more(transactions: Deployment) -> None:
    """The validator may put items in one table, read one secret, and write its logs and traces."""
    allowed = statements(transactions, "validator-role-dev")
    actions = {action for statement in allowed.values() for action in statement["Action"]}
    assert actions == {
        "dynamodb:PutItem",
        "secretsmanager:GetSecretValue",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
    }
    assert allowed["RecordEvents"]["Resource"] == [f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:transaction-events-dev"]
    secret = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:transactions-signing-secret-dev"
    assert allowed["ReadSigningSecret"]["Resource"] == [secret]


def test_A8_the_router_may_do_what_it_does_and_no_more(transactions: Deployment) -> None:
    """The router may read one stream, send to four queues, and write its logs and traces."""
    allowed = statements(transactions, "router-role-dev")
    assert set(allowed) == {"ReadStream", "SendEvents", "WriteLogs", "WriteTraces"}
    assert allowed["SendEvents"]["Action"] == ["sqs:SendMessage"]
    assert {action.partition(":")[0] for action in allowed["ReadStream"]["Action"]} == {"dynamodb"}
    (stream,) = allowed["ReadStream"]["Resource"]
    assert stream.endswith(":transaction-events-dev/stream/2026-01-01T00:00:00.000")


def model_accepts(transactions: Deployment, body: object) -> bool:
    """Return whether the API's model accepts a body."""
    schema = json.loads(transactions.one("aws:apigateway/model:Model").inputs["schema"])
    jsonschema.Draft4Validator.check_schema(schema)
    return jsonschema.Draft4Validator(schema).is_valid(body)


def test_A9_no_content_type_goes_past_the_model(transactions: Deployment) -> None:
    """The model applies to every content type."""
    method = transactions.one("aws:apigateway/method:Method").inputs
    validator = transactions.one("aws:apigateway/requestValidator:RequestValidator")
    assert method["requestValidatorId"] == validator.inputs["name"]
    assert validator.inputs["validateRequestBody"] is True
    name = transactions.one("aws:apigateway/model:Model").inputs["name"]
    assert method["requestModels"] == {"application/json": name, "$default": name}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"transaction_type": "refund"},
        {"transaction_type": "dispute"},
        {"amount": 1.5, "timestamp": 1_767_225_600},
        {"currency": "EUR", "metadata": {"order": {"id": 1}}},
        {"currency": None, "metadata": None},
        {"a_field_nobody_knows": [1, 2]},
        {"event_id": "x" * 128},
    ],
)
def test_A9_the_model_accepts_events(transactions: Deployment, change: dict[str, Any]) -> None:
    """The model accepts all types, both forms of amount and time, optional fields and unknown fields."""
    assert model_accepts(transactions, GOOD | change)


@pytest.mark.parametrize("field", ["event_id", "transaction_type", "amount", "timestamp"])
def test_A9_the_model_requires_the_four_fields(transactions: Deployment, field: str) -> None:
    """The model rejects a body with a missing or null required field."""
    assert not model_accepts(transactions, {key: value for key, value in GOOD.items() if key != field})
    assert not model_accepts(transactions, GOOD | {field: None})


@pytest.mark.parametrize(
    "change",
    [
        {"event_id": ""},
        {"event_id": "x" * 129},
        {"event_id": 7},
        {"transaction_type": "chargeback"},
        {"transaction_type": "Payment"},
        {"amount": True},
        {"amount": ["1"]},
        {"timestamp": {}},
        {"currency": 978},
        {"metadata": "text"},
        {"metadata": []},
    ],
)
def test_A9_the_model_refuses_wrong_types_and_values(transactions: Deployment, change: dict[str, Any]) -> None:
    """The model rejects wrong types, ids of a wrong length, and unknown transaction types."""
    assert not model_accepts(transactions, GOOD | change)


@pytest.mark.parametrize("body", [None, [], "text", 1, [GOOD]])
def test_A9_the_model_refuses_what_is_not_an_object(transactions: Deployment, body: object) -> None:
    """Only a JSON object is an event."""
    assert not model_accepts(transactions, body)


def test_A10_the_environment_carries_queue_urls_and_the_table_name(transactions: Deployment) -> None:
    """Each function has exactly the environment variables that it needs."""
    environments = {n: f.inputs["environment"]["variables"] for n, f in named(transactions, FUNCTION).items()}
    common = {"SERVICE": "transactions", "ENVIRONMENT": "dev"}
    assert environments["validator-dev"] == common | {
        "TABLE_NAME": "transaction-events-dev",
        "EXPIRY_DAYS": "35",
        "UNTIMED_EXPIRY_DAYS": "never",
        "ALLOW_UNSIGNED": "false",
        "SIGNING_SECRET_ARN": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:transactions-signing-secret-dev",
    }
    urls = {f"{q.upper()}_QUEUE_URL": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{q}-queue-dev" for q in QUEUES}
    failures = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/router-failures-queue-dev"
    assert environments["router-dev"] == common | urls | {"FAILURES_QUEUE_URL": failures}


def test_A11_functions_and_stage_are_traced(transactions: Deployment) -> None:
    """X-Ray is active on both functions and on the stage."""
    modes = {f.inputs["tracingConfig"]["mode"] for f in transactions.by_type(FUNCTION)}
    assert modes == {"Active"}
    assert transactions.one(STAGE).inputs["xrayTracingEnabled"] is True


def test_A12_the_stack_exports_its_endpoint_functions_and_queues(transactions: Deployment) -> None:
    """The outputs are URLs, ARNs, queue URLs, and names for operators."""
    queue_url = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}"
    function_arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}"
    assert transactions.outputs == {
        "webhook_url": "https://a1b2c3.execute-api.us-east-1.amazonaws.com/api-dev/webhook",
        "validator_arn": f"{function_arn}:validator-dev",
        "router_arn": f"{function_arn}:router-dev",
        "validator_name": "validator-dev",
        "router_name": "router-dev",
        **{f"{name}_queue_url": f"{queue_url}/{name}-queue-dev" for name in QUEUES},
        **{f"{name}_dlq_url": f"{queue_url}/{name}-dlq-dev" for name in QUEUES},
        "router_failures_queue_url": f"{queue_url}/router-failures-queue-dev",
        "table_name": "transaction-events-dev",
        "signing_secret_arn": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:transactions-signing-secret-dev",
        "dashboard_name": "hookline-dev",
        "allow_unsigned": False,
        "verifiable": False,
        "transaction_log_days": 30,
    }


def test_AC1_functions_run_python_3_11_on_arm64(transactions: Deployment) -> None:
    """Every function has the runtime python3.11, the architecture arm64, and 256 MB."""
    for function in transactions.by_type(FUNCTION):
        assert function.inputs["runtime"] == "python3.11"
        assert function.inputs["architectures"] == ["arm64"]
        assert function.inputs["memorySize"] == 256


def test_AC2_the_api_is_throttled_at_a_burst_of_1000_and_1000_a_second(transactions: Deployment) -> None:
    """Both limits apply to every method of the stage."""
    settings = transactions.one("aws:apigateway/methodSettings:MethodSettings").inputs
    assert (settings["methodPath"], settings["stageName"]) == ("*/*", "api-dev")
    assert settings["settings"]["throttlingBurstLimit"] == 1000
    assert settings["settings"]["throttlingRateLimit"] == 1000


def test_AC3_the_table_is_on_demand_with_point_in_time_recovery(stack: Deployment) -> None:
    """This holds for the tables of both systems."""
    assert len(stack.by_type(TABLE)) == 2
    for table in stack.by_type(TABLE):
        assert table.inputs["billingMode"] == "PAY_PER_REQUEST"
        assert table.inputs["pointInTimeRecovery"] == {"enabled": True}


def test_AC4_every_queue_keeps_messages_for_exactly_seven_days(stack: Deployment) -> None:
    """This holds for all twelve queues of both systems, including dead-letter and failure queues."""
    retention = {name: queue.inputs["messageRetentionSeconds"] for name, queue in named(stack, QUEUE).items()}
    assert len(retention) == 12
    assert set(retention.values()) == {604_800}


def test_AC5_every_function_has_reserved_concurrency(transactions: Deployment) -> None:
    """The reserved concurrency follows the settings."""
    reserved = {n: f.inputs["reservedConcurrentExecutions"] for n, f in named(transactions, FUNCTION).items()}
    assert reserved == {"validator-dev": 100, "router-dev": 20}

"""The requirements of the providers system, checked on the registered resources."""

# ruff: noqa: N802  # a test's name contains the id of its requirement, with capital letters

import json
from datetime import timedelta
from typing import Any

import pytest
from infra.test_provider import takes_tags
from support.program import (
    ACCOUNT,
    FUNCTION,
    LOG_GROUP,
    METHOD,
    PROVIDERS,
    QUEUE,
    RESOURCE,
    RULE,
    STAGE,
    TABLE,
    TARGET,
    cloud_resources,
    deploy,
    metrics,
    named,
    statements,
)

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.registry import provider
from hookline.functions.transactions.forward_failures import RETRIED_FOR
from hookline.program.engine import Deployment

BUCKET = f"hookline-payloads-{ACCOUNT}-dev"
BUS_ARN = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/provider-events-dev"
FIFO_ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT}:provider-webhooks-dev.fifo"
FUNCTIONS = ("ingestion", "processing")
SVIX_HEADERS = ("svix-id", "svix-timestamp", "svix-signature")
ENDPOINTS = {
    **{f"webhook/{name}": provider(name).required_headers for name in PROVIDER_NAMES if name != "standard_webhooks"},
    "webhook": provider("standard_webhooks").required_headers,
    "webhook/svix": SVIX_HEADERS,
}
LOGGING_AND_TRACING = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
}


def rule_arn(name: str) -> str:
    """Return the ARN of a rule of the bus."""
    return f"arn:aws:events:us-east-1:{ACCOUNT}:rule/provider-events-dev/{name}-dev"


def paths(deployment: Deployment) -> dict[str, str]:
    """Return id → path of each resource of the API."""
    found = {"root": ""}
    for resource in deployment.by_type(RESOURCE):
        found[resource.name] = f"{found[resource.inputs['parentId']]}/{resource.inputs['pathPart']}".strip("/")
    return found


def methods(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """Return path → inputs of its method."""
    by_id = paths(deployment)
    return {by_id[method.inputs["resourceId"]]: method.inputs for method in deployment.by_type(METHOD)}


def test_B1_there_is_an_endpoint_for_each_provider(providers: Deployment) -> None:
    """Standard Webhooks has `POST /webhook`, and every other provider has `POST /webhook/{provider}`.

    Senders of Standard Webhooks with the header names of Svix have `POST /webhook/svix`.

    All endpoints are open to everyone.
    """
    api = providers.one("aws:apigateway/restApi:RestApi").inputs
    assert (api["name"], api["endpointConfiguration"]["types"]) == ("providers-api-dev", "REGIONAL")
    found = methods(providers)
    assert found.keys() == ENDPOINTS.keys()
    assert {(method["httpMethod"], method["authorization"]) for method in found.values()} == {("POST", "NONE")}


@pytest.mark.parametrize("path", ENDPOINTS)
def test_B1_api_gateway_demands_the_providers_own_headers(providers: Deployment, path: str) -> None:
    """A request without a required header never reaches the function; Adyen signs in the body and requires none."""
    validator = providers.one("aws:apigateway/requestValidator:RequestValidator")
    assert (validator.inputs["validateRequestParameters"], validator.inputs["validateRequestBody"]) == (True, False)
    method = methods(providers)[path]
    assert method["requestValidatorId"] == validator.inputs["name"]
    headers = ENDPOINTS[path]
    assert bool(headers) == (path != "webhook/adyen")
    expected = {f"method.request.header.{header}": True for header in headers}
    assert method.get("requestParameters", {}) == expected


@pytest.mark.parametrize("path", ENDPOINTS)
def test_B1_each_path_is_answered_by_ingestion_and_by_nothing_else(providers: Deployment, path: str) -> None:
    """The integration invokes ingestion, and the permission covers exactly this method of this stage."""
    by_id = paths(providers)
    integrations = {by_id[i.inputs["resourceId"]]: i.inputs for i in providers.by_type(INTEGRATION)}
    assert integrations[path]["type"] == "AWS_PROXY"
    assert integrations[path]["uri"] == f"arn:aws:lambda:us-east-1:{ACCOUNT}:ingestion-dev/invocations"
    permissions = [p.inputs for p in providers.by_type("aws:lambda/permission:Permission")]
    assert len(permissions) == len(ENDPOINTS)
    arn = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:d4e5f6/api-dev/POST/{path}"
    (permission,) = [p for p in permissions if p["sourceArn"] == arn]
    assert (permission["function"], permission["principal"]) == ("ingestion-dev", "apigateway.amazonaws.com")


INTEGRATION = "aws:apigateway/integration:Integration"


def test_B1_bodies_of_any_type_reach_ingestion_byte_for_byte(providers: Deployment) -> None:
    """All media types are binary, so API Gateway passes the body unchanged, in base64."""
    assert providers.one("aws:apigateway/restApi:RestApi").inputs["binaryMediaTypes"] == ["*/*"]
    assert not providers.by_type("aws:apigateway/model:Model")


def test_B1_the_setting_says_which_providers_there_are() -> None:
    """A disabled provider has no open endpoint and no rule, and is not in ingestion's environment."""
    stack = deploy(systems=PROVIDERS, providers='["stripe", "adyen"]')
    assert methods(stack).keys() == ENDPOINTS.keys()
    open_to_all = {path for path, method in methods(stack).items() if method["authorization"] == "NONE"}
    assert open_to_all == {"webhook/stripe", "webhook/adyen"}
    assert {method["authorization"] for method in methods(stack).values()} == {"NONE", "AWS_IAM"}
    assert set(named(stack, RULE)) == {"stripe-dev", "adyen-dev", "outcomes-dev"}
    assert named(stack, FUNCTION)["ingestion-dev"].inputs["environment"]["variables"]["PROVIDERS"] == "stripe,adyen"


def test_B1_a_provider_more_or_less_deploys_the_api_again() -> None:
    """A deployment is a snapshot: without a new one, a new path would answer 404 on AWS."""

    def triggers(**settings: str) -> dict[str, str]:
        stack = deploy(systems=PROVIDERS, **settings)
        return stack.one("aws:apigateway/deployment:Deployment").inputs["triggers"]

    assert triggers() == triggers(busArchiveDays="1")
    assert triggers() != triggers(providers='["stripe"]') != triggers(providers='["square"]')


def test_B2_ingestion_runs_its_handler_with_what_it_needs(providers: Deployment) -> None:
    """The environment has the table, bucket, queue and secret; Square's URL is the API's own by default."""
    ingestion = named(providers, FUNCTION)["ingestion-dev"].inputs
    assert ingestion["handler"] == "hookline.functions.ingestion.handler"
    assert "hookline/functions/ingestion.pyc" in ingestion["code"].files
    assert ingestion["environment"]["variables"] == {
        "TABLE_NAME": "provider-webhooks-dev",
        "BUCKET_NAME": BUCKET,
        "QUEUE_URL": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/provider-webhooks-dev.fifo",
        "PROVIDER_SECRETS_ARN": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:provider-secrets-dev",
        "PROVIDERS": ",".join(PROVIDER_NAMES),
        "ORDERING": "provider",
        "EXPIRY_DAYS": "35",
        "UNTIMED_EXPIRY_DAYS": "never",
        "ARCHIVE_EXPIRY_DAYS": "never",
        "SQUARE_URL": "https://d4e5f6.execute-api.us-east-1.amazonaws.com/api-dev/webhook/square",
        "PAYPAL_ENVIRONMENT": "live",
        "PROVIDER_METRICS": "true",
        "SERVICE": "providers",
        "ENVIRONMENT": "dev",
    }


def test_B2_ingestion_may_do_what_it_does_and_no_more(providers: Deployment) -> None:
    """Ingestion may read and put webhook records, put objects, send to one queue and read one secret.

    It may also write its logs and traces.
    """
    allowed = statements(providers, "ingestion-role-dev")
    assert {sid: (s["Action"], s["Resource"]) for sid, s in allowed.items() if not sid.startswith("Write")} == {
        "RecordWebhooks": (
            ["dynamodb:GetItem", "dynamodb:PutItem"],
            [f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:provider-webhooks-dev"],
        ),
        "ArchiveBodies": (["s3:PutObject"], [f"arn:aws:s3:::{BUCKET}/*"]),
        "SendDeliveries": (["sqs:SendMessage"], [FIFO_ARN]),
        "ReadProviderSecrets": (
            ["secretsmanager:GetSecretValue"],
            [f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:provider-secrets-dev"],
        ),
    }
    others = {action for sid, s in allowed.items() if sid.startswith("Write") for action in s["Action"]}
    assert others == LOGGING_AND_TRACING


def test_B3_processing_consumes_the_fifo_queue(providers: Deployment) -> None:
    """The mapping has batches of ten with partial batch failures; a FIFO queue has no batching window."""
    mapping = providers.one("aws:lambda/eventSourceMapping:EventSourceMapping").inputs
    assert mapping["eventSourceArn"] == FIFO_ARN
    assert mapping["functionName"].endswith(":processing-dev")
    assert (mapping["batchSize"], mapping["functionResponseTypes"]) == (10, ["ReportBatchItemFailures"])
    assert "maximumBatchingWindowInSeconds" not in mapping


def test_B3_processing_runs_its_handler_with_what_it_needs(providers: Deployment) -> None:
    """The environment has the bus and the bucket."""
    processing = named(providers, FUNCTION)["processing-dev"].inputs
    assert processing["handler"] == "hookline.functions.processing.handler"
    assert processing["environment"]["variables"] == {
        "BUS_NAME": "provider-events-dev",
        "BUCKET_NAME": BUCKET,
        "ADYEN_CAPTURE": "automatic",
        "BOOK_PAYPAL": "true",
        "BOOKED_ACCOUNTS": "{}",
        "REFERENCE_FIELDS": "{}",
        "STRIPE_BASIL_SINCE": "",
        "BOOK_TEST_EVENTS": "false",
        "SERVICE": "providers",
        "ENVIRONMENT": "dev",
    }


def test_B3_processing_may_do_what_it_does_and_no_more(providers: Deployment) -> None:
    """Processing may consume one queue, read objects, publish on one bus, and write logs and traces."""
    allowed = statements(providers, "processing-role-dev")
    assert {sid: (s["Action"], s["Resource"]) for sid, s in allowed.items() if not sid.startswith("Write")} == {
        "ReadDeliveries": (["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], [FIFO_ARN]),
        "ReadBodies": (["s3:GetObject"], [f"arn:aws:s3:::{BUCKET}/*"]),
        "PublishEvents": (["events:PutEvents"], [BUS_ARN]),
    }


def test_B4_the_table_of_webhooks_is_on_demand_and_forgets(providers: Deployment) -> None:
    """The key is the deduplication key; the table has recovery and expiry, but no stream."""
    table = providers.one(TABLE).inputs
    assert (table["name"], table["hashKey"]) == ("provider-webhooks-dev", "key")
    assert table["attributes"] == [{"name": "key", "type": "S"}]
    assert table["billingMode"] == "PAY_PER_REQUEST"
    assert table["pointInTimeRecovery"] == {"enabled": True}
    assert table["ttl"] == {"attributeName": "expires_at", "enabled": True}
    assert table["streamEnabled"] is False


def test_B5_raw_payloads_move_to_glacier_after_thirty_days(providers: Deployment) -> None:
    """S3's own minimum size is named, and the bucket is deleted with its contents."""
    bucket = providers.one("aws:s3/bucket:Bucket").inputs
    assert (bucket["bucket"], bucket["forceDestroy"]) == (BUCKET, True)
    lifecycle = providers.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs
    assert lifecycle["transitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    (rule,) = lifecycle["rules"]
    assert (rule["status"], rule["filter"]) == ("Enabled", {"prefix": ""})
    assert rule["transitions"] == [{"days": 30, "storageClass": "GLACIER"}]
    assert "expiration" not in rule


def test_B5_the_archive_is_private(providers: Deployment) -> None:
    """The bucket and its objects can never become public."""
    block = providers.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    assert {key: value for key, value in block.items() if key != "bucket"} == {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }


@pytest.mark.parametrize("name", ["provider-webhooks-dev.fifo", "provider-webhooks-dlq-dev.fifo"])
def test_B6_the_queue_is_fifo_with_content_based_deduplication(providers: Deployment, name: str) -> None:
    """Order and deduplication apply to each message group, which allows high throughput."""
    queue = named(providers, QUEUE)[name].inputs
    assert (queue["fifoQueue"], queue["contentBasedDeduplication"]) == (True, True)
    assert queue["deduplicationScope"] == "messageGroup"
    assert queue["fifoThroughputLimit"] == "perMessageGroupId"
    assert queue["messageRetentionSeconds"] == 604_800
    assert queue["visibilityTimeoutSeconds"] >= 6 * 30


def test_B6_ingestion_orders_by_provider_unless_the_stack_says_by_object() -> None:
    """Ingestion gets the setting, and chooses the message group."""
    for ordering in ("provider", "object"):
        stack = deploy(systems=PROVIDERS, ordering=ordering)
        environment = named(stack, FUNCTION)["ingestion-dev"].inputs["environment"]["variables"]
        assert environment["ORDERING"] == ordering


def test_B7_after_three_receives_a_message_moves_to_the_dead_letters(providers: Deployment) -> None:
    """The dead-letter queue is also FIFO, and accepts messages from this queue only."""
    redrive = json.loads(named(providers, QUEUE)["provider-webhooks-dev.fifo"].inputs["redrivePolicy"])
    dead_letters = f"arn:aws:sqs:us-east-1:{ACCOUNT}:provider-webhooks-dlq-dev.fifo"
    assert redrive == {"deadLetterTargetArn": dead_letters, "maxReceiveCount": 3}
    allow = providers.one("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy").inputs
    assert allow["queueUrl"].endswith("/provider-webhooks-dlq-dev.fifo")
    assert json.loads(allow["redriveAllowPolicy"]) == {"redrivePermission": "byQueue", "sourceQueueArns": [FIFO_ARN]}


def test_B8_there_is_a_custom_bus_whose_events_are_kept(providers: Deployment) -> None:
    """The bus archive keeps events for seven days by default; 0 means no bus archive."""
    assert providers.one("aws:cloudwatch/eventBus:EventBus").inputs["name"] == "provider-events-dev"
    archive = providers.one(ARCHIVE).inputs
    assert (archive["name"], archive["retentionDays"]) == ("provider-events-archive-dev", 7)
    assert archive["eventSourceArn"] == BUS_ARN
    assert deploy(systems=PROVIDERS, busArchiveDays="30").one(ARCHIVE).inputs["retentionDays"] == 30
    assert not deploy(systems=PROVIDERS, busArchiveDays="0").by_type(ARCHIVE)


ARCHIVE = "aws:cloudwatch/eventArchive:EventArchive"


@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_B9_a_rule_routes_each_provider_to_the_log_group(providers: Deployment, name: str) -> None:
    """Undelivered events go to the failure queue."""
    rule = named(providers, RULE)[f"{name}-dev"].inputs
    assert (rule["eventBusName"], rule["state"]) == ("provider-events-dev", "ENABLED")
    assert json.loads(rule["eventPattern"]) == {"source": [f"hookline.{name}"]}
    target = providers.one(TARGET, f"{name}-target").inputs
    assert (target["rule"], target["eventBusName"]) == (f"{name}-dev", "provider-events-dev")
    assert target["arn"] == f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/events/provider-events-dev"
    assert target["deadLetterConfig"] == {"arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:rule-failures-dev"}


def test_B9_only_these_rules_may_write_to_the_log_group(providers: Deployment) -> None:
    """EventBridge needs a resource policy for the log group, and every target depends on this policy."""
    policy = providers.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    creating, writing = json.loads(policy.inputs["policyDocument"])["Statement"]
    streams = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/events/provider-events-dev:*"
    assert (creating["Action"], creating["Resource"]) == ("logs:CreateLogStream", [streams])
    assert (writing["Action"], writing["Resource"]) == ("logs:PutLogEvents", streams)
    account = {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}
    rules = {"ArnEquals": {"aws:SourceArn": [rule_arn(name) for name in (*PROVIDER_NAMES, "outcomes")]}}
    assert (creating["Condition"], writing["Condition"]) == (account, rules | account)
    services = ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
    assert creating["Principal"] == writing["Principal"] == {"Service": services}
    assert all(policy.urn in target.dependencies for target in providers.by_type(TARGET))


def test_B9_only_these_rules_may_write_to_the_failure_queue(stack: Deployment) -> None:
    """The policy allows exactly the rules of the bus, including the forwarding rule."""
    policy = stack.one("aws:sqs/queuePolicy:QueuePolicy", "rule-failures").inputs["policy"]
    _, allowing = json.loads(policy)["Statement"]
    assert (allowing["Effect"], allowing["Action"]) == ("Allow", "sqs:SendMessage")
    assert allowing["Principal"] == {"Service": "events.amazonaws.com"}
    rules = [rule_arn(name) for name in (*PROVIDER_NAMES, "outcomes", "forward-transactions")]
    assert allowing["Condition"] == {"ArnEquals": {"aws:SourceArn": rules}}


def test_B9_outcomes_are_one_rule_away_from_a_ledger(providers: Deployment) -> None:
    """A rule selects all outcome events, and writes them to the example log group."""
    pattern = json.loads(named(providers, RULE)["outcomes-dev"].inputs["eventPattern"])
    assert pattern == {"source": ["hookline.outcome"]}
    assert "log-group:/aws/events/provider-events-dev" in providers.one(TARGET, "outcomes").inputs["arn"]


def test_B9_transactions_are_forwarded_to_the_validator_when_both_systems_are_on(stack: Deployment) -> None:
    """Events with transactions, of all providers, go to the validator of the transactions API."""
    pattern = json.loads(named(stack, RULE)["forward-transactions-dev"].inputs["eventPattern"])
    assert pattern == {
        "source": [{"prefix": "hookline."}],
        "detail": {"transaction_count": [{"numeric": [">", 0]}]},
    }
    target = stack.one(TARGET, "forward-transactions").inputs
    assert target["arn"] == f"arn:aws:lambda:us-east-1:{ACCOUNT}:validator-dev"
    permission = stack.one("aws:lambda/permission:Permission", "forward-transactions").inputs
    assert (permission["function"], permission["principal"]) == ("validator-dev", "events.amazonaws.com")
    assert permission["sourceArn"] == rule_arn("forward-transactions")


def test_B9_forwarding_is_repeated_twice_and_then_kept_in_a_queue(stack: Deployment) -> None:
    """Lambda retries within six hours, then sends to the failure queue with the validator's role."""
    config = stack.one(INVOKE_CONFIG)
    assert config.inputs["functionName"] == "validator-dev"
    assert (config.inputs["maximumRetryAttempts"], config.inputs["maximumEventAgeInSeconds"]) == (2, 21_600)
    failures = f"arn:aws:sqs:us-east-1:{ACCOUNT}:forward-failures-dev"
    assert config.inputs["destinationConfig"] == {"onFailure": {"destination": failures}}
    policy = stack.one("aws:iam/rolePolicy:RolePolicy", "forward-failures")
    assert policy.inputs["role"] == "validator-role-dev"
    statements = {s["Sid"]: (s["Action"], s["Resource"]) for s in json.loads(policy.inputs["policy"])["Statement"]}
    assert statements == {
        "ReportFailures": (["sqs:SendMessage"], [failures]),
        "RetryFailures": (["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], [failures]),
        "SetAside": (["sqs:GetQueueUrl", "sqs:SendMessage"], [FORWARD_DLQ]),
    }
    assert policy.urn in config.dependencies
    assert policy.urn in stack.one(MAPPING, "forward-failures").dependencies


INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
FORWARD_DLQ = f"arn:aws:sqs:us-east-1:{ACCOUNT}:forward-dlq-dev"


def test_B9_sqs_sets_aside_what_the_validator_cannot_even_receive(stack: Deployment) -> None:
    """That is so after the validator's own limit, and before SQS deletes the message, also if a round takes an hour."""
    queue = named(stack, QUEUE)["forward-failures-dev"].inputs
    pause = timedelta(seconds=queue["visibilityTimeoutSeconds"])
    assert pause.seconds >= 6 * named(stack, FUNCTION)["validator-dev"].inputs["timeout"]
    redrive = json.loads(queue["redrivePolicy"])
    assert redrive["deadLetterTargetArn"] == FORWARD_DLQ
    assert redrive["maxReceiveCount"] <= 1_000  # AWS allows no more
    assert redrive["maxReceiveCount"] * pause > RETRIED_FOR + pause
    assert redrive["maxReceiveCount"] * timedelta(hours=1) <= timedelta(seconds=queue["messageRetentionSeconds"])
    allow = stack.one("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "forward").inputs
    assert allow["queueUrl"].endswith("/forward-dlq-dev")
    assert json.loads(allow["redriveAllowPolicy"])["sourceQueueArns"] == [FORWARD_DLQ.replace("dlq", "failures")]


@pytest.mark.parametrize(("reserved", "concurrency"), [(1, 2), (2, 2), (29, 2), (30, 3), (100, 10), (10_000, 1_000)])
def test_B9_a_backlog_leaves_most_of_the_reservation_to_http_requests(reserved: int, concurrency: int) -> None:
    """It uses a tenth of the validator's reservation, or the lowest maximum that AWS allows."""
    mapping = deploy(validatorReservedConcurrency=str(reserved)).one(MAPPING, "forward-failures").inputs
    assert mapping["scalingConfig"] == {"maximumConcurrency": concurrency}
    assert (mapping["batchSize"], mapping["functionResponseTypes"]) == (10, ["ReportBatchItemFailures"])


def test_B9_the_alarm_on_retries_sees_the_messages_between_two_retries(stack: Deployment) -> None:
    """SQS leaves a message out of the age of the oldest message after three receives without a delete."""
    alarm = named(stack, "aws:cloudwatch/metricAlarm:MetricAlarm")["forward-failures-waiting-dev"].inputs
    between = {f"ApproximateNumberOfMessages{state}" for state in ("Visible", "NotVisible")}
    assert {metric["metricName"] for metric in metrics(alarm)} == between


def test_B9_forwarding_goes_to_the_instances_that_are_kept_warm(full_stack: Deployment) -> None:
    """With provisioned concurrency, target, permission and retries use the alias."""
    target = full_stack.one(TARGET, "forward-transactions").inputs
    assert target["arn"].endswith(":live-full")
    permission = full_stack.one("aws:lambda/permission:Permission", "forward-transactions").inputs
    assert (permission["function"], permission["qualifier"]) == ("validator-full", "live-full")
    assert full_stack.one(INVOKE_CONFIG).inputs["qualifier"] == "live-full"
    assert full_stack.one(MAPPING, "forward-failures").inputs["functionName"].endswith(":live-full")


@pytest.mark.parametrize("settings", [{"systems": PROVIDERS}, {"forwardTransactions": "false"}])
def test_B9_nothing_is_forwarded_without_the_other_system_or_the_setting(settings: dict[str, str]) -> None:
    """Then there is no rule, no queue and no permission for forwarding."""
    stack = deploy(**settings)
    assert not [r for r in cloud_resources(stack) if "forward" in r.name]
    assert not {"forward_failures_queue_url", "forward_dlq_url"} & stack.outputs.keys()


def test_B10_log_groups_keep_seven_days(providers: Deployment) -> None:
    """This holds for all log groups of the providers system."""
    groups = named(providers, LOG_GROUP)
    assert {f"/aws/lambda/{name}-dev" for name in FUNCTIONS} < groups.keys()
    assert {group.inputs["retentionInDays"] for group in groups.values()} == {7}
    for name in FUNCTIONS:
        function = named(providers, FUNCTION)[f"{name}-dev"]
        assert function.inputs["loggingConfig"]["logGroup"] == f"/aws/lambda/{name}-dev"
        assert groups[f"/aws/lambda/{name}-dev"].urn in function.dependencies


def test_B11_the_api_is_throttled_at_a_burst_of_5000_and_10000_a_second(providers: Deployment) -> None:
    """Both limits apply to every method of the stage."""
    settings = providers.one("aws:apigateway/methodSettings:MethodSettings").inputs
    assert (settings["methodPath"], settings["stageName"]) == ("*/*", "api-dev")
    assert settings["settings"]["throttlingBurstLimit"] == 5000
    assert settings["settings"]["throttlingRateLimit"] == 10_000


def test_B12_functions_have_256_mb_and_30_seconds(providers: Deployment) -> None:
    """The functions run Python 3.11 on arm64."""
    functions = providers.by_type(FUNCTION)
    assert len(functions) == len(FUNCTIONS)
    for function in functions:
        assert (function.inputs["memorySize"], function.inputs["timeout"]) == (256, 30)
        assert (function.inputs["runtime"], function.inputs["architectures"]) == ("python3.11", ["arm64"])
    reserved = {function.inputs["name"]: function.inputs.get("reservedConcurrentExecutions") for function in functions}
    assert reserved == {"ingestion-dev": 100, "processing-dev": None}


def test_B13_functions_and_stage_are_traced(providers: Deployment) -> None:
    """X-Ray is active on both functions and on the stage."""
    assert [f.inputs["tracingConfig"]["mode"] for f in providers.by_type(FUNCTION)] == ["Active", "Active"]
    assert providers.one(STAGE).inputs["xrayTracingEnabled"] is True


def test_B14_every_resource_that_takes_tags_carries_environment_and_service(providers: Deployment) -> None:
    """Both tags come from the AWS provider, which creates every resource."""
    aws_provider = providers.one("pulumi:providers:aws")
    tags = json.loads(aws_provider.inputs["defaultTags"])["tags"]
    assert tags == {"Environment": "dev", "Service": "hookline"}
    tagged = [r for r in cloud_resources(providers) if takes_tags(r.type)]
    assert {"Bucket", "EventBus", "EventRule", "Queue", "Table"} <= {r.type.rpartition(":")[2] for r in tagged}
    assert all(r.provider.startswith(aws_provider.urn) and "tags" not in r.inputs for r in tagged)


def test_B15_the_stack_exports_these_names(providers: Deployment) -> None:
    """The outputs are the seven required ones, and more for operators."""
    queue_url = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}"
    function_arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}"
    endpoint = "https://d4e5f6.execute-api.us-east-1.amazonaws.com/api-dev/webhook"
    assert providers.outputs == {
        "api_endpoint": endpoint,
        "dynamodb_table_name": "provider-webhooks-dev",
        "s3_bucket_name": BUCKET,
        "sqs_queue_url": f"{queue_url}/provider-webhooks-dev.fifo",
        "eventbridge_bus_arn": BUS_ARN,
        "ingestion_function_name": "ingestion-dev",
        "processing_function_name": "processing-dev",
        "ingestion_arn": f"{function_arn}:ingestion-dev",
        "processing_arn": f"{function_arn}:processing-dev",
        "providers": list(PROVIDER_NAMES),
        "provider_secrets_arn": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:provider-secrets-dev",
        "provider_dlq_url": f"{queue_url}/provider-webhooks-dlq-dev.fifo",
        "rule_failures_queue_url": f"{queue_url}/rule-failures-dev",
        "provider_log_group_name": "/aws/events/provider-events-dev",
        "dashboard_name": "hookline-dev",
        "verifiable": False,
        "archive_expiry_days": "never",
        "bus_archive_days": 7,
        "provider_log_days": 7,
        "square_notification_url": f"{endpoint}/square",
        "adyen_capture": "automatic",
        "book_paypal": True,
        "booked_accounts": {},
        "reference_fields": {},
        "standard_webhooks": {},
        "stripe_basil_since": "",
        "book_test_events": False,
    }


def test_B15_with_both_systems_the_outputs_are_those_of_both(
    stack: Deployment, transactions: Deployment, providers: Deployment
) -> None:
    """The two systems share only what belongs to the whole stack; forwarding adds its two queues."""
    assert transactions.outputs.keys() & providers.outputs.keys() == {"dashboard_name", "verifiable"}
    both = {*transactions.outputs, *providers.outputs, "forward_failures_queue_url", "forward_dlq_url"}
    assert stack.outputs.keys() == both


@pytest.mark.parametrize("name", FUNCTIONS)
def test_B16_failures_of_the_handlers_raise_an_alarm(providers: Deployment, name: str) -> None:
    """There are alarms for errors, throttles and long runs; other tests cover the failure handling."""
    alarms = [a.inputs for a in providers.by_type("aws:cloudwatch/metricAlarm:MetricAlarm")]
    watched = {
        metric["metricName"] for a in alarms for metric in metrics(a) if f"{name}-dev" in metric["dimensions"].values()
    }
    assert watched >= {"Errors", "Throttles", "Duration"}

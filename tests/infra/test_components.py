"""The components in another program."""

import sys
import zipfile
from pathlib import Path
from subprocess import run as run_process

import pulumi
import pytest
from support.program import ACCOUNT, FUNCTION, QUEUE, ROOT, STAGE, cloud_resources, deploy, make_function, named, run

import hookline.infra
from hookline.infra import (
    ArchiveBucket,
    ArchiveBucketArgs,
    Dashboard,
    DashboardArgs,
    EventBus,
    EventBusArgs,
    Model,
    ProviderPipeline,
    ProviderPipelineArgs,
    ProvidersSettings,
    QueueWithDeadLetters,
    QueueWithDeadLettersArgs,
    RestApi,
    RestApiArgs,
    Route,
    Rule,
    TransactionPipeline,
    TransactionPipelineArgs,
    TransactionsSettings,
)
from hookline.program.engine import Deployment

PUBLIC_NAMES = """
    AccountSettings AlarmTopic AlarmTopicArgs AlarmTopics ApiAddress ApiDomain ApiDomainArgs ApiGatewayAccount
    ApiGatewayAccountArgs ArchiveBucket ArchiveBucketArgs BusTarget Dashboard DashboardArgs DeadLetters
    DeadLettersArgs EventBus EventBusArgs Function FunctionArgs FunctionTarget LastUp MetricLine Model
    ProviderPipeline ProviderPipelineArgs ProvidersSettings QueueTarget QueueWithDeadLetters
    QueueWithDeadLettersArgs RestApi RestApiArgs RoleRules Route Rule Section SettingsError StackSettings
    StateMachineTarget Statement Subscription Table TableArgs TableWithStream TransactionPipeline
    TransactionPipelineArgs TransactionsSettings View Widget aws_provider
"""


def test_the_public_names_are_these() -> None:
    """The list of public names changes only on purpose."""
    assert sorted(hookline.infra.__all__) == PUBLIC_NAMES.split()
    assert all(hasattr(hookline.infra, name) for name in hookline.infra.__all__)


def test_every_resource_has_a_component_as_its_parent(full_stack: Deployment) -> None:
    """The parents have the project's type tokens."""
    types = {r.urn: r.type for r in full_stack.resources}
    for resource in cloud_resources(full_stack):
        assert types[resource.parent].startswith("hookline:")


def test_the_pipelines_work_in_a_program_of_another_project() -> None:
    """With the default Pulumi provider and settings in Python, the pipelines register the same resources."""

    def program() -> None:
        settings = TransactionsSettings(environment_suffix="dev")
        transactions = TransactionPipeline("transactions", TransactionPipelineArgs(settings=settings))
        providers = ProvidersSettings(environment_suffix="dev")
        made = ProviderPipeline("providers", ProviderPipelineArgs(providers, forward_to=transactions.validator))
        Dashboard("hookline", DashboardArgs("dev", [transactions.view, made.view]))

    own = {(r.type, r.name) for r in cloud_resources(run(program, {}))}
    assert own == {(r.type, r.name) for r in cloud_resources(deploy())}


def test_the_visibility_timeout_is_six_times_the_consumers(stack: Deployment) -> None:
    """AWS recommends six times the function's timeout, so that a slow function gets no message a second time."""
    made = run(lambda: QueueWithDeadLetters("jobs", QueueWithDeadLettersArgs(suffix="x", consumer_timeout=70)), {})
    assert named(made, QUEUE)["jobs-queue-x"].inputs["visibilityTimeoutSeconds"] == 420
    slowest = max(function.inputs["timeout"] for function in stack.by_type(FUNCTION))
    assert all(q.inputs["visibilityTimeoutSeconds"] >= 6 * slowest for q in stack.by_type(QUEUE))


def test_a_function_is_not_published_unless_it_is_kept_warm() -> None:
    """Without provisioned concurrency, there are no versions and no alias."""
    made = run(make_function, {})
    assert made.one(FUNCTION).inputs["publish"] is False
    assert not made.by_type("aws:lambda/alias:Alias")


def test_provisioned_concurrency_keeps_a_published_version_warm() -> None:
    """The alias points to the published version, which has provisioned concurrency."""
    made = run(lambda: make_function(provisioned=2), {})
    assert made.one(FUNCTION).inputs["publish"] is True
    alias = made.one("aws:lambda/alias:Alias").inputs
    assert (alias["name"], alias["functionVersion"]) == ("live-x", "7")
    warm = made.one("aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig").inputs
    assert (warm["qualifier"], warm["provisionedConcurrentExecutions"]) == ("live-x", 2)


def test_with_provisioned_concurrency_the_api_calls_the_alias(full_stack: Deployment) -> None:
    """Only the alias has provisioned concurrency, so integration and permission use the alias."""
    integration = full_stack.one("aws:apigateway/integration:Integration", "transactions").inputs
    assert integration["uri"].endswith(":live-full/invocations")
    permission = full_stack.one("aws:lambda/permission:Permission", "transactions-api").inputs
    assert (permission["function"], permission["qualifier"]) == ("validator-full", "live-full")


def test_an_api_can_be_made_around_any_function() -> None:
    """Path, model, limits and gateway responses are arguments."""

    def program() -> None:
        args = RestApiArgs(
            suffix="x-1",
            description="Takes orders",
            routes=[Route("orders", model=Model("Order", {"type": "object"}))],
            function=make_function(),
            responses={},
            burst_limit=5,
            rate_limit=2,
            access_logs=False,
        )
        pulumi.export("url", RestApi("orders-api", args).url)

    made = run(program, {})
    assert made.outputs["url"].endswith("/api-x-1/orders")
    assert made.one("aws:apigateway/model:Model").inputs["name"] == "Orderx1"
    limits = made.one("aws:apigateway/methodSettings:MethodSettings").inputs["settings"]
    assert (limits["throttlingBurstLimit"], limits["throttlingRateLimit"]) == (5, 2)
    assert not made.by_type("aws:apigateway/response:Response")


def test_the_account_program_makes_one_role_and_the_setting() -> None:
    """The names end with the suffix, and no resource is retained."""
    config = {"aws:region": "us-east-1", "hookline-account:environmentSuffix": "shared"}
    program = ROOT / "account" / "__main__.py"
    made = run(program, config, project="hookline-account")
    role = made.one("aws:iam/role:Role")
    assert role.inputs["name"] == "api-gateway-logs-role-shared"
    account = made.one("aws:apigateway/account:Account")
    assert account.inputs["cloudwatchRoleArn"] == made.outputs["role_arn"]
    attachment = made.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert attachment.inputs["policyArn"].endswith("/AmazonAPIGatewayPushToCloudWatchLogs")
    assert attachment.urn in account.dependencies
    assert all(r.name.endswith("-shared") and not r.retain_on_delete for r in made.resources[1:])


NOT_DEPLOYED = {"pulumi", "pulumi_aws", "httpx", "rich", "typer", "yaml"}


@pytest.mark.parametrize("name", ["validator", "router", "ingestion", "processing"])
def test_a_function_runs_from_its_archive_alone(stack: Deployment, tmp_path: Path, name: str) -> None:
    """The handler can be imported from the archive, without the repository on the path."""
    function = named(stack, FUNCTION)[f"{name}-dev"].inputs
    archive = tmp_path / "function.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path, content in function["code"].files.items():
            file.writestr(path, content)
    module, _, handler = function["handler"].rpartition(".")
    script = (
        "import sys; sys.path = [p for p in sys.path if not p.endswith('/src')]; "
        f"sys.path.insert(0, {str(archive)!r}); import {module} as m; "
        f"assert callable(m.{handler}) and m.__file__.startswith({str(archive)!r}); "
        f"assert not {NOT_DEPLOYED!r} & {{name.partition('.')[0] for name in sys.modules}}"
    )
    environment = {
        **{k: str(v) for k, v in function["environment"]["variables"].items()},
        "AWS_REGION": "us-east-1",
    }
    result = run_process([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_a_bus_can_have_rules_of_any_kind_or_none() -> None:
    """Names, failure queue and bus archive are arguments; without a log group there is no log policy."""

    def program() -> None:
        EventBus("quiet", EventBusArgs(suffix="x", description="", rules={}, failures="quiet-failures", archive_days=0))
        rules = {"all": Rule("Everything", {"source": [{"prefix": ""}]}, make_function())}
        EventBus("loud", EventBusArgs(suffix="x", description="", rules=rules, archive_days=3))

    made = run(program, {})
    assert set(named(made, QUEUE)) == {"quiet-failures-x", "rule-failures-x"}
    assert made.one("aws:cloudwatch/eventArchive:EventArchive").inputs["retentionDays"] == 3
    assert not made.by_type("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    assert made.one("aws:lambda/permission:Permission").inputs["principal"] == "events.amazonaws.com"


def test_a_failure_queue_that_no_rule_writes_to_keeps_the_kms_key() -> None:
    """Only a queue for EventBridge needs another encryption."""
    made = run(lambda: EventBus("quiet", EventBusArgs(suffix="x", description="", rules={})), {})
    assert made.one(QUEUE).inputs["kmsMasterKeyId"] == "alias/aws/sqs"


def test_small_objects_move_if_the_stack_says_so() -> None:
    """The setting reaches the bucket's lifecycle configuration."""
    made = deploy(moveSmallObjects="true").one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
    assert made.inputs["transitionDefaultMinimumObjectSize"] == "varies_by_storage_class"


def test_functions_can_leave_tracing_to_their_callers() -> None:
    """The stages stay traced, and the roles may still write traces that a caller records."""
    stack = deploy(tracing="passthrough")
    assert {made.inputs["tracingConfig"]["mode"] for made in stack.by_type(FUNCTION)} == {"PassThrough"}
    assert {made.inputs["xrayTracingEnabled"] for made in stack.by_type(STAGE)} == {True}
    policies = [stack.one("aws:iam/rolePolicy:RolePolicy", name) for name in ("validator", "router", "ingestion")]
    assert all("xray:PutTraceSegments" in made.inputs["policy"] for made in policies)


def test_a_queue_asks_for_its_data_key_once_an_hour() -> None:
    """A queue with the AWS-managed key calls KMS less often than by SQS's default."""
    queues = [made.inputs for made in deploy().by_type(QUEUE) if "kmsMasterKeyId" in made.inputs]
    assert {queue["kmsDataKeyReusePeriodSeconds"] for queue in queues} == {3600}


def test_an_archive_bucket_names_its_account_and_its_age() -> None:
    """The name contains the account, because bucket names are global; the days until Glacier are an argument."""
    made = run(lambda: ArchiveBucket("papers", ArchiveBucketArgs(suffix="x", glacier_after_days=90)), {})
    assert made.one("aws:s3/bucket:Bucket").inputs["bucket"] == f"papers-{ACCOUNT}-x"
    (rule,) = made.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"]
    assert rule["transitions"] == [{"days": 90, "storageClass": "GLACIER"}]

"""Pulumi programs for the tests of local mode."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

HANDLER = """
import json

def handler(event, context):
    poison = [r["dynamodb"]["SequenceNumber"] for r in event["Records"] if "poison" in json.dumps(r)]
    print("handled", len(event["Records"]))
    return {"batchItemFailures": [{"itemIdentifier": number} for number in poison]}
"""
KEY = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"
STREAM_ACTIONS = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")


def everything(suffix: str, *, reserved: int = 3, warm: bool = True, service: str = "test") -> None:
    """Declare one resource of every type that local mode supports, with the options that its makers handle."""
    provider = aws.Provider(
        f"aws-{suffix}", region="us-east-1", default_tags=aws.ProviderDefaultTagsArgs(tags={"Service": service})
    )
    opts = pulumi.ResourceOptions(provider=provider)
    queue, failures = _queues(suffix, opts)
    table = _table(suffix, opts)
    function = _function(suffix, opts, table.stream_arn, failures.arn, reserved)
    if warm:
        _keep_warm(suffix, function, opts)
    _mapping(suffix, table, function, failures, opts)
    _api(suffix, function, opts)
    _watch(suffix, opts)
    for name, key in (("secret", None), ("own-key", KEY)):
        aws.secretsmanager.Secret(
            f"{name}-{suffix}", name=f"{name}-{suffix}", kms_key_id=key, recovery_window_in_days=0, opts=opts
        )
    for name, value in (("queue", queue.url), ("failures", failures.url), ("table", table.name)):
        pulumi.export(name, value)
    pulumi.export("region", aws.get_region().region)
    pulumi.export("partition", aws.get_partition().partition)
    pulumi.export("account", aws.get_caller_identity().account_id)


def _queues(suffix: str, opts: pulumi.ResourceOptions) -> tuple[aws.sqs.Queue, aws.sqs.Queue]:
    failures = aws.sqs.Queue(f"failures-{suffix}", name=f"failures-{suffix}", opts=opts)
    redrive = failures.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3}))
    queue = aws.sqs.Queue(
        f"queue-{suffix}",
        name=f"queue-{suffix}",
        visibility_timeout_seconds=60,
        redrive_policy=redrive,
        tags={"Own": "tag"},
        opts=opts,
    )
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    accounts = {"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sqs:SendMessage", "Resource": "*"}
    for name, of, statements in (("tls", failures, [tls]), ("both", queue, [tls, accounts])):
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        aws.sqs.QueuePolicy(f"{name}-{suffix}", queue_url=of.url, policy=policy, opts=opts)
    aws.sqs.RedriveAllowPolicy(
        f"redrive-{suffix}",
        queue_url=failures.url,
        redrive_allow_policy=json.dumps({"redrivePermission": "allowAll"}),
        opts=opts,
    )
    return queue, failures


def _table(suffix: str, opts: pulumi.ResourceOptions) -> aws.dynamodb.Table:
    hash_key = [aws.dynamodb.TableAttributeArgs(name="id", type="S")]
    aws.dynamodb.Table(
        f"plain-{suffix}",
        name=f"plain-{suffix}",
        hash_key="id",
        attributes=hash_key,
        billing_mode="PAY_PER_REQUEST",
        server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=KEY),
        opts=opts,
    )
    return aws.dynamodb.Table(
        f"table-{suffix}",
        name=f"table-{suffix}",
        hash_key="id",
        attributes=hash_key,
        billing_mode="PAY_PER_REQUEST",
        stream_enabled=True,
        stream_view_type="NEW_IMAGE",
        ttl=aws.dynamodb.TableTtlArgs(attribute_name="expires_at", enabled=True),
        point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
        server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True),
        opts=opts,
    )


def _function(
    suffix: str, opts: pulumi.ResourceOptions, stream: pulumi.Input[str], queue: pulumi.Input[str], reserved: int
) -> aws.lambda_.Function:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.iam.Role(
        f"role-{suffix}",
        name=f"role-{suffix}",
        path="/tests/",
        permissions_boundary="arn:aws:iam::000000000000:policy/boundary",
        assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        opts=opts,
    )
    statements = [
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue},
        {"Effect": "Allow", "Action": [f"dynamodb:{a}" for a in STREAM_ACTIONS], "Resource": stream},
    ]
    policy = aws.iam.RolePolicy(
        f"policy-{suffix}",
        name=f"policy-{suffix}",
        role=role.id,
        policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements}),
        opts=opts,
    )
    managed = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    aws.iam.RolePolicyAttachment(f"managed-{suffix}", role=role.id, policy_arn=managed, opts=opts)
    aws.apigateway.Account(f"account-{suffix}", cloudwatch_role_arn=role.arn, opts=opts)
    return aws.lambda_.Function(
        f"function-{suffix}",
        name=f"function-{suffix}",
        role=role.arn,
        runtime="python3.11",
        architectures=["arm64"],
        handler="app.handler",
        publish=True,
        reserved_concurrent_executions=reserved,
        code=pulumi.AssetArchive({"app.py": pulumi.StringAsset(HANDLER)}),
        opts=pulumi.ResourceOptions(provider=opts.provider, depends_on=[policy]),
    )


def _keep_warm(suffix: str, function: aws.lambda_.Function, opts: pulumi.ResourceOptions) -> None:
    alias = aws.lambda_.Alias(
        f"live-{suffix}",
        name="live",
        function_name=function.name,
        function_version=function.version,
        opts=opts,
    )
    aws.lambda_.ProvisionedConcurrencyConfig(
        f"warm-{suffix}",
        function_name=function.name,
        qualifier=alias.name,
        provisioned_concurrent_executions=1,
        opts=opts,
    )


def _mapping(
    suffix: str,
    table: aws.dynamodb.Table,
    function: aws.lambda_.Function,
    failures: aws.sqs.Queue,
    opts: pulumi.ResourceOptions,
) -> None:
    on_failure = aws.lambda_.EventSourceMappingDestinationConfigOnFailureArgs(destination_arn=failures.arn)
    inserts = aws.lambda_.EventSourceMappingFilterCriteriaFilterArgs(pattern=json.dumps({"eventName": ["INSERT"]}))
    aws.lambda_.EventSourceMapping(
        f"mapping-{suffix}",
        event_source_arn=table.stream_arn,
        function_name=function.arn,
        starting_position="TRIM_HORIZON",
        batch_size=10,
        function_response_types=["ReportBatchItemFailures"],
        bisect_batch_on_function_error=True,
        maximum_retry_attempts=1,
        filter_criteria=aws.lambda_.EventSourceMappingFilterCriteriaArgs(filters=[inserts]),
        destination_config=aws.lambda_.EventSourceMappingDestinationConfigArgs(on_failure=on_failure),
        opts=opts,
    )


def _api(suffix: str, function: aws.lambda_.Function, opts: pulumi.ResourceOptions) -> None:
    api = aws.apigateway.RestApi(
        f"api-{suffix}",
        name=f"api-{suffix}",
        endpoint_configuration=aws.apigateway.RestApiEndpointConfigurationArgs(types="REGIONAL"),
        opts=opts,
    )
    of_api = {"rest_api": api.id, "opts": opts}
    path = aws.apigateway.Resource(f"path-{suffix}", parent_id=api.root_resource_id, path_part="hook", **of_api)
    model = aws.apigateway.Model(
        f"model-{suffix}", name=f"Model{suffix}", content_type="application/json", schema="{}", **of_api
    )
    validator = aws.apigateway.RequestValidator(
        f"validator-{suffix}", name="body", validate_request_body=True, **of_api
    )
    method = aws.apigateway.Method(
        f"method-{suffix}",
        resource_id=path.id,
        http_method="POST",
        authorization="NONE",
        request_validator_id=validator.id,
        request_models={"application/json": model.name},
        **of_api,
    )
    integration = aws.apigateway.Integration(
        f"integration-{suffix}",
        resource_id=path.id,
        http_method=method.http_method,
        type="AWS_PROXY",
        integration_http_method="POST",
        uri=function.invoke_arn,
        **of_api,
    )
    aws.apigateway.Response(
        f"response-{suffix}",
        rest_api_id=api.id,
        response_type="BAD_REQUEST_BODY",
        status_code="400",
        response_templates={"application/json": '{"why":"$context.error.validationErrorString"}'},
        opts=opts,
    )
    _stage(suffix, api, integration, opts)
    aws.lambda_.Permission(
        f"permission-{suffix}",
        action="lambda:InvokeFunction",
        function=function.name,
        principal="apigateway.amazonaws.com",
        source_arn=api.execution_arn.apply(lambda arn: f"{arn}/*/*"),
        opts=opts,
    )


def _stage(
    suffix: str,
    api: aws.apigateway.RestApi,
    integration: aws.apigateway.Integration,
    opts: pulumi.ResourceOptions,
) -> None:
    after = pulumi.ResourceOptions(provider=opts.provider, depends_on=[integration])
    deployment = aws.apigateway.Deployment(f"deployment-{suffix}", rest_api=api.id, triggers={"x": "1"}, opts=after)
    stage = aws.apigateway.Stage(
        f"stage-{suffix}",
        stage_name=f"stage-{suffix}",
        rest_api=api.id,
        deployment=deployment.id,
        xray_tracing_enabled=True,
        opts=opts,
    )
    domain = aws.apigateway.DomainName(
        f"domain-{suffix}",
        domain_name=f"{suffix}.example.com",
        regional_certificate_arn=CERTIFICATE,
        endpoint_configuration=aws.apigateway.DomainNameEndpointConfigurationArgs(types="REGIONAL"),
        security_policy="TLS_1_2",
        opts=opts,
    )
    aws.apigateway.BasePathMapping(
        f"mapping-{suffix}",
        domain_name=domain.domain_name,
        base_path="in",
        rest_api=api.id,
        stage_name=stage.stage_name,
        opts=opts,
    )
    settings = aws.apigateway.MethodSettingsSettingsArgs(metrics_enabled=True, throttling_burst_limit=5)
    for name, methods in (("all", "*/*"), ("one", "hook/POST")):
        aws.apigateway.MethodSettings(
            f"{name}-methods-{suffix}",
            rest_api=api.id,
            stage_name=stage.stage_name,
            method_path=methods,
            settings=settings,
            opts=opts,
        )
    pulumi.export("url", stage.invoke_url)


def _watch(suffix: str, opts: pulumi.ResourceOptions) -> None:
    aws.xray.SamplingRule(
        f"sampling-{suffix}",
        rule_name=f"sampling-{suffix}",
        priority=1,
        version=1,
        reservoir_size=0,
        fixed_rate=0.05,
        host="*",
        http_method="*",
        resource_arn="*",
        service_name="*",
        service_type="*",
        url_path="*",
        opts=opts,
    )
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.iam.Role(
        f"machine-{suffix}",
        name=f"machine-{suffix}",
        assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        opts=opts,
    )
    aws.sfn.StateMachine(
        f"machine-{suffix}",
        name=f"machine-{suffix}",
        role_arn=role.arn,
        definition=json.dumps({"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "End": True}}}),
        opts=opts,
    )
    for name, days, key in (("kept", None, None), ("short", 30, KEY)):
        aws.cloudwatch.LogGroup(
            f"{name}-{suffix}", name=f"/{name}/{suffix}", retention_in_days=days, kms_key_id=key, opts=opts
        )
    aws.cloudwatch.MetricAlarm(
        f"alarm-{suffix}",
        name=f"alarm-{suffix}",
        namespace="AWS/SQS",
        metric_name="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": f"queue-{suffix}"},
        comparison_operator="GreaterThanThreshold",
        statistic="Maximum",
        evaluation_periods=1,
        period=60,
        threshold=0,
        opts=opts,
    )
    watched = aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
        namespace="hookline", metric_name="Verified", dimensions={"Provider": "stripe"}, period=900, stat="Sum"
    )
    aws.cloudwatch.MetricAlarm(
        f"compared-{suffix}",
        name=f"compared-{suffix}",
        metric_queries=[
            aws.cloudwatch.MetricAlarmMetricQueryArgs(id="verified", metric=watched),
            aws.cloudwatch.MetricAlarmMetricQueryArgs(id="none", expression="IF(verified > 0, 0, 1)", return_data=True),
        ],
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        threshold=0,
        opts=opts,
    )
    topic = aws.sns.Topic(f"topic-{suffix}", name=f"topic-{suffix}", opts=opts)
    aws.sns.TopicPolicy(f"topic-{suffix}", arn=topic.arn, policy='{"Version":"2012-10-17","Statement":[]}', opts=opts)
    aws.sns.TopicSubscription(
        f"topic-{suffix}", topic=topic.arn, protocol="email", endpoint="on-call@example.com", opts=opts
    )
    aws.cloudwatch.QueryDefinition(
        f"query-{suffix}", name=f"query-{suffix}", query_string="fields @timestamp", opts=opts
    )
    aws.cloudwatch.Dashboard(
        f"dashboard-{suffix}", dashboard_name=f"dashboard-{suffix}", dashboard_body='{"widgets":[]}', opts=opts
    )

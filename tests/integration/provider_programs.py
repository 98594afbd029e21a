"""A Pulumi program with every type of resource of the providers system, for the tests of local mode."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

# Like processing, it fails the rest of a group after a poison message, except at the last receive.
HANDLER = """
import os, boto3
sqs = boto3.client("sqs")

def handler(event, context):
    failed, failures = set(), []
    for record in event.get("Records", []):
        group = record["attributes"]["MessageGroupId"]
        if group in failed or "poison" in record["body"]:
            if int(record["attributes"]["ApproximateReceiveCount"]) < 3:
                failed.add(group)
            failures.append({"itemIdentifier": record["messageId"]})
        else:
            sqs.send_message(QueueUrl=os.environ["SEEN"], MessageBody=record["body"])
    if "detail-type" in event:
        raise RuntimeError("nothing from a bus")
    return {"batchItemFailures": failures}
"""
READ_QUEUE = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")


def providers_everything(suffix: str = "all", *, may_read: bool = True) -> None:
    """Declare one resource of every type, with the options that its makers handle."""
    provider = aws.Provider(
        f"aws-{suffix}", region="us-east-1", default_tags=aws.ProviderDefaultTagsArgs(tags={"Service": "test"})
    )
    opts = pulumi.ResourceOptions(provider=provider)
    _buckets(suffix, opts)
    _front(suffix, opts)
    _of_own_programs(suffix, opts)
    seen = aws.sqs.Queue(f"seen-{suffix}", name=f"seen-{suffix}", sqs_managed_sse_enabled=True, opts=opts)
    dead_letters, queue = _fifo(suffix, opts)
    function = _function(suffix, opts, queue, seen, may_read=may_read)
    aws.lambda_.EventSourceMapping(
        f"mapping-{suffix}",
        event_source_arn=queue.arn,
        function_name=function.arn,
        batch_size=10,
        function_response_types=["ReportBatchItemFailures"],
        opts=opts,
    )
    failures = _retries(suffix, function, opts)
    _bus(suffix, function, failures, opts)
    for name, made in (("seen", seen), ("dlq", dead_letters), ("queue", queue), ("failures", failures)):
        pulumi.export(name, made.url)


def _front(suffix: str, opts: pulumi.ResourceOptions) -> None:
    """Declare what stands in front of an API on AWS. It has no effect in local mode."""
    api = aws.apigateway.RestApi(f"front-{suffix}", name=f"front-{suffix}", opts=opts)
    document = {"Version": "2012-10-17", "Statement": []}
    aws.apigateway.RestApiPolicy(f"policy-{suffix}", rest_api_id=api.id, policy=json.dumps(document), opts=opts)
    aws.wafv2.WebAclAssociation(
        f"web-acl-{suffix}", resource_arn=api.arn, web_acl_arn=f"arn:aws:wafv2:{suffix}", opts=opts
    )


def _of_own_programs(suffix: str, opts: pulumi.ResourceOptions) -> None:
    """Declare what only a program of your own has, and what has no effect in local mode."""
    definition = json.dumps({"StartAt": "done", "States": {"done": {"Type": "Succeed"}}})
    role = aws.iam.Role(f"machine-role-{suffix}", name=f"machine-role-{suffix}", assume_role_policy="{}", opts=opts)
    aws.sfn.StateMachine(
        f"machine-{suffix}", name=f"machine-{suffix}", definition=definition, role_arn=role.arn, opts=opts
    )
    aws.xray.SamplingRule(
        f"traces-{suffix}",
        rule_name=f"traces-{suffix}",
        priority=1,
        version=1,
        reservoir_size=0,
        fixed_rate=0.05,
        url_path="*",
        host="*",
        http_method="*",
        service_type="*",
        service_name="*",
        resource_arn="*",
        opts=opts,
    )


def _buckets(suffix: str, opts: pulumi.ResourceOptions) -> None:
    bucket = aws.s3.Bucket(f"papers-{suffix}", bucket=f"papers-{suffix}", force_destroy=True, opts=opts)
    kept = aws.s3.Bucket(f"kept-{suffix}", bucket=f"kept-{suffix}", opts=opts)
    aws.s3.BucketVersioning(
        f"kept-versions-{suffix}",
        bucket=kept.id,
        versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
        opts=opts,
    )
    by_default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm="aws:kms"
    )
    encrypting = aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
        apply_server_side_encryption_by_default=by_default, bucket_key_enabled=True
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"encryption-{suffix}", bucket=bucket.id, rules=[encrypting], opts=opts
    )
    aws.s3.BucketPublicAccessBlock(
        f"block-{suffix}", bucket=bucket.id, block_public_acls=True, block_public_policy=True, opts=opts
    )
    for of, size in ((bucket, "varies_by_storage_class"), (kept, None)):
        moving = aws.s3.BucketLifecycleConfigurationRuleArgs(
            id="old",
            status="Enabled",
            filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
            transitions=[aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(days=30, storage_class="GLACIER")],
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{'all' if size else 'large'}-lifecycle-{suffix}",
            bucket=of.id,
            rules=[moving],
            transition_default_minimum_object_size=size,
            opts=opts,
        )
    tls = _statement("Deny", "*", "s3:*", "*") | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    reading = _statement(
        "Allow", {"AWS": "arn:aws:iam::000000000000:root"}, "s3:GetObject", f"arn:aws:s3:::kept-{suffix}/*"
    )
    for name, of, statements in (("tls", bucket, [tls]), ("both", kept, [tls, reading])):
        aws.s3.BucketPolicy(f"{name}-policy-{suffix}", bucket=of.id, policy=_policy(*statements), opts=opts)


def _fifo(suffix: str, opts: pulumi.ResourceOptions) -> tuple[aws.sqs.Queue, aws.sqs.Queue]:
    dead_letters = aws.sqs.Queue(f"dlq-{suffix}", name=f"dlq-{suffix}.fifo", fifo_queue=True, opts=opts)
    redrive = dead_letters.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3}))
    queue = aws.sqs.Queue(
        f"queue-{suffix}",
        name=f"queue-{suffix}.fifo",
        fifo_queue=True,
        content_based_deduplication=True,
        deduplication_scope="messageGroup",
        fifo_throughput_limit="perMessageGroupId",
        visibility_timeout_seconds=1,
        redrive_policy=redrive,
        opts=opts,
    )
    return dead_letters, queue


def _function(
    suffix: str, opts: pulumi.ResourceOptions, queue: aws.sqs.Queue, seen: aws.sqs.Queue, *, may_read: bool
) -> aws.lambda_.Function:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.iam.Role(f"role-{suffix}", name=f"role-{suffix}", assume_role_policy=_policy(trust), opts=opts)
    reading = {"Effect": "Allow", "Action": READ_QUEUE[: 3 if may_read else 2], "Resource": queue.arn}
    telling = {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": seen.arn}
    policy = aws.iam.RolePolicy(
        f"policy-{suffix}",
        name=f"policy-{suffix}",
        role=role.id,
        policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [reading, telling]}),
        opts=opts,
    )
    return aws.lambda_.Function(
        f"function-{suffix}",
        name=f"function-{suffix}",
        role=role.arn,
        runtime="python3.11",
        architectures=["arm64"],
        handler="app.handler",
        publish=True,
        environment=aws.lambda_.FunctionEnvironmentArgs(variables={"SEEN": seen.url}),
        code=pulumi.AssetArchive({"app.py": pulumi.StringAsset(HANDLER)}),
        opts=pulumi.ResourceOptions(provider=opts.provider, depends_on=[policy]),
    )


def _retries(suffix: str, function: aws.lambda_.Function, opts: pulumi.ResourceOptions) -> aws.sqs.Queue:
    failures = aws.sqs.Queue(f"failures-{suffix}", name=f"failures-{suffix}", opts=opts)
    on_failure = aws.lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(destination=failures.arn)
    aws.lambda_.FunctionEventInvokeConfig(
        f"retries-{suffix}",
        function_name=function.name,
        maximum_retry_attempts=0,
        destination_config=aws.lambda_.FunctionEventInvokeConfigDestinationConfigArgs(on_failure=on_failure),
        opts=opts,
    )
    aws.lambda_.FunctionEventInvokeConfig(
        f"version-{suffix}",
        function_name=function.name,
        qualifier=function.version,
        maximum_event_age_in_seconds=60,
        opts=opts,
    )
    return failures


def _bus(suffix: str, function: aws.lambda_.Function, failures: aws.sqs.Queue, opts: pulumi.ResourceOptions) -> None:
    group = aws.cloudwatch.LogGroup(f"group-{suffix}", name=f"/aws/events/{suffix}", opts=opts)
    writing = _statement("Allow", {"Service": "events.amazonaws.com"}, "logs:PutLogEvents", "*")
    aws.cloudwatch.LogResourcePolicy(
        f"logs-{suffix}", policy_name=f"logs-{suffix}", policy_document=_policy(writing), opts=opts
    )
    bus = aws.cloudwatch.EventBus(f"bus-{suffix}", name=f"bus-{suffix}", description="A bus", opts=opts)
    aws.cloudwatch.EventArchive(
        f"archive-{suffix}", name=f"archive-{suffix}", event_source_arn=bus.arn, retention_days=1, opts=opts
    )
    missing = function.arn.apply(lambda arn: f"{arn}-that-is-not-there")
    for name, arn, queue in (("logged", group.arn, None), ("refused", function.arn, None), ("lost", missing, failures)):
        rule = aws.cloudwatch.EventRule(
            f"{name}-{suffix}",
            name=f"{name}-{suffix}",
            event_bus_name=bus.name,
            event_pattern=json.dumps({"source": [{"prefix": f"test.{name}"}]}),
            state="ENABLED",
            opts=opts,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-target-{suffix}",
            target_id=f"{name}-target-{suffix}",
            rule=rule.name,
            event_bus_name=bus.name,
            arn=arn,
            dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=queue.arn) if queue else None,
            opts=opts,
        )


def _statement(effect: str, principal: object, action: str, resource: str) -> dict[str, object]:
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}


def _policy(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})

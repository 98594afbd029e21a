"""The functions that make resources in the emulator, called makers, with one module for each AWS service.

To support a new resource type, add a maker function and a line in `MAKERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hookline.core import EMULATOR_DNS_SUFFIX
from hookline.local.cloud import REGION, Cloud
from hookline.local.provision.making import Maker, Updater
from hookline.local.resources import (
    apigateway,
    cloudwatch,
    dynamodb,
    events,
    functions,
    iam,
    s3,
    secretsmanager,
    sns,
    sqs,
    stepfunctions,
)

MAKERS: dict[str, Maker] = {
    "aws:apigateway/basePathMapping:BasePathMapping": apigateway.base_path_mapping,
    "aws:apigateway/account:Account": apigateway.account,
    "aws:apigateway/deployment:Deployment": apigateway.deployment,
    "aws:apigateway/domainName:DomainName": apigateway.domain_name,
    "aws:apigateway/integration:Integration": apigateway.integration,
    "aws:apigateway/method:Method": apigateway.method,
    "aws:apigateway/methodSettings:MethodSettings": apigateway.method_settings,
    "aws:apigateway/model:Model": apigateway.body_model,
    "aws:apigateway/requestValidator:RequestValidator": apigateway.request_validator,
    "aws:apigateway/resource:Resource": apigateway.path,
    "aws:apigateway/response:Response": apigateway.gateway_response,
    "aws:apigateway/restApi:RestApi": apigateway.rest_api,
    "aws:apigateway/restApiPolicy:RestApiPolicy": apigateway.without_effect,
    "aws:apigateway/stage:Stage": apigateway.stage,
    "aws:cloudwatch/dashboard:Dashboard": cloudwatch.dashboard,
    "aws:cloudwatch/eventArchive:EventArchive": events.archive,
    "aws:cloudwatch/eventBus:EventBus": events.event_bus,
    "aws:cloudwatch/eventRule:EventRule": events.rule,
    "aws:cloudwatch/eventTarget:EventTarget": events.target,
    "aws:cloudwatch/logGroup:LogGroup": cloudwatch.log_group,
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": events.log_resource_policy,
    "aws:cloudwatch/metricAlarm:MetricAlarm": cloudwatch.metric_alarm,
    "aws:cloudwatch/queryDefinition:QueryDefinition": apigateway.without_effect,
    "aws:dynamodb/table:Table": dynamodb.table,
    "aws:iam/role:Role": iam.role,
    "aws:iam/rolePolicy:RolePolicy": iam.role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": iam.role_policy_attachment,
    "aws:lambda/alias:Alias": functions.alias,
    "aws:lambda/eventSourceMapping:EventSourceMapping": functions.event_source_mapping,
    "aws:lambda/function:Function": functions.function,
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": functions.event_invoke_config,
    "aws:lambda/permission:Permission": functions.permission,
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": functions.provisioned_concurrency,
    "aws:s3/bucket:Bucket": s3.bucket,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": s3.lifecycle,
    "aws:s3/bucketPolicy:BucketPolicy": s3.policy,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": s3.public_access_block,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": s3.encryption,
    "aws:s3/bucketVersioning:BucketVersioning": s3.versioning,
    "aws:secretsmanager/secret:Secret": secretsmanager.secret,
    "aws:sfn/stateMachine:StateMachine": stepfunctions.state_machine,
    "aws:sns/topic:Topic": sns.topic,
    "aws:sns/topicPolicy:TopicPolicy": apigateway.without_effect,
    "aws:sns/topicSubscription:TopicSubscription": apigateway.without_effect,
    "aws:sqs/queue:Queue": sqs.queue,
    "aws:sqs/queuePolicy:QueuePolicy": sqs.queue_policy,
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": sqs.redrive_allow_policy,
    "aws:wafv2/webAclAssociation:WebAclAssociation": apigateway.without_effect,
    "aws:xray/samplingRule:SamplingRule": apigateway.without_effect,
}

UPDATERS: dict[str, Updater] = {
    "aws:apigateway/method:Method": apigateway.update_method,
    "aws:lambda/function:Function": functions.update_function,
    "aws:sqs/queue:Queue": sqs.update_queue,
}
"""The resource types that can be updated in place, except for their inputs in `IDENTITY`."""

IDENTITY = {"httpMethod", "name", "resourceId", "restApi"}
"""The inputs that say which resource it is. A resource with another value is another resource."""

WITHOUT_EFFECT = {"deletionProtectionEnabled", "forceDestroy", "recoveryWindowInDays", "skipDestroy"}
"""The inputs that do nothing in the emulator, because a local stack can always be removed."""

UPDATED_OUTPUTS = {"qualifiedArn", "version"}
"""The outputs that an update can change."""


def _identity(cloud: Cloud, _args: dict[str, Any]) -> dict[str, Any]:
    answer = cloud.call("sts", "get_caller_identity")
    return {
        "accountId": answer["Account"],
        "arn": answer["Arn"],
        "userId": answer["UserId"],
        "id": answer["Account"],
    }


def _region(_cloud: Cloud, _args: dict[str, Any]) -> dict[str, Any]:
    return {"region": REGION, "id": REGION, "endpoint": "", "description": ""}


def _partition(_cloud: Cloud, _args: dict[str, Any]) -> dict[str, Any]:
    return {"partition": "aws", "dnsSuffix": EMULATOR_DNS_SUFFIX, "reverseDnsPrefix": "com.amazonaws", "id": "aws"}


INVOKES: dict[str, Callable[[Cloud, dict[str, Any]], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _identity,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
}

"""A REST API whose POST methods call one Lambda function. API Gateway first checks required headers or the body."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from hookline.infra.api_gateway.addresses import address_policy
from hookline.infra.api_gateway.definition import Definition, Route, define
from hookline.infra.api_gateway.domain import ApiAddress
from hookline.infra.api_gateway.parts import PartNames, RestApiParts
from hookline.infra.api_gateway.responses import GATEWAY_RESPONSES, GatewayResponse
from hookline.infra.api_gateway.sampling import make_sampling_rule
from hookline.infra.monitoring.alarms import NOBODY, REPEATED, AlarmTopics, Metric, Threshold, make_alarm
from hookline.infra.monitoring.function_alarms import FAILED_PERCENT
from hookline.infra.parts.function import Function
from hookline.infra.parts.region import has_host_names, partition_of, region_of

# A line of the access log has ids, the outcome and latencies. It has no body and no header. It also has no validation
# message, because such a message can quote the body.
_ACCESS_LOG = {
    "requestId": "$context.requestId",
    "extendedRequestId": "$context.extendedRequestId",
    "traceId": "$context.xrayTraceId",
    "time": "$context.requestTimeEpoch",
    "method": "$context.httpMethod",
    "resource": "$context.resourcePath",
    "status": "$context.status",
    "errorType": "$context.error.responseType",
    "errorMessage": "$context.error.message",
    "integrationRequestId": "$context.integration.requestId",
    "integrationStatus": "$context.integration.status",
    "integrationLatencyMs": "$context.integration.latency",
    "latencyMs": "$context.responseLatency",
    "responseBytes": "$context.responseLength",
}


@dataclass(frozen=True)
class RestApiArgs:
    """The arguments of a `RestApi`.

    Attributes:
        suffix: the end of every resource's name.
        description: one line for the AWS console.
        routes: the URL paths with a POST method, and the checks of their requests.
        function: the function that every method calls, or a factory that makes this function from the routes' base URL.
        responses: gateway response type → response of API Gateway.
        binary_media_types: the media types whose bodies API Gateway passes on unchanged, in base64. In a body of
            another media type, API Gateway changes the bytes that are not UTF-8.
        burst_limit: the burst limit in requests.
        rate_limit: the rate limit in requests per second.
        access_logs: True to write access logs. The account's API Gateway settings must have a role for logging.
        log_retention_days: the retention of the access logs in days.
        alarm_topics: the SNS topics that the alarm notifies.
        web_acl_arn: the web ACL of AWS WAF that checks the requests; None for no check.
        address: the domain name and base path at which the API answers; None for its execute-api URL.
        kms_key_arn: the ARN of a customer-managed KMS key for the access logs; None for the key of CloudWatch Logs.
        method_metrics: True for detailed CloudWatch metrics of each method, which AWS bills.
        trace_percent: the percentage of requests that X-Ray records, by a sampling rule of this API; None to make no
            such rule, so that X-Ray's own rules decide.
    """

    suffix: str
    description: str
    routes: Sequence[Route]
    function: Function | Callable[[pulumi.Output[str]], Function]
    responses: Mapping[str, GatewayResponse] = field(default_factory=lambda: dict(GATEWAY_RESPONSES))
    binary_media_types: Sequence[str] = ()
    burst_limit: int = 1000
    rate_limit: int = 1000
    access_logs: bool = True
    log_retention_days: int = 30
    alarm_topics: AlarmTopics = NOBODY
    web_acl_arn: pulumi.Input[str] | None = None
    address: ApiAddress | None = None
    kms_key_arn: pulumi.Input[str] | None = None
    method_metrics: bool = False
    trace_percent: int | None = None


class RestApi(pulumi.ComponentResource):
    """A regional REST API: POST methods that call one function, JSON errors, throttling, tracing and access logs.

    Attributes:
        api: the REST API.
        api_name: the name of the REST API.
        stage_name: the stage's name, `api-{suffix}`.
        function: the function that the methods call.
        base_url: the base URL of the routes, without a trailing slash.
        url: the URL of the first route.
    """

    def __init__(self, name: str, args: RestApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the API `{name}-{suffix}`."""
        self.api_name = f"{name}-{args.suffix}"
        self.stage_name = f"api-{args.suffix}"
        super().__init__("hookline:api:RestApi", self.api_name, None, opts)
        self._names, self._args = PartNames(name, args.suffix), args
        self._child = pulumi.ResourceOptions(parent=self)
        definition = define(
            args.routes,
            suffix=args.suffix,
            responses=args.responses,
            binary_media_types=args.binary_media_types,
            execute_api=args.address is None or args.address.keep_execute_api,
        )
        self.api = aws.apigateway.RestApi(
            self.api_name,
            name=self.api_name,
            description=args.description,
            endpoint_configuration=aws.apigateway.RestApiEndpointConfigurationArgs(types="REGIONAL"),
            opts=self._child,
            **definition.api,
        )
        self.function = args.function if isinstance(args.function, Function) else args.function(self._base_url())
        stage = self._make_stage(self._deploy(definition))
        self._limit(stage)
        if args.web_acl_arn is not None:
            name = self._names.part("web-acl")
            aws.wafv2.WebAclAssociation(name, resource_arn=stage.arn, web_acl_arn=args.web_acl_arn, opts=self._child)
        if args.trace_percent is not None:
            make_sampling_rule(self._names, self.api, stage, args.trace_percent, self._child)
        self._make_alarm()
        self.base_url = self._map(stage, args.address) if args.address else stage.invoke_url
        self.url = pulumi.Output.concat(self.base_url, "/", args.routes[0].path)
        self.register_outputs({"url": self.url})

    def _base_url(self) -> pulumi.Output[str]:
        """Return the base URL of the routes. A factory in `args.function` needs this URL before the stage exists."""
        if self._args.address:
            return self._args.address.url
        host = pulumi.Output.concat(self.api.id, ".execute-api.", region_of(self), ".", partition_of(self).dns_suffix)
        return pulumi.Output.concat("https://", host, f"/{self.stage_name}")

    def _map(self, stage: aws.apigateway.Stage, address: ApiAddress) -> pulumi.Output[str]:
        """Let a domain name serve the stage. Return the base URL of the routes: in local mode, it is the stage's."""
        aws.apigateway.BasePathMapping(
            self._names.part("address"),
            domain_name=address.domain_name,
            base_path=address.base_path,
            rest_api=self.api.id,
            stage_name=stage.stage_name,
            opts=self._child,
        )
        return has_host_names(self).apply(lambda has: address.url if has else stage.invoke_url)

    def _deploy(self, definition: Definition) -> aws.apigateway.Deployment:
        parts = RestApiParts(self.api, self._names, self)
        parts.make(definition, self.function.invoke_arn)
        triggers: dict[str, pulumi.Input[str]] = {
            "definition": definition.fingerprint,
            "function": self.function.invoke_arn,
        }
        addresses = {route.path: sorted(route.addresses) for route in self._args.routes if route.addresses}
        triggers["addresses"] = json.dumps(addresses, sort_keys=True)
        permissions = [self._permit(route.path) for route in self._args.routes]
        return aws.apigateway.Deployment(
            self._names.part("deployment"),
            rest_api=self.api.id,
            description=", ".join(f"POST /{route.path}" for route in self._args.routes if not route.closed),
            triggers=triggers,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*parts.made, self._allow(addresses), *permissions]),
        )

    def _allow(self, addresses: Mapping[str, Sequence[str]]) -> aws.apigateway.RestApiPolicy:
        """Make the resource policy of the API, which allows each URL path in `addresses` for these addresses only.

        An API without limits has this policy too. Pulumi deletes last, so the deployment before the deletion would
        still have the limits that somebody takes away.
        """
        stage = pulumi.Output.concat(self.api.execution_arn, f"/{self.stage_name}/")
        document = stage.apply(lambda start: json.dumps(address_policy(start, addresses)))
        return aws.apigateway.RestApiPolicy(
            self._names.part("policy"), rest_api_id=self.api.id, policy=document, opts=self._child
        )

    def _make_stage(self, deployment: aws.apigateway.Deployment) -> aws.apigateway.Stage:
        return aws.apigateway.Stage(
            self._names.part("stage"),
            rest_api=self.api.id,
            deployment=deployment.id,
            stage_name=self.stage_name,
            xray_tracing_enabled=True,
            cache_cluster_enabled=False,
            access_log_settings=self._access_log() if self._args.access_logs else None,
            opts=self._child,
        )

    def _access_log(self) -> aws.apigateway.StageAccessLogSettingsArgs:
        group = aws.cloudwatch.LogGroup(
            self._names.part("logs"),
            name=f"/aws/apigateway/{self.api_name}",
            retention_in_days=self._args.log_retention_days,
            kms_key_id=self._args.kms_key_arn,
            opts=self._child,
        )
        return aws.apigateway.StageAccessLogSettingsArgs(destination_arn=group.arn, format=json.dumps(_ACCESS_LOG))

    def _limit(self, stage: aws.apigateway.Stage) -> None:
        name = self._names.part("settings")
        all_methods = self._set_methods(
            name, stage, "*/*", self._args.rate_limit, self._args.burst_limit, opts=self._child
        )
        # All settings change the same stage, so those of one path wait for those of all methods.
        after = pulumi.ResourceOptions(parent=self, depends_on=[all_methods])
        for route in self._args.routes:
            if route.rate_limit is not None:
                name = self._names.part("settings", route.path)
                method = f"~1{route.path.replace('/', '~1')}/POST"  # API Gateway escapes slashes in a path as `~1`
                self._set_methods(name, stage, method, route.rate_limit, route.rate_limit, opts=after)

    def _set_methods(
        self,
        name: str,
        stage: aws.apigateway.Stage,
        methods: str,
        rate: int,
        burst: int,
        *,
        opts: pulumi.ResourceOptions,
    ) -> aws.apigateway.MethodSettings:
        return aws.apigateway.MethodSettings(
            name,
            rest_api=self.api.id,
            stage_name=stage.stage_name,
            method_path=methods,
            settings=aws.apigateway.MethodSettingsSettingsArgs(
                throttling_burst_limit=burst,
                throttling_rate_limit=rate,
                metrics_enabled=self._args.method_metrics,
                caching_enabled=False,
                # Execution logs are off, because they quote rejected bodies. The stack would not own their log group.
                logging_level="OFF",
                data_trace_enabled=False,
            ),
            opts=opts,
        )

    def _permit(self, path: str) -> aws.lambda_.Permission:
        source = pulumi.Output.concat(self.api.execution_arn, f"/{self.stage_name}/POST/{path}")
        return self.function.permit(self._names.part("permission", path), "apigateway.amazonaws.com", source, self)

    def _make_alarm(self) -> None:
        # The average of this metric is the rate of 5xx answers ("Amazon API Gateway dimensions and metrics").
        rate = Metric("AWS/ApiGateway", "5XXError", {"ApiName": self.api_name, "Stage": self.stage_name}, "Average")
        errors = Threshold(
            rate,
            "system-api-5xx",
            f"In several minutes, {self.api_name} answered more than {FAILED_PERCENT} % of the requests with a 5xx "
            "status. Senders retry the delivery. See the function's log.",
            FAILED_PERCENT / 100,
            REPEATED,
        )
        make_alarm(self._names.part("5xx"), errors, self._args.alarm_topics, self)

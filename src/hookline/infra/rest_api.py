"""A REST API with one method, `POST /{path}`, that checks the body against a model and calls one function."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from hookline.infra.alarms import Metric, Threshold, make_alarm
from hookline.infra.function import Function
from hookline.infra.gateway_responses import GATEWAY_RESPONSES, GatewayResponse
from hookline.infra.rest_api_definition import Definition, define

# Ids, outcome and latencies: no body, no header, no validation message (that one can quote the body).
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
    """What a `RestApi` is made from.

    Attributes:
        suffix: ends every name.
        description: one line, shown in the AWS console.
        path: the one resource under the root, without slashes.
        function: what the method calls.
        model_name: letters and digits, as API Gateway demands; the suffix is added without hyphens.
        schema: JSON schema, draft 4, of the body.
        responses: gateway response type → what API Gateway answers.
        burst_limit: requests that may arrive at once.
        rate_limit: requests per second.
        access_logs: True writes access logs, which needs a role in the account's API Gateway settings.
        log_retention_days: days.
        alarm_topic_arn: SNS topic that the alarm notifies.
    """

    suffix: str
    description: str
    path: str
    function: Function
    model_name: str
    schema: Mapping[str, Any]
    responses: Mapping[str, GatewayResponse] = field(default_factory=lambda: dict(GATEWAY_RESPONSES))
    burst_limit: int = 1000
    rate_limit: int = 1000
    access_logs: bool = True
    log_retention_days: int = 30
    alarm_topic_arn: str | None = None


class RestApi(pulumi.ComponentResource):
    """A regional REST API: one method, a model, JSON errors, throttling, tracing and access logs.

    Attributes:
        api: the REST API.
        api_name: its name.
        stage_name: the stage's name, `api-{suffix}`.
        url: where to POST, with the path.
    """

    def __init__(self, name: str, args: RestApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Makes the API `{name}-{suffix}`."""
        self.api_name = f"{name}-{args.suffix}"
        self.stage_name = f"api-{args.suffix}"
        super().__init__("hookline:api:RestApi", self.api_name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self.api = aws.apigateway.RestApi(
            self.api_name,
            name=self.api_name,
            description=args.description,
            endpoint_configuration=aws.apigateway.RestApiEndpointConfigurationArgs(types="REGIONAL"),
            opts=self._child,
        )
        stage = self._make_stage(self._deploy())
        self._limit(stage)
        self._permit()
        self._make_alarm()
        self.url = pulumi.Output.concat(stage.invoke_url, "/", args.path)
        self.register_outputs({"url": self.url})

    def _named(self, part: str) -> str:
        return f"{self._name}-{part}-{self._args.suffix}"

    def _make_method(self, definition: Definition) -> list[pulumi.Resource]:
        resource = aws.apigateway.Resource(
            self._named("resource"),
            rest_api=self.api.id,
            parent_id=self.api.root_resource_id,
            opts=self._child,
            **definition.resource,
        )
        model = aws.apigateway.Model(self._named("model"), rest_api=self.api.id, opts=self._child, **definition.model)
        validator = aws.apigateway.RequestValidator(
            self._named("validator"),
            rest_api=self.api.id,
            name=self._named("validator"),
            opts=self._child,
            **definition.validator,
        )
        method = aws.apigateway.Method(
            self._named("method"),
            rest_api=self.api.id,
            resource_id=resource.id,
            request_validator_id=validator.id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[model]),
            **definition.method,
        )
        integration = aws.apigateway.Integration(
            self._named("integration"),
            rest_api=self.api.id,
            resource_id=resource.id,
            uri=self._args.function.invoke_arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[method]),
            **definition.integration,
        )
        return [resource, model, validator, method, integration]

    def _make_responses(self, definition: Definition) -> list[pulumi.Resource]:
        return [
            aws.apigateway.Response(
                self._named(response_type.lower().replace("_", "-")),
                rest_api_id=self.api.id,
                opts=self._child,
                **inputs,
            )
            for response_type, inputs in definition.responses.items()
        ]

    def _deploy(self) -> aws.apigateway.Deployment:
        args = self._args
        definition = define(
            path=args.path,
            model_name=args.model_name + args.suffix.replace("-", ""),
            schema=args.schema,
            responses=args.responses,
        )
        parts = [*self._make_method(definition), *self._make_responses(definition)]
        return aws.apigateway.Deployment(
            self._named("deployment"),
            rest_api=self.api.id,
            description=f"POST /{args.path}",
            triggers={"definition": definition.fingerprint, "function": args.function.invoke_arn},
            opts=pulumi.ResourceOptions(parent=self, depends_on=parts),
        )

    def _make_stage(self, deployment: aws.apigateway.Deployment) -> aws.apigateway.Stage:
        return aws.apigateway.Stage(
            self._named("stage"),
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
            self._named("logs"),
            name=f"/aws/apigateway/{self.api_name}",
            retention_in_days=self._args.log_retention_days,
            opts=self._child,
        )
        return aws.apigateway.StageAccessLogSettingsArgs(destination_arn=group.arn, format=json.dumps(_ACCESS_LOG))

    def _limit(self, stage: aws.apigateway.Stage) -> None:
        aws.apigateway.MethodSettings(
            self._named("settings"),
            rest_api=self.api.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings=aws.apigateway.MethodSettingsSettingsArgs(
                throttling_burst_limit=self._args.burst_limit,
                throttling_rate_limit=self._args.rate_limit,
                metrics_enabled=True,
                caching_enabled=False,
                # Execution logs quote what the model refused, and go to a log group that no stack owns.
                logging_level="OFF",
                data_trace_enabled=False,
            ),
            opts=self._child,
        )

    def _permit(self) -> None:
        function = self._args.function
        caller = f"/{self.stage_name}/POST/{self._args.path}"
        aws.lambda_.Permission(
            self._named("permission"),
            statement_id=self._named("permission"),
            action="lambda:InvokeFunction",
            function=function.name,
            qualifier=function.qualifier,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(self.api.execution_arn, caller),
            opts=self._child,
        )

    def _make_alarm(self) -> None:
        errors = Threshold(
            Metric("AWS/ApiGateway", "5XXError", {"ApiName": self.api_name, "Stage": self.stage_name}),
            f"{self.api_name} answered with a 5xx status; senders deliver again: see the function's log.",
        )
        make_alarm(self._named("5xx"), errors, self._args.alarm_topic_arn, self)

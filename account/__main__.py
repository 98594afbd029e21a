"""The Pulumi program for an AWS account: it makes the role with which API Gateway writes access logs."""

import pulumi

from hookline.infra import AccountSettings, ApiGatewayAccount, ApiGatewayAccountArgs, aws_provider

settings = AccountSettings.load(pulumi.Config())
account = ApiGatewayAccount(
    "api-gateway-logs",
    ApiGatewayAccountArgs(settings.environment_suffix, settings.role_rules),
    pulumi.ResourceOptions(provider=aws_provider(settings.environment_suffix)),
)
pulumi.export("role_arn", account.role.arn)

"""The Pulumi program for an AWS account: it makes the role with which API Gateway writes access logs."""

import pulumi

from hookline.infra import ApiGatewayAccount, ApiGatewayAccountArgs, aws_provider

suffix = pulumi.Config().require("environmentSuffix")
account = ApiGatewayAccount(
    "api-gateway-logs",
    ApiGatewayAccountArgs(suffix=suffix),
    pulumi.ResourceOptions(provider=aws_provider(suffix)),
)
pulumi.export("role_arn", account.role.arn)

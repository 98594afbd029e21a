"""The X-Ray sampling rule of a REST API: which of its requests X-Ray records."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from hookline.infra.api_gateway.parts import PartNames

PRIORITY = 1000
"""X-Ray takes the first rule that matches, lowest number first. Rules of your own can have a lower or higher number."""

_ANY = "*"


def make_sampling_rule(
    names: PartNames,
    api: aws.apigateway.RestApi,
    stage: aws.apigateway.Stage,
    percent: int,
    opts: pulumi.ResourceOptions,
) -> aws.xray.SamplingRule:
    """Make the rule that lets X-Ray record a share of the requests to one stage of a REST API.

    API Gateway passes its decision on, so the rule also decides for the function that the API calls. The rule has no
    reservoir: X-Ray would record the first request of each second, which is nearly every request of a quiet stack.

    Args:
        names: the names of the API's parts.
        api: the API. The rule's name begins with its id, because X-Ray allows only 32 characters.
        stage: the stage of the API.
        percent: the percentage of requests, 0 to 100.
        opts: the resource options, with the parent.
    """
    return aws.xray.SamplingRule(
        names.part("traces"),
        rule_name=pulumi.Output.concat(api.id, f"-{names.suffix}"),
        priority=PRIORITY,
        version=1,
        reservoir_size=0,
        fixed_rate=percent / 100,
        service_type="AWS::ApiGateway::Stage",
        resource_arn=stage.arn,
        service_name=_ANY,
        host=_ANY,
        http_method=_ANY,
        url_path=_ANY,
        opts=opts,
    )

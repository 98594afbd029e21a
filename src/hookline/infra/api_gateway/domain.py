"""A domain name of your own in API Gateway, and the base path at which it serves an API."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class ApiAddress:
    """Where a domain name of API Gateway serves an API.

    Attributes:
        domain_name: the domain name, such as `hooks.example.com`. It must exist in API Gateway, as an `ApiDomain` does.
        base_path: the first segment of the URL path. The APIs of one domain name need different base paths.
        keep_execute_api: whether the API also answers at its execute-api URL.
    """

    domain_name: pulumi.Input[str]
    base_path: str
    keep_execute_api: bool = False

    @property
    def url(self) -> pulumi.Output[str]:
        """The base URL of the API's routes, without a trailing slash."""
        return pulumi.Output.concat("https://", self.domain_name, "/", self.base_path)


@dataclass(frozen=True)
class ApiDomainArgs:
    """The arguments of an `ApiDomain`.

    Attributes:
        suffix: the end of every resource's name.
        domain_name: the domain name, such as `hooks.example.com`.
        certificate_arn: the ARN of a certificate of ACM for the domain name, in the region of the API.
    """

    suffix: str
    domain_name: pulumi.Input[str]
    certificate_arn: pulumi.Input[str]


class ApiDomain(pulumi.ComponentResource):
    """A regional domain name of API Gateway with TLS 1.2 or later. Several APIs can share it.

    Requests reach it when your DNS has a record for the domain name that points to `target_name`.

    Attributes:
        domain: the domain name in API Gateway.
        name: the domain name, for `ApiAddress` or the setting `domainName`.
        target_name: the host name to which the DNS record points.
        zone_id: the id of the Route 53 hosted zone of `target_name`, for an alias record.
        outputs: the outputs of the stack, as name → value.
    """

    def __init__(self, name: str, args: ApiDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the domain name."""
        full_name = f"{name}-{args.suffix}"
        super().__init__("hookline:api:ApiDomain", full_name, None, opts)
        self.domain = aws.apigateway.DomainName(
            full_name,
            domain_name=args.domain_name,
            regional_certificate_arn=args.certificate_arn,
            endpoint_configuration=aws.apigateway.DomainNameEndpointConfigurationArgs(types="REGIONAL"),
            security_policy="TLS_1_2",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = self.domain.domain_name
        self.target_name, self.zone_id = self.domain.regional_domain_name, self.domain.regional_zone_id
        self.outputs = {"domain_target_name": self.target_name, "domain_zone_id": self.zone_id}
        self.register_outputs(self.outputs)

"""The settings that the transactions system and the providers system share."""

from __future__ import annotations

from typing import Literal

import pulumi

from hookline.infra.api_gateway.domain import ApiAddress
from hookline.infra.monitoring.alarms import AlarmTopics
from hookline.infra.settings.account import AccountSettings
from hookline.infra.settings.kinds import boolean, number_of, one_of, or_word, text, whole_number
from hookline.infra.settings.setting import setting, settings, wrong

ApiGatewayLogging = Literal["account", "off"]
AwsClient = Literal["hookline", "botocore"]
Tracing = Literal["active", "passthrough"]

TOPIC = text(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}", "the ARN of an SNS topic")
WEB_ACL = text(
    r"arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/[A-Za-z0-9_-]{1,128}/[A-Za-z0-9-]{1,64}",
    "the ARN of a regional web ACL of AWS WAF",
)
KEY = text(
    r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,64}", "the ARN of a KMS key, and not of an alias"
)
DOMAIN = text(
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
    "a domain name in lower case, such as hooks.example.com",
)
BASE_PATH = text("[A-Za-z0-9_-]{1,64}", "one segment of a URL path: 1 to 64 letters, digits, hyphens and underscores")
REQUESTS = whole_number(1, 1_000_000)
LOG_DAYS = number_of(
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
)  # fmt: skip
"""The days for which CloudWatch can keep log lines (CloudWatch Logs API, `PutRetentionPolicy`)."""
LOGGING = one_of("account", "off", allowed='"account" or "off", in quotes')  # YAML reads `off` without quotes as false


RECOVERY_DAYS = 30
"""Days for which Secrets Manager keeps a deleted secret if the stack protects its data."""


@settings
class CommonSettings(AccountSettings):
    """The settings that the transactions system and the providers system share.

    In a stack file, a setting has the name of its field in camelCase. The field's declaration describes the setting.

    Raises:
        SettingsError: at construction, for a wrong value. The message has the setting's name, its value and the allowed
            values.
    """

    api_gateway_logging: ApiGatewayLogging = setting(
        LOGGING, "`account` writes access logs with the account's role; `off`, in quotes, writes none", "account"
    )
    method_metrics: bool = setting(
        boolean(),
        "whether API Gateway also writes detailed metrics of each method, which cost 1.50 dollars a month for each; "
        "hookline's alarms and dashboards do not use them",
        False,
    )
    api_trace_percent: int | Literal["aws"] = setting(
        or_word(whole_number(0, 100), "aws"),
        "percentage of the API requests that X-Ray records, with the work of the function that the API calls; `aws` is "
        "X-Ray's own rule: the first request of each second, and 5 % of the others "
        "([why](docs/decisions/0035-which-requests-are-traced.md))",
        5,
    )
    tracing: Tracing = setting(
        one_of("active", "passthrough"),
        "`active` lets each function start a trace; with `passthrough`, a function only continues a trace that its "
        "caller records, so processing and the router start none",
        "active",
    )
    web_acl_arn: pulumi.Input[str] | None = setting(
        WEB_ACL,
        "the ARN of a web ACL of AWS WAF that checks the requests to each API; let it count first, because a rule that "
        "blocks genuine deliveries loses them",
        None,
    )
    alarm_topic_arn: pulumi.Input[str] | None = setting(
        TOPIC, "the ARN of the SNS topic that the alarms notify ([topics](docs/runbook.md#when-an-alarm-fires))", None
    )
    ticket_topic_arn: pulumi.Input[str] | None = setting(
        TOPIC,
        "the ARN of another SNS topic for the alarms that can wait until the next working day",
        None,
        "the topic of all alarms",
    )
    kms_key_arn: pulumi.Input[str] | None = setting(
        KEY,
        "the ARN of a customer-managed KMS key for the queues, tables, archive, secrets, logs and environment "
        "variables, in place of AWS's own keys ([key policy](docs/deploying.md#a-kms-key-of-your-own))",
        None,
        "AWS's own keys",
    )
    domain_name: pulumi.Input[str] | None = setting(
        DOMAIN,
        "your own domain name, at which API Gateway serves the APIs; their execute-api URLs are then off "
        "([domain name](docs/deploying.md#a-domain-name-of-your-own))",
        None,
    )
    keep_execute_api: bool = setting(
        boolean(),
        "whether the APIs also answer at their execute-api URLs while you move senders to `domainName`",
        False,
    )
    aws_client: AwsClient = setting(
        one_of("hookline", "botocore"),
        "the client with which the functions call AWS: hookline's own client, or `botocore` "
        "([why](docs/decisions/0018-a-client-of-our-own-inside-lambda.md))",
        "hookline",
    )

    protect_data: bool = setting(
        boolean(),
        "whether tables, the archive and secrets on AWS are protected against deletion: tables by DynamoDB, the "
        "archive as long as it has objects, and secrets for 30 days; set it to `false` before `pulumi destroy`",
        False,
    )
    verifiable: bool = setting(
        boolean(),
        "whether the stack is only for tests: only then `make verify`, `hookline demo --aws` and `hookline trigger "
        "--aws` send made-up payments to it; the first two also read its queues",
        False,
    )
    untimed_expiry_days: int | None = setting(
        whole_number(400, 3650),
        "days for which hookline remembers the events and transactions of providers that do not sign the time (Adyen, "
        "Checkout.com, Razorpay, Shopify, Square); with a number, hookline books a second time what somebody sends "
        "again after these days",
        None,
        "without limit",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.keep_execute_api and self.domain_name is None:
            raise wrong("keepExecuteApi", True, "domainName is not set, so it would have no effect")

    def address(self, base_path: str) -> ApiAddress | None:
        """Return where the stack's own domain name serves an API; None if the stack has no domain name."""
        if self.domain_name is None:
            return None
        return ApiAddress(self.domain_name, base_path, self.keep_execute_api)

    @property
    def own_trace_percent(self) -> int | None:
        """The percentage of requests that the sampling rule of each API records; None if the API has no such rule."""
        return None if self.api_trace_percent == "aws" else self.api_trace_percent

    @property
    def alarm_topics(self) -> AlarmTopics:
        """The SNS topics that the alarms notify."""
        return AlarmTopics(self.alarm_topic_arn, self.ticket_topic_arn)

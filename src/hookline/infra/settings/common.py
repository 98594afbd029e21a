"""The settings that the transactions system and the providers system share."""

from __future__ import annotations

from typing import Literal

import pulumi

from hookline.infra.monitoring.alarms import AlarmTopics
from hookline.infra.settings.kinds import boolean, number_of, one_of, or_word, text, whole_number
from hookline.infra.settings.setting import check, setting, settings

ApiGatewayLogging = Literal["account", "off"]
AwsClient = Literal["hookline", "botocore"]
Tracing = Literal["active", "passthrough"]

SUFFIX = text("[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?", "1 to 20 lower-case letters, digits and inner hyphens")
TOPIC = text(r"arn:aws:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}", "the ARN of an SNS topic")
WEB_ACL = text(
    r"arn:aws:wafv2:[a-z0-9-]+:[0-9]{12}:regional/webacl/[A-Za-z0-9_-]{1,128}/[A-Za-z0-9-]{1,64}",
    "the ARN of a regional web ACL of AWS WAF",
)
REQUESTS = whole_number(1, 1_000_000)
LOG_DAYS = number_of(
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
)  # fmt: skip
"""The days for which CloudWatch can keep log lines (CloudWatch Logs API, `PutRetentionPolicy`)."""
LOGGING = one_of("account", "off", allowed='"account" or "off", in quotes')  # YAML reads `off` without quotes as false


RECOVERY_DAYS = 30
"""Days for which Secrets Manager keeps a deleted secret if the stack protects its data."""


@settings
class CommonSettings:
    """The settings that the transactions system and the providers system share.

    In a stack file, a setting has the name of its field in camelCase. The field's declaration describes the setting.

    Raises:
        SettingsError: at construction, for a wrong value. The message has the setting's name, its value and the allowed
            values.
    """

    environment_suffix: str = setting(SUFFIX, "the end of every name: 1 to 20 of `a-z`, `0-9` and inner hyphens")
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
        check(self)

    @property
    def own_trace_percent(self) -> int | None:
        """The percentage of requests that the sampling rule of each API records; None if the API has no such rule."""
        return None if self.api_trace_percent == "aws" else self.api_trace_percent

    @property
    def alarm_topics(self) -> AlarmTopics:
        """The SNS topics that the alarms notify."""
        return AlarmTopics(self.alarm_topic_arn, self.ticket_topic_arn)

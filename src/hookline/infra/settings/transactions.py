"""The settings of the transactions pipeline: typed, validated, and refused with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pulumi

from hookline.infra.settings import names as setting_names
from hookline.infra.settings.values import read, refuse_unknown, require_boolean, require_common, require_range

ApiGatewayLogging = Literal["account", "off"]
AwsClient = Literal["hookline", "botocore"]


@dataclass(frozen=True)
class TransactionsSettings:
    """What can be set for the transactions pipeline.

    Attributes:
        environment_suffix: ends the name of every resource; 1 to 20 of a-z, 0-9 and inner hyphens.
        allow_unsigned: True accepts requests that carry no signature at all.
        expiry_days: days for which an event id is remembered; 1 to 365.
        validator_reserved_concurrency: concurrent executions reserved for, and the limit of, the validator; AWS
            refuses what would leave the account fewer than 100 unreserved.
        router_reserved_concurrency: the same for the router.
        provisioned_concurrency: validator instances kept warm; 0 is off.
        api_gateway_logging: "account" writes access logs through the role that the account's API Gateway
            settings name (docs/decisions/0003-api-gateway-account-role.md); "off" writes none.
        alarm_topic_arn: SNS topic that alarms notify; None notifies nobody.
        aws_client: who calls AWS in the functions: "hookline", or "botocore", which is slower
            (docs/decisions/0018-a-client-of-our-own-inside-lambda.md).
        stream_parallelism: batches of one stream shard that the router handles at a time; 1 to 10.

    Raises:
        SettingsError: at construction, naming the setting, its value and what is allowed.
    """

    environment_suffix: str
    allow_unsigned: bool = False
    expiry_days: int = 35
    validator_reserved_concurrency: int = 100
    router_reserved_concurrency: int = 20
    provisioned_concurrency: int = 0
    api_gateway_logging: ApiGatewayLogging = "account"
    alarm_topic_arn: str | None = None
    aws_client: AwsClient = "hookline"
    stream_parallelism: int = 1

    def __post_init__(self) -> None:
        warm_limit = self.validator_reserved_concurrency
        require_common(self.environment_suffix, self.api_gateway_logging, self.alarm_topic_arn, self.aws_client)
        require_boolean("allowUnsigned", self.allow_unsigned)
        require_range("expiryDays", self.expiry_days, 1, 365)
        require_range("validatorReservedConcurrency", self.validator_reserved_concurrency, 1, 10_000)
        require_range("routerReservedConcurrency", self.router_reserved_concurrency, 1, 10_000)
        require_range("provisionedConcurrency", self.provisioned_concurrency, 0, warm_limit)
        require_range("streamParallelism", self.stream_parallelism, 1, 10)

    @classmethod
    def load(cls, config: pulumi.Config) -> TransactionsSettings:
        """Reads the settings of a stack.

        Args:
            config: `pulumi.Config("hookline")`; in the project `hookline` that is `pulumi.Config()`.

        Raises:
            SettingsError: on a missing, unknown or wrong setting.
        """
        refuse_unknown(config.name, setting_names.ALL)
        return cls(**read(config, setting_names.TRANSACTIONS))

"""The settings of the transactions system."""

from __future__ import annotations

from typing import Literal

from hookline.infra.settings.common import BASE_PATH, LOG_DAYS, REQUESTS, CommonSettings
from hookline.infra.settings.kinds import boolean, or_word, whole_number, whole_number_or_none
from hookline.infra.settings.setting import setting, settings, wrong

AllowUnsigned = bool | Literal["local"]

CONCURRENCY = whole_number_or_none(1, 10_000)


@settings
class TransactionsSettings(CommonSettings):
    """The settings of the transactions system, including the settings of `CommonSettings`."""

    allow_unsigned: AllowUnsigned = setting(
        or_word(boolean(), "local"),
        "whether the transactions endpoint accepts requests without a signature; `local` accepts them in local mode "
        "only",
        False,
    )
    expiry_days: int = setting(
        whole_number(1, 365),
        "days for which hookline remembers the event ids of your own services; it remembers the transactions of "
        "providers without limit (`untimedExpiryDays`)",
        35,
    )
    transaction_log_days: int = setting(
        LOG_DAYS,
        "days for which CloudWatch keeps the logs of the transactions system; with fewer days, CloudWatch deletes "
        "older log lines",
        30,
    )
    validator_reserved_concurrency: int | None = setting(
        CONCURRENCY,
        "concurrent executions reserved for the validator, and its limit; `none` reserves none, as a new account may "
        "need ([new account](docs/deploying.md#a-new-account))",
        100,
    )
    router_reserved_concurrency: int | None = setting(
        CONCURRENCY, "concurrent executions reserved for the router, and its limit, or `none`", 20
    )
    provisioned_concurrency: int = setting(
        whole_number(0, 10_000),
        "validator instances that AWS keeps warm, which removes cold starts (reserved concurrency does not remove "
        "them); at most `validatorReservedConcurrency`",
        0,
    )
    backlog_hours: int = setting(
        whole_number(1, 144),
        "hours for which a message may wait in the payments, refunds or disputes queue before an alarm fires; SQS "
        "deletes it after 7 days",
        24,
    )
    stream_parallelism: int = setting(
        whole_number(1, 10), "batches of one stream shard that the router processes at the same time", 1
    )
    transactions_rate_limit: int = setting(
        REQUESTS, "the most requests per second to the transactions API; API Gateway answers 429 to more", 1000
    )
    transactions_burst_limit: int = setting(
        REQUESTS, "the most requests to the transactions API at one moment; API Gateway answers 429 to more", 1000
    )
    transactions_base_path: str = setting(
        BASE_PATH, "the first segment of the URL path of the transactions API at `domainName`", "transactions"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        reserved = self.validator_reserved_concurrency
        if reserved is not None and self.provisioned_concurrency > reserved:
            limit = f"it must be a whole number from 0 to {reserved}, the value of"
            raise wrong("provisionedConcurrency", self.provisioned_concurrency, f"{limit} validatorReservedConcurrency")

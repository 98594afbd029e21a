"""The settings of the transactions system."""

from __future__ import annotations

import pulumi

from hookline.infra.settings.common import CommonSettings
from hookline.infra.settings.kinds import boolean, whole_number
from hookline.infra.settings.setting import read, setting, settings, wrong

CONCURRENCY = whole_number(1, 10_000)


@settings
class TransactionsSettings(CommonSettings):
    """What can be set for the transactions system; see `CommonSettings`."""

    allow_unsigned: bool = setting(
        boolean(), "accept requests without a signature, at the transactions endpoint", False
    )
    expiry_days: int = setting(
        whole_number(1, 365),
        "days for which an event id is remembered; the id of a provider's payment, refund or dispute for at least 400",
        35,
    )
    validator_reserved_concurrency: int = setting(
        CONCURRENCY,
        "concurrent executions reserved for the validator, and its limit; AWS refuses a value that leaves the account "
        "fewer than 100 unreserved",
        100,
    )
    router_reserved_concurrency: int = setting(CONCURRENCY, "the same for the router", 20)
    provisioned_concurrency: int = setting(
        whole_number(0, 10_000),
        "validator instances kept warm, which removes cold starts (reserved concurrency does not); at most "
        "`validatorReservedConcurrency`",
        0,
    )
    stream_parallelism: int = setting(
        whole_number(1, 10), "batches of one stream shard that the router handles at a time", 1
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.provisioned_concurrency > self.validator_reserved_concurrency:
            limit = f"it must be a whole number from 0 to {self.validator_reserved_concurrency}, which is"
            raise wrong("provisionedConcurrency", self.provisioned_concurrency, f"{limit} validatorReservedConcurrency")

    @classmethod
    def load(cls, config: pulumi.Config) -> TransactionsSettings:
        """Read the settings of a stack.

        Args:
            config: `pulumi.Config("hookline")`; in the project `hookline` that is `pulumi.Config()`.

        Raises:
            SettingsError: on a missing or wrong setting.
        """
        return cls(**read(config, cls))

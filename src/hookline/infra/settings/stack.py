"""The settings of the whole program: which systems there are, whether they are joined, and each one's own."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from hookline.infra.settings.kinds import boolean, some_of
from hookline.infra.settings.providers import ProvidersSettings
from hookline.infra.settings.setting import (
    Setting,
    SettingsError,
    check,
    known,
    read,
    setting,
    settings,
    wrong,
)
from hookline.infra.settings.transactions import TransactionsSettings

REGION = "us-east-1"
"""Where the program deploys to; the components have no region of their own."""

SYSTEMS = ("transactions", "providers")


@settings
class _Choice:
    """Which systems there are."""

    systems: tuple[str, ...] = setting(
        some_of(SYSTEMS), "a list of `transactions` and `providers`: each works by itself", SYSTEMS, "both"
    )
    forward_transactions: bool | None = setting(
        boolean(),
        "hand the providers' normalised transactions to the transactions system",
        None,
        "on with both",
    )

    def __post_init__(self) -> None:
        check(self)
        if self.forward_transactions and not self.both:
            raise SettingsError("hookline:forwardTransactions", "is true: it needs both systems")

    @property
    def both(self) -> bool:
        """True if the stack has both systems."""
        return len(self.systems) == len(SYSTEMS)


@dataclass(frozen=True)
class StackSettings:
    """What a stack is made of.

    Attributes:
        environment_suffix: ends the name of every resource.
        transactions: settings of the transactions system; None if the stack has none.
        providers: settings of the providers system; None if the stack has none.
        forward_transactions: True if the providers' normalised transactions go to the transactions system.
    """

    environment_suffix: str
    transactions: TransactionsSettings | None
    providers: ProvidersSettings | None
    forward_transactions: bool

    @classmethod
    def load(cls, config: pulumi.Config) -> StackSettings:
        """Read the settings of a stack; those of a system that is switched off are checked all the same.

        Args:
            config: `pulumi.Config("hookline")`; in the project `hookline` that is `pulumi.Config()`.

        Raises:
            SettingsError: on a missing, unknown or wrong setting.
        """
        transactions, providers = TransactionsSettings.load(config), ProvidersSettings.load(config)
        _require_region(transactions.alarm_topic_arn)
        choice = _Choice(**read(config, _Choice))
        forward = choice.both if choice.forward_transactions is None else choice.forward_transactions
        return cls(
            environment_suffix=transactions.environment_suffix,
            transactions=transactions if "transactions" in choice.systems else None,
            providers=providers if "providers" in choice.systems else None,
            forward_transactions=forward,
        )


def all_settings() -> list[Setting]:
    """Return every setting of a stack file, each once: what concerns the whole stack first."""
    every = [*known(TransactionsSettings), *known(ProvidersSettings)]
    suffix, *rest = {each.name: each for each in every}.values()
    return [suffix, *known(_Choice), *rest]


def _require_region(topic: object) -> None:
    if isinstance(topic, str) and f":{REGION}:" not in topic:
        raise wrong("alarmTopicArn", topic, f"it must be the ARN of an SNS topic in {REGION}")

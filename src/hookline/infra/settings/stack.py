"""The settings of the whole program: which systems there are, whether they are joined, and each one's own."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from hookline.infra.settings import names as setting_names
from hookline.infra.settings.providers import ProvidersSettings
from hookline.infra.settings.transactions import TransactionsSettings
from hookline.infra.settings.values import SettingsError, read, require_some_of

SYSTEMS = ("transactions", "providers")


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
        """Reads the settings of a stack; those of a system that is switched off are checked all the same.

        Args:
            config: `pulumi.Config("hookline")`; in the project `hookline` that is `pulumi.Config()`.

        Raises:
            SettingsError: on a missing, unknown or wrong setting.
        """
        transactions, providers = TransactionsSettings.load(config), ProvidersSettings.load(config)
        values = read(config, setting_names.STACK)
        systems = values.get("systems", SYSTEMS)
        require_some_of("systems", systems, SYSTEMS)
        both = len(systems) == len(SYSTEMS)
        forward = values.get("forward_transactions", both)
        if forward and not both:
            raise SettingsError("hookline:forwardTransactions", "is true: it needs both systems")
        return cls(
            environment_suffix=transactions.environment_suffix,
            transactions=transactions if "transactions" in systems else None,
            providers=providers if "providers" in systems else None,
            forward_transactions=forward,
        )

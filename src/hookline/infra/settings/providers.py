"""The settings of the providers system."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Literal

import pulumi

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.registry import provider
from hookline.infra.settings.common import CommonSettings
from hookline.infra.settings.kinds import one_of, some_of, text, whole_number
from hookline.infra.settings.setting import read, setting, settings, wrong

Ordering = Literal["provider", "object"]
AdyenCapture = Literal["automatic", "manual"]

URL = text(r"https://[^\s/?#@]+(/[^\s?#]*[^\s?#/])?", "an https URL without query or last slash")


@settings
class ProvidersSettings(CommonSettings):
    """What can be set for the providers system; see `CommonSettings`."""

    providers: tuple[str, ...] = setting(
        some_of(PROVIDER_NAMES),
        "a list: those that have an endpoint and a rule on the bus",
        PROVIDER_NAMES,
        "all",
    )
    ordering: Ordering = setting(
        one_of("provider", "object"),
        "`provider` keeps the order of all events of a provider, one consumer at a time; `object` keeps it for each "
        "payment, refund or dispute, and consumes different ones at the same time",
        "provider",
    )
    provider_expiry_days: int = setting(
        whole_number(1, 365),
        "days for which a provider's delivery is remembered; at least a day more than the slowest of `providers` goes "
        "on delivering (31 with Adyen)",
        35,
    )
    bus_archive_days: int = setting(
        whole_number(0, 365), "days for which the bus keeps events for a replay; 0 keeps none", 7
    )
    square_notification_url: pulumi.Input[str] | None = setting(
        URL,
        "the URL that is registered with Square, which signs it; set it if a domain of your own leads to the API",
        None,
        "the API's own",
    )
    adyen_capture: AdyenCapture = setting(
        one_of("automatic", "manual"),
        "`manual` if your Adyen account captures payments by hand: then a capture is the payment, not an authorisation",
        "automatic",
    )
    ingestion_reserved_concurrency: int | None = setting(
        whole_number(1, 10_000), "concurrent executions reserved for ingestion, and its limit", None
    )
    processing_reserved_concurrency: int | None = setting(
        whole_number(2, 10_000), "the same for processing, whose queue can be told of no fewer than 2", None
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self._require_expiry()

    def _require_expiry(self) -> None:
        """Refuse to forget a delivery while its provider still tries: it would be accepted once more."""
        slowest = max(self.providers, key=lambda name: provider(name).retry_horizon)
        horizon = provider(slowest).retry_horizon
        day = timedelta(days=1)
        least = math.ceil((horizon + day) / day)
        if self.provider_expiry_days < least:
            raise wrong(
                "providerExpiryDays",
                self.provider_expiry_days,
                f"{slowest} goes on delivering an event for {math.ceil(horizon / day)} day(s), so at least {least} are "
                "needed, or an event could be accepted twice",
            )

    @classmethod
    def load(cls, config: pulumi.Config) -> ProvidersSettings:
        """Read the settings of a stack; see `TransactionsSettings.load`."""
        return cls(**read(config, cls))

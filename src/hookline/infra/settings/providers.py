"""The settings of the providers pipeline: typed, validated, and refused with a reason."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import pulumi

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.registry import provider
from hookline.infra.settings import names as setting_names
from hookline.infra.settings.transactions import ApiGatewayLogging, AwsClient
from hookline.infra.settings.values import (
    SettingsError,
    read,
    refuse_unknown,
    require_common,
    require_pattern,
    require_range,
    require_some_of,
)

Ordering = Literal["provider", "object"]
AdyenCapture = Literal["automatic", "manual"]

_ORDERING = re.compile("provider|object")
_ADYEN_CAPTURE = re.compile("automatic|manual")
_URL_FORM = "an https URL without query or last slash"
_URL = re.compile(r"https://[^\s/?#@]+(/[^\s?#]*[^\s?#/])?")


@dataclass(frozen=True)
class ProvidersSettings:
    """What can be set for the providers pipeline.

    Attributes:
        environment_suffix: ends the name of every resource; 1 to 20 of a-z, 0-9 and inner hyphens.
        providers: the payment providers that have an endpoint and a rule on the bus.
        ordering: "provider" keeps the order of all events of a provider, one consumer at a time; "object" keeps it
            for each business object, and consumes different objects at the same time.
        provider_expiry_days: days for which a delivery is remembered; up to 365, and a day more than the longest
            time for which one of the providers goes on delivering: 31 with Adyen.
        bus_archive_days: days for which the bus keeps its events for a replay; 0 keeps none.
        square_notification_url: the URL under which the endpoint is registered with Square, which signs it; None is
            the API's own address. Set it if a domain of your own leads to the API.
        adyen_capture: how the Adyen account captures payments: with "automatic" an authorisation is the payment, with
            "manual" a capture is.
        ingestion_reserved_concurrency: concurrent executions reserved for, and the limit of, ingestion; None
            reserves none.
        processing_reserved_concurrency: the same for processing; at least 2, which is the least that its queue can be
            told of.
        api_gateway_logging: "account" writes access logs through the role that the account's API Gateway
            settings name (docs/decisions/0003-api-gateway-account-role.md); "off" writes none.
        alarm_topic_arn: SNS topic that alarms notify; None notifies nobody.
        aws_client: who calls AWS in the functions: "hookline", or "botocore", which is slower
            (docs/decisions/0018-a-client-of-our-own-inside-lambda.md).

    Raises:
        SettingsError: at construction, naming the setting, its value and what is allowed.
    """

    environment_suffix: str
    providers: tuple[str, ...] = PROVIDER_NAMES
    ordering: Ordering = "provider"
    provider_expiry_days: int = 35
    bus_archive_days: int = 7
    square_notification_url: str | None = None
    adyen_capture: AdyenCapture = "automatic"
    ingestion_reserved_concurrency: int | None = None
    processing_reserved_concurrency: int | None = None
    api_gateway_logging: ApiGatewayLogging = "account"
    alarm_topic_arn: str | None = None
    aws_client: AwsClient = "hookline"

    def __post_init__(self) -> None:
        require_common(self.environment_suffix, self.api_gateway_logging, self.alarm_topic_arn, self.aws_client)
        require_some_of("providers", self.providers, PROVIDER_NAMES)
        require_pattern("ordering", self.ordering, _ORDERING, "provider or object")
        require_pattern("adyenCapture", self.adyen_capture, _ADYEN_CAPTURE, "automatic or manual")
        self._require_expiry()
        require_range("busArchiveDays", self.bus_archive_days, 0, 365)
        if self.square_notification_url is not None:
            require_pattern("squareNotificationUrl", self.square_notification_url, _URL, _URL_FORM)
        for name, reserved, least in (
            ("ingestionReservedConcurrency", self.ingestion_reserved_concurrency, 1),
            ("processingReservedConcurrency", self.processing_reserved_concurrency, 2),
        ):
            if reserved is not None:
                require_range(name, reserved, least, 10_000)

    def _require_expiry(self) -> None:
        """A delivery that is forgotten while its provider still tries would be accepted once more."""
        require_range("providerExpiryDays", self.provider_expiry_days, 1, 365)
        slowest = max(self.providers, key=lambda name: provider(name).retry_horizon)
        horizon = provider(slowest).retry_horizon
        day = timedelta(days=1)
        least = math.ceil((horizon + day) / day)
        if self.provider_expiry_days < least:
            raise SettingsError(
                "hookline:providerExpiryDays",
                f"is {self.provider_expiry_days}: {slowest} goes on delivering an event for {math.ceil(horizon / day)} "
                f"day(s), so at least {least} are needed, or an event could be accepted twice",
            )

    @classmethod
    def load(cls, config: pulumi.Config) -> ProvidersSettings:
        """Reads the settings of a stack.

        Args:
            config: `pulumi.Config("hookline")`; in the project `hookline` that is `pulumi.Config()`.

        Raises:
            SettingsError: on a missing, unknown or wrong setting.
        """
        refuse_unknown(config.name, setting_names.ALL)
        return cls(**read(config, setting_names.PROVIDERS))

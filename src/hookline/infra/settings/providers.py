"""The settings of the providers system."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

import pulumi

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.registry import provider
from hookline.infra.providers.subscription import Subscription
from hookline.infra.settings.checks import require_addresses, require_enabled, require_provider, require_signatures
from hookline.infra.settings.common import BASE_PATH, LOG_DAYS, REQUESTS, CommonSettings
from hookline.infra.settings.kinds import (
    boolean,
    names,
    names_by,
    numbers_by,
    one_of,
    some_of,
    text,
    texts_by,
    whole_number,
    whole_number_or_none,
)
from hookline.infra.settings.sender_mappings import mappings, problem_in
from hookline.infra.settings.setting import setting, settings, wrong
from hookline.infra.settings.targets import subscriptions, targets

Ordering = Literal["provider", "object"]
PaypalEnvironment = Literal["live", "sandbox"]
AdyenCapture = Literal["automatic", "manual"]

URL = text(r"https://[^\s/?#@]+(/[^\s?#]*[^\s?#/])?", "an https URL without a query or a trailing slash")


@settings
class ProvidersSettings(CommonSettings):
    """The settings of the providers system, including the settings of `CommonSettings`."""

    providers: tuple[str, ...] = setting(
        some_of(PROVIDER_NAMES),
        "a list of the providers that get an endpoint and a rule on the bus",
        PROVIDER_NAMES,
        "all",
    )
    ordering: Ordering = setting(
        one_of("provider", "object"),
        "`provider` keeps the order of all events of a provider, with one batch at a time; `object` keeps the order of "
        "the events of each payment, refund or dispute, and processes different objects at the same time "
        "([what order means](docs/guarantees.md#processing-order-and-partial-failures))",
        "provider",
    )
    provider_expiry_days: int = setting(
        whole_number(1, 365),
        "days for which hookline remembers an event of a provider that signs the time (PayPal, Stripe, Standard "
        "Webhooks): at least two days more than the longest retry period of these `providers`",
        35,
    )
    archive_versions: bool = setting(
        boolean(),
        "whether S3 keeps the old version of a body that somebody deletes from the archive",
        False,
    )
    move_small_objects: bool = setting(
        boolean(),
        "whether S3 also moves bodies smaller than 128 KiB to Glacier, for 30 dollars a million "
        "([why not](docs/decisions/0034-small-objects-stay-in-s3-standard.md))",
        False,
    )
    archive_expiry_days: int | None = setting(
        whole_number(400, 3650),
        "days after which S3 deletes a body from the archive; records and outbox items that never expire then outlive "
        "their body, and the webhook records say until when it is there (`archived_until`)",
        None,
        "never",
    )
    provider_log_days: int = setting(
        LOG_DAYS,
        "days for which CloudWatch keeps the logs of the providers system, and the events in the log group of the bus; "
        "with fewer days, CloudWatch deletes older log lines",
        7,
    )
    bus_archive_days: int = setting(
        whole_number(0, 365), "days for which the bus archive keeps events for a replay; 0 means no bus archive", 7
    )
    square_notification_url: pulumi.Input[str] | None = setting(
        URL,
        "the endpoint's URL as it is registered with Square, which signs this URL; set it if Square's requests come "
        "through a proxy of your own",
        None,
        "the API's own",
    )
    adyen_capture: AdyenCapture = setting(
        one_of("automatic", "manual"),
        "`manual` if your Adyen account captures payments manually: the payment is then the capture instead of the "
        "authorisation",
        "automatic",
    )
    adyen_unsigned_types: tuple[str, ...] | None = setting(
        names("[A-Z0-9_]{1,64}", "a list of event types of Adyen, such as REPORT_AVAILABLE"),
        "the event types of Adyen that need no HMAC signature if the request has the right user name and password; "
        "they are archived, but not published ([Adyen](docs/providers.md#adyen))",
        None,
    )
    paypal_environment: PaypalEnvironment = setting(
        one_of("live", "sandbox"), "the environment of PayPal whose webhooks are accepted on AWS", "live"
    )
    book_paypal: bool = setting(
        boolean(),
        "whether PayPal's events become transactions; with `false` they are only on the bus, because PayPal does not "
        "sign the amount",
        True,
    )
    book_test_events: bool = setting(
        boolean(),
        "whether test events of Stripe and Shopify become transactions, which have `test: true` in their metadata; "
        "without it, they are only on the bus",
        False,
    )
    stripe_basil_since: str | None = setting(
        text(
            "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z",
            "the time of the change in UTC, such as 2026-12-01T09:00:00Z",
        ),
        "when the endpoint at Stripe got an API version from 2025-03-31 on, if it had an older one before "
        "([versions](docs/providers.md#stripe)); refunds from before this time are booked from their charge",
        None,
    )
    reference_fields: Mapping[str, str] | None = setting(
        texts_by(
            ("razorpay", "stripe"),
            "[ -~]{1,100}",
            'an object of stripe or razorpay → name of a field, such as {"stripe": "order_id"}',
        ),
        "the field of Stripe's `metadata` or Razorpay's `notes` that has your own reference, such as the number of an "
        "order ([references](docs/providers.md#for-all-of-them))",
        None,
    )
    booked_accounts: Mapping[str, tuple[str, ...]] | None = setting(
        names_by(
            [name for name in PROVIDER_NAMES if name != "shopify"],  # Shopify does not sign the shop
            "[!-~]{1,128}",
            'an object of provider → list of account ids, such as {"stripe": ["own", "acct_1"]}, where own stands for '
            "events without an account and * for all accounts",
        ),
        "the accounts at each provider whose events become transactions ([accounts](docs/providers.md#accounts)); the "
        "events of other accounts are only on the bus",
        None,
        "all, but no connected accounts of Stripe",
    )
    provider_rate_limits: Mapping[str, int] | None = setting(
        numbers_by(
            PROVIDER_NAMES,
            1,
            10_000,
            'an object of provider → requests per second, such as {"stripe": 50}, each a whole number from 1 to 10000',
        ),
        "the most requests per second to each endpoint of a provider; API Gateway answers 429 to more, and the "
        "provider sends them again",
        None,
        "those of the whole API",
    )
    providers_rate_limit: int = setting(
        REQUESTS, "the most requests per second to the providers API; API Gateway answers 429 to more", 10_000
    )
    providers_burst_limit: int = setting(
        REQUESTS, "the most requests to the providers API at one moment; API Gateway answers 429 to more", 5000
    )
    providers_base_path: str = setting(
        BASE_PATH, "the first segment of the URL path of the providers API at `domainName`", "providers"
    )
    allowed_addresses: Mapping[str, tuple[str, ...]] | None = setting(
        names_by(
            PROVIDER_NAMES,
            r"[0-9A-Fa-f.:]{2,45}(/(0|[1-9][0-9]{0,2}))?",
            'an object of provider → list of IP addresses or CIDR blocks, such as {"square": ["54.245.1.154"]}',
        ),
        "the addresses from which a provider may send ([addresses](docs/providers.md#addresses)); API Gateway answers "
        "403 to others",
        None,
        "all",
    )
    standard_webhooks: Mapping[str, Any] | None = setting(
        mappings(),
        "which events of a sender of Standard Webhooks are payments, refunds and disputes, and which fields have the "
        "amount and the ids ([mappings](docs/providers.md#mappings))",
        None,
        "the types and fields of hookline",
    )
    shopify_topics: tuple[str, ...] | None = setting(
        names("[a-z0-9_]+(/[a-z0-9_]+)+", "a list of topics of Shopify, such as orders/paid"),
        "the topics of Shopify that are published; deliveries with another topic are archived and counted "
        "([Shopify](docs/providers.md#shopify))",
        None,
        "all that hookline knows",
    )
    log_events: bool = setting(
        boolean(),
        "whether the bus writes all events to a log group, where `hookline demo` and `make verify` look for them; "
        "`false` deletes the log group with its events",
        True,
    )
    targets: Mapping[str, Any] | None = setting(
        targets(),
        "queues, functions, state machines and buses of your own that get events of the bus "
        "([consumers](docs/consumers.md))",
        None,
    )
    provider_alarms: bool = setting(
        boolean(),
        "whether each provider has an alarm for deliveries that are all refused, such as after a wrong change of its "
        "secret",
        True,
    )
    provider_silence_hours: Mapping[str, int] | None = setting(
        numbers_by(
            PROVIDER_NAMES,
            2,
            168,
            'an object of provider → hours, such as {"stripe": 6}, each a whole number from 2 to 168',
        ),
        "hours without an event of a provider on the bus after which an alarm fires: more than the longest pause that "
        "is usual for you",
        None,
    )
    ingestion_reserved_concurrency: int | None = setting(
        whole_number_or_none(1, 10_000), "concurrent executions reserved for ingestion, and its limit, or `none`", 100
    )
    processing_reserved_concurrency: int | None = setting(
        whole_number_or_none(2, 10_000),
        "concurrent executions reserved for processing, and its limit: at least 2, the minimum of an SQS event source "
        "mapping",
        None,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self._require_expiry()
        require_signatures(self.adyen_unsigned_types)
        require_enabled("bookedAccounts", self.booked_accounts, self.providers)
        require_enabled("providerRateLimits", self.provider_rate_limits, self.providers)
        require_enabled("allowedAddresses", self.allowed_addresses, self.providers)
        require_enabled("providerSilenceHours", self.provider_silence_hours, self.providers)
        require_enabled("referenceFields", self.reference_fields, self.providers)
        require_addresses(self.allowed_addresses)
        require_provider("adyenUnsignedTypes", self.adyen_unsigned_types, "adyen", self.providers)
        require_provider("shopifyTopics", self.shopify_topics, "shopify", self.providers)
        require_provider("standardWebhooks", self.standard_webhooks, "standard_webhooks", self.providers)
        require_provider("stripeBasilSince", self.stripe_basil_since, "stripe", self.providers)
        if self.provider_silence_hours and not self.log_events:
            why = "hookline:logEvents must be true, because the alarm reads a metric of the rules that it makes"
            raise wrong("providerSilenceHours", self.provider_silence_hours, why)
        _ = self.subscriptions  # raises an error for a wrong target
        problem = problem_in(self.standard_webhooks)
        if problem:
            raise wrong("standardWebhooks", self.standard_webhooks, problem)

    @property
    def accounts(self) -> dict[str, list[str]]:
        """Provider → the accounts whose events become transactions."""
        return {name: list(each) for name, each in (self.booked_accounts or {}).items()}

    @property
    def subscriptions(self) -> dict[str, Subscription]:
        """Name → consumer of the user, from the setting `targets`."""
        return subscriptions(self.targets, self.providers)

    @property
    def may_leave_out_money(self) -> bool:
        """Whether events can be left unbooked for their account, without an explicit decision.

        That is so for connected accounts of Stripe without a list, and for every other provider with a list: its events
        can lack the account, and an id in the list can be wrong.
        """
        return any((name in self.accounts) != provider(name).account_is_foreign for name in self.providers)

    def _require_expiry(self) -> None:
        """Raise `SettingsError` if a webhook record can expire while its provider still retries the event.

        After the expiry, hookline would accept a retry as a new event.
        """
        timed = [name for name in self.providers if provider(name).signs_time]
        if not timed:
            return
        slowest = max(timed, key=lambda name: provider(name).retry_horizon)
        horizon = provider(slowest).retry_horizon
        day = timedelta(days=1)
        least = math.ceil((horizon + 2 * day) / day)  # hookline accepts the last retry for a day more
        if self.provider_expiry_days < least:
            raise wrong(
                "providerExpiryDays",
                self.provider_expiry_days,
                f"{slowest} retries an event for {math.ceil(horizon / day)} day(s), so it must be at least {least}. "
                "With fewer days, hookline can accept an event twice",
            )

"""The alarm conditions of the providers system, besides those of its parts."""

from __future__ import annotations

import pulumi

from hookline.infra.monitoring.alarms import Formula, Lasting, Metric, Threshold
from hookline.infra.monitoring.counted_alarms import counted
from hookline.infra.settings.providers import ProvidersSettings

_LONGER_THAN_RETRIES = Lasting(8, 8)
"""An event that fails waits three minutes for each of two retries, so a single one waits six minutes at most."""

_ONLY_REFUSED = Lasting(3, 72, 300)
"""Three periods of five minutes in the last six hours. So a provider with one delivery in two hours fires the alarm
too. A single request of a stranger, which is usual, does not."""


def waiting_threshold(queue: pulumi.Input[str]) -> Threshold:
    """Return the alarm condition that deliveries wait in the FIFO queue, also if nothing reads the queue any more."""
    return Threshold(
        Metric("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": queue}, "Maximum"),
        "provider-webhooks-waiting",
        "For eight minutes, accepted webhooks have waited more than one minute for processing.",
        above=60,
        lasting=_LONGER_THAN_RETRIES,
    )


def counted_thresholds(settings: ProvidersSettings, service: str) -> dict[str, Threshold]:
    """Return the alarm conditions of the metrics that need a person, as the middle of a name → condition.

    Args:
        settings: the settings of the stack.
        service: the value of the metrics' dimension `Service`.
    """
    metrics = {
        "conflict": "Conflict",
        "unbooked": "Unbooked",
        "unreadable": "Unreadable",
        "archive-changed": "ArchiveChanged",
        "publish-failures": "PublishFailures",
    }
    if settings.may_leave_out_money:
        metrics["other-account"] = "OtherAccount"
    if "stripe" in settings.providers:
        metrics["old-version-refund"] = "OldVersionRefund"
    if "paypal" in settings.providers:
        metrics["too-many-certificates"] = "TooManyCertificates"
    if "shopify" in settings.providers:
        metrics["withheld"] = "Withheld"
    suffix = settings.environment_suffix
    return {each: counted(metric, f"providers-{each}", service, suffix) for each, metric in metrics.items()}


def refused_threshold(provider: str, service: str, suffix: str) -> Threshold:
    """Return the alarm condition that a provider's deliveries are refused while no signature is verified.

    A wrong secret causes this. Strangers can also cause it, so it is a ticket.

    Args:
        provider: the provider's name.
        service: the value of the metrics' dimension `Service`.
        suffix: the value of the metrics' dimension `Environment`.
    """
    dimensions = {"Service": service, "Environment": suffix, "Provider": provider}
    return Threshold(
        Formula(
            {
                "refused": Metric("hookline", "Unauthorized", dimensions),
                "verified": Metric("hookline", "Verified", dimensions),
            },
            "IF(verified > 0, 0, refused)",
            f"Refused deliveries of {provider} while none was accepted",
        ),
        "provider-refused",
        f"At several times in six hours, hookline only refused deliveries of {provider}. Add the secret that "
        f"{provider} uses now: hookline secrets rotate {provider}.",
        lasting=_ONLY_REFUSED,
        severity="ticket",
    )


def silence_threshold(provider: str, hours: int, bus: pulumi.Input[str], rule: pulumi.Input[str]) -> Threshold:
    """Return the alarm condition that no event of a provider was on the bus for some hours.

    It counts the events that match the provider's rule. Without events, the rule has no metric, so missing data fires
    the alarm. `FILL` gives an hour without events the value 0, because CloudWatch otherwise looks at older hours.

    Args:
        provider: the provider's name.
        hours: the hours without an event.
        bus: the name of the bus.
        rule: the name of the provider's rule on the bus.
    """
    matched = Metric("AWS/Events", "MatchedEvents", {"EventBusName": bus, "RuleName": rule})
    return Threshold(
        Formula({"events": matched}, "IF(FILL(events, 0) > 0, 0, 1)", f"Hours without an event of {provider}"),
        "provider-silent",
        f"For {hours} hours, no event of {provider} was on the bus. Check that {provider} still sends to the endpoint.",
        lasting=Lasting(hours, hours, 3600),
        missing_data="breaching",
    )

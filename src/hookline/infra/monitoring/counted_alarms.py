"""The alarms for hookline's own metrics, most of which should stay at zero."""

from __future__ import annotations

from hookline.infra.monitoring.alarms import AT_ONCE, REPEATED, Lasting, Metric, Severity, Threshold

_FAILURES: dict[str, tuple[Severity, str]] = {
    "RouteFailures": (
        "ticket",
        "For minutes, the router could not send events to their queue. Lambda retries them for six hours. The log line "
        "of the router has the error.",
    ),
    "PublishFailures": (
        "ticket",
        "For minutes, processing could not publish events. They go to the dead-letter queue after three receives. The "
        "log line of processing has the error.",
    ),
}
"""Metric that counts failures with a retry → severity and description of its alarm."""

_COUNTED: dict[str, tuple[Severity, str]] = {
    "Conflict": (
        "ticket",
        "A sender used the id of an accepted event for an event with other content. Compare both events.",
    ),
    "Unbooked": (
        "ticket",
        "An event possibly moved money, but its amount, currency or status is missing or unknown, or its event type "
        "is new. It is on the bus and in the archive, but there is no transaction. The log line of processing has "
        "the event's key. Choose snapshot events at Stripe, because thin events have no amount.",
    ),
    "Unreadable": (
        "ticket",
        "A genuine delivery has a body that hookline cannot read. It is in the archive, but its events are not on the "
        "bus. The log line of ingestion has the reason and the record key. Replay it with a release that can read it, "
        "or book it by hand.",
    ),
    "OldVersionRefund": (
        "ticket",
        "Stripe sent a refund object in an API version before 2025-03-31. hookline books such refunds from "
        "`charge.refunded`, so subscribe the endpoint to it, or give the endpoint a newer API version and set "
        "`hookline:stripeBasilSince`.",
    ),
    "OtherAccount": (
        "ticket",
        "An event says that money moved in an account that the stack does not book. It is on the bus, but there is no "
        "transaction. Check the accounts to book: `hookline:bookedAccounts`.",
    ),
    "ArchiveChanged": (
        "page",
        "Somebody changed a body in the archive. Its event is not published, and goes to the dead-letter queue.",
    ),
    "Withheld": (
        "ticket",
        "A genuine delivery of Shopify was archived, but not published: the stack does not publish its topic, or the "
        "body contradicts the topic. Add the topic to `hookline:shopifyTopics`, or end the subscription.",
    ),
    "Unsigned": (
        "ticket",
        "The transactions endpoint accepted a request without a signature. Anybody can send such requests. Set "
        "`hookline:allowUnsigned` to false or local.",
    ),
    "TooManyCertificates": (
        "ticket",
        "Somebody sends requests with invented certificate URLs of PayPal. hookline refuses deliveries with a new "
        "certificate until the requests end. Deliveries with a certificate that verified before are accepted.",
    ),
}
"""Metric that counts what needs a person → severity and description of its alarm."""


def counted(name: str, section: str, service: str, suffix: str) -> Threshold:
    """Return the alarm condition that one of hookline's metrics is above zero.

    A metric of failures with a retry must be above zero in several minutes.

    Args:
        name: the metric's name, such as `Conflict`.
        section: the start of the alarm's heading in the runbook.
        service: the value of the metric's dimension `Service`.
        suffix: the value of the metric's dimension `Environment`.
    """
    severity, description = _COUNTED.get(name) or _FAILURES[name]
    lasting: Lasting = REPEATED if name in _FAILURES else AT_ONCE
    metric = Metric("hookline", name, {"Service": service, "Environment": suffix})
    return Threshold(metric, section, description, lasting=lasting, severity=severity)

"""CloudWatch alarms: their conditions, and the function that makes an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

Severity = Literal["page", "ticket"]


@dataclass(frozen=True)
class Metric:
    """A CloudWatch metric and the statistic that an alarm uses.

    Attributes:
        namespace: the CloudWatch namespace, such as `AWS/SQS`.
        name: the metric's name, such as `ApproximateNumberOfMessagesVisible`.
        dimensions: dimension name → value.
        statistic: the statistic of one period.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: Literal["Sum", "Maximum"] = "Sum"


@dataclass(frozen=True)
class Threshold:
    """The condition of an alarm: a metric is above a value in each of several consecutive minutes.

    Attributes:
        metric: the metric.
        description: the problem and the action to take, for the person who gets the notification.
        above: the value, in the metric's unit.
        minutes: the number of consecutive one-minute periods.
        severity: `page` if somebody must act at once, `ticket` if the next working day is enough. Strangers alone can
            cause only tickets.
    """

    metric: Metric
    description: str
    above: float = 0
    minutes: int = 1
    severity: Severity = "page"


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
"""Metric of hookline's functions that should stay at zero → severity and description of its alarm."""


def counted(name: str, service: str, suffix: str) -> Threshold:
    """Return the alarm condition that one of the metrics in `_COUNTED` is above zero."""
    severity, description = _COUNTED[name]
    return Threshold(
        Metric("hookline", name, {"Service": service, "Environment": suffix}), description, severity=severity
    )


def make_alarm(
    name: str, threshold: Threshold, topic_arn: pulumi.Input[str] | None, parent: pulumi.Resource
) -> aws.cloudwatch.MetricAlarm:
    """Make a CloudWatch alarm. Missing data does not trigger the alarm, because an idle system sends no metrics.

    Args:
        name: the alarm's name in Pulumi and in AWS, with the suffix.
        threshold: the condition of the alarm.
        topic_arn: the SNS topic to notify of the alarm and of the recovery; None for no notification.
        parent: the component that the alarm belongs to.
    """
    metric = threshold.metric
    actions = [] if topic_arn is None else [topic_arn]
    return aws.cloudwatch.MetricAlarm(
        name,
        name=name,
        alarm_description=describe(threshold.severity, threshold.description),
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions=metric.dimensions,
        statistic=metric.statistic,
        comparison_operator="GreaterThanThreshold",
        threshold=threshold.above,
        period=60,
        evaluation_periods=threshold.minutes,
        datapoints_to_alarm=threshold.minutes,
        treat_missing_data="notBreaching",
        alarm_actions=actions,
        ok_actions=actions,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def describe(severity: Severity, description: str) -> str:
    """Return the description of an alarm, which begins with its severity: `Page: ` or `Ticket: `."""
    return f"{severity.title()}: {description}"

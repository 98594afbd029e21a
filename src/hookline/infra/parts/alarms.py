"""CloudWatch alarms: one function that makes an alarm, so that all of them behave alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class Metric:
    """One CloudWatch metric and how an alarm reads it.

    Attributes:
        namespace: such as `AWS/SQS`.
        name: such as `ApproximateNumberOfMessagesVisible`.
        dimensions: dimension name → value.
        statistic: how the values of one period become one value.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: Literal["Sum", "Maximum"] = "Sum"


@dataclass(frozen=True)
class Threshold:
    """When an alarm goes off: every minute of some minutes in a row is above a value.

    Attributes:
        metric: what to watch.
        description: what has happened and what to do, for whoever gets the notification.
        above: in the metric's unit.
        minutes: one-minute periods that must all be above it.
    """

    metric: Metric
    description: str
    above: float = 0
    minutes: int = 1


def conflict(service: str, suffix: str) -> Threshold:
    """When a function of a service refuses an event, since other content was accepted under its id."""
    return _counted(
        "Conflict",
        service,
        suffix,
        "A sender used the id of an accepted event for another event, which was refused.",
    )


def unbooked(service: str, suffix: str) -> Threshold:
    """When an event that says that money moved became no transaction."""
    return _counted(
        "Unbooked",
        service,
        suffix,
        "An event says that money moved, but not how much in a currency that is known: it is on the bus and in the "
        "archive, and no transaction. The log line of processing names its key.",
    )


def _counted(name: str, service: str, suffix: str, description: str) -> Threshold:
    """When a metric that a service's functions write in an environment counts anything."""
    return Threshold(Metric("hookline", name, {"Service": service, "Environment": suffix}), description)


def make_alarm(
    name: str, threshold: Threshold, topic_arn: pulumi.Input[str] | None, parent: pulumi.Resource
) -> aws.cloudwatch.MetricAlarm:
    """Makes an alarm; no data is no alarm, for a quiet system sends no metrics.

    Args:
        name: physical and logical name, suffix included.
        threshold: when it goes off.
        topic_arn: SNS topic to notify of alarm and recovery; None notifies nobody.
        parent: the component that the alarm belongs to.
    """
    metric = threshold.metric
    actions = [] if topic_arn is None else [topic_arn]
    return aws.cloudwatch.MetricAlarm(
        name,
        name=name,
        alarm_description=threshold.description,
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

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


def alarm_above(
    name: str,
    metric: Metric,
    description: str,
    parent: pulumi.Resource,
    *,
    topic_arn: str | None,
    threshold: float = 0,
    minutes: int = 1,
) -> aws.cloudwatch.MetricAlarm:
    """Makes an alarm that goes off when a metric is above a threshold for some minutes in a row.

    No data is no alarm: a quiet system sends no metrics.

    Args:
        name: physical and logical name, suffix included.
        metric: what to watch.
        description: what has happened and what to do, for whoever gets the notification.
        parent: the component that the alarm belongs to.
        topic_arn: SNS topic to notify; None notifies nobody.
        threshold: in the metric's unit.
        minutes: one-minute periods that must all be above the threshold.
    """
    actions = [topic_arn] if topic_arn else []
    return aws.cloudwatch.MetricAlarm(
        name,
        name=name,
        alarm_description=description,
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions=metric.dimensions,
        statistic=metric.statistic,
        comparison_operator="GreaterThanThreshold",
        threshold=threshold,
        period=60,
        evaluation_periods=minutes,
        datapoints_to_alarm=minutes,
        treat_missing_data="notBreaching",
        alarm_actions=actions,
        ok_actions=actions,
        opts=pulumi.ResourceOptions(parent=parent),
    )

"""CloudWatch alarms: their conditions, their topics, and the function that makes an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

Severity = Literal["page", "ticket"]

RUNBOOK = "https://github.com/hookline/hookline/blob/main/docs/runbook.md"
"""The page with a section for each alarm."""


@dataclass(frozen=True)
class AlarmTopics:
    """The SNS topics that the alarms notify.

    Attributes:
        page: the ARN of the topic for alarms whose severity is `page`; None for no notification.
        ticket: the ARN of the topic for alarms whose severity is `ticket`; None for the topic in `page`.
    """

    page: pulumi.Input[str] | None = None
    ticket: pulumi.Input[str] | None = None

    def notified(self, severity: Severity) -> list[pulumi.Input[str]]:
        """Return the ARNs of the topics that an alarm of this severity notifies."""
        topic = self.page if severity == "page" or self.ticket is None else self.ticket
        return [] if topic is None else [topic]


NOBODY = AlarmTopics()
"""No topics: the alarms notify nobody."""


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
    statistic: Literal["Sum", "Maximum", "Average"] = "Sum"


@dataclass(frozen=True)
class Formula:
    """Metrics and the metric math that makes the value of an alarm from them. AWS bills each metric as an alarm.

    Attributes:
        metrics: id in the expressions → metric.
        expression: the expression whose value the alarm compares.
        label: the name of the value, for the person who looks at the alarm.
        steps: id → expression that `expression` uses.
    """

    metrics: Mapping[str, Metric]
    expression: str
    label: str
    steps: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Lasting:
    """How long a value must be above the threshold: in some of the last periods.

    Attributes:
        datapoints: the number of periods with a value above the threshold (CloudWatch's M).
        periods: the number of the last periods that count (CloudWatch's N).
        seconds: the length of a period. `periods` times `seconds` is at most a day for periods below an hour, and at
            most seven days for others (CloudWatch API, `PutMetricAlarm`).
    """

    datapoints: int
    periods: int
    seconds: int = 60


AT_ONCE = Lasting(1, 1)
FIVE_MINUTES = Lasting(5, 5)
REPEATED = Lasting(4, 15)
"""Four of the last fifteen minutes. One event of the bus that fails is tried three times, so it fires no alarm."""


@dataclass(frozen=True)
class Threshold:
    """The condition of an alarm: a value is above a threshold for some time.

    Attributes:
        metric: the metric, or the formula of several metrics.
        section: the start of the alarm's heading in the runbook, such as `function-errors`.
        description: the problem and the action to take, for the person who gets the notification.
        above: the threshold, in the metric's unit.
        lasting: how long the value must be above the threshold.
        severity: `page` if somebody must act at once, `ticket` if the next working day is enough. Strangers alone can
            cause only tickets.
        missing_data: how CloudWatch treats a period without a value. An idle system sends no metrics.
    """

    metric: Metric | Formula
    section: str
    description: str
    above: float = 0
    lasting: Lasting = AT_ONCE
    severity: Severity = "page"
    missing_data: Literal["notBreaching", "breaching"] = "notBreaching"


def make_alarm(
    name: str, threshold: Threshold, topics: AlarmTopics, parent: pulumi.Resource
) -> aws.cloudwatch.MetricAlarm:
    """Make a CloudWatch alarm.

    Args:
        name: the alarm's name in Pulumi and in AWS, with the suffix.
        threshold: the condition of the alarm.
        topics: the SNS topics to notify of the alarm and of the recovery.
        parent: the component that the alarm belongs to.
    """
    actions = topics.notified(threshold.severity)
    return aws.cloudwatch.MetricAlarm(
        name,
        name=name,
        alarm_description=describe(threshold),
        comparison_operator="GreaterThanThreshold",
        threshold=threshold.above,
        evaluation_periods=threshold.lasting.periods,
        datapoints_to_alarm=threshold.lasting.datapoints,
        treat_missing_data=threshold.missing_data,
        alarm_actions=actions,
        ok_actions=actions,
        opts=pulumi.ResourceOptions(parent=parent),
        **_value(threshold.metric, threshold.lasting.seconds),
    )


def describe(threshold: Threshold) -> str:
    """Return the description of an alarm. It begins with the severity and ends with the link to the runbook."""
    link = f"{RUNBOOK}#{threshold.section}-suffix-{threshold.severity}"
    return f"{threshold.severity.title()}: {threshold.description} {link}"


def _value(of: Metric | Formula, seconds: int) -> dict[str, Any]:
    if isinstance(of, Formula):
        return {"metric_queries": _queries(of, seconds)}
    return {
        "namespace": of.namespace,
        "metric_name": of.name,
        "dimensions": of.dimensions,
        "statistic": of.statistic,
        "period": seconds,
    }


def _queries(formula: Formula, seconds: int) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    query = aws.cloudwatch.MetricAlarmMetricQueryArgs
    steps = formula.steps or {}
    return [
        *(query(id=each, metric=_metric(metric, seconds)) for each, metric in formula.metrics.items()),
        *(query(id=each, expression=expression) for each, expression in steps.items()),
        query(id="value", expression=formula.expression, label=formula.label, return_data=True),
    ]


def _metric(metric: Metric, seconds: int) -> aws.cloudwatch.MetricAlarmMetricQueryMetricArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions=metric.dimensions,
        period=seconds,
        stat=metric.statistic,
    )

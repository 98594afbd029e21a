"""The alarm for a provider whose deliveries are all refused, such as after a wrong change of its secret."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from hookline.infra.parts.alarms import describe

REFUSED_SECONDS = 900
"""The period in seconds after which the alarm fires, if no signature was verified."""

MOST_REFUSED = 2
"""Maximum number of refused deliveries in this period without an alarm. Single requests of strangers are usual."""


def make_refused_alarm(
    name: str,
    provider: str,
    dimensions: Mapping[str, str],
    topic_arn: pulumi.Input[str] | None,
    parent: pulumi.Resource,
) -> aws.cloudwatch.MetricAlarm:
    """Make the alarm for a provider whose deliveries are refused while no signature is verified for 15 minutes.

    A wrong secret causes this. Strangers can also cause it, so it is a ticket.

    Args:
        name: the alarm's name in Pulumi and in AWS, with the suffix.
        provider: the provider's name.
        dimensions: the dimensions `Service` and `Environment` of ingestion's metrics.
        topic_arn: the SNS topic to notify of the alarm and of the recovery; None for no notification.
        parent: the component that the alarm belongs to.
    """
    actions = [] if topic_arn is None else [topic_arn]
    counts = {"refused": "Unauthorized", "verified": "Verified"}
    queries = [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=identifier,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace="hookline",
                metric_name=metric,
                dimensions={**dimensions, "Provider": provider},
                period=REFUSED_SECONDS,
                stat="Sum",
            ),
        )
        for identifier, metric in counts.items()
    ]
    expression = aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id="only_refused",
        expression="IF(verified > 0, 0, refused)",
        label=f"Refused deliveries of {provider} while none was accepted",
        return_data=True,
    )
    return aws.cloudwatch.MetricAlarm(
        name,
        name=name,
        alarm_description=describe(
            "ticket",
            f"For 15 minutes, hookline accepted no delivery of {provider}, and refused some. Add the secret that "
            f"{provider} uses now: hookline secrets rotate {provider}.",
        ),
        metric_queries=[*queries, expression],
        comparison_operator="GreaterThanThreshold",
        threshold=MOST_REFUSED,
        evaluation_periods=1,
        treat_missing_data="notBreaching",
        alarm_actions=actions,
        ok_actions=actions,
        opts=pulumi.ResourceOptions(parent=parent),
    )

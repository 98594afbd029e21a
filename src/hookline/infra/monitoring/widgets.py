"""The graphs that the dashboard shows of the transactions system and of the providers system."""

from __future__ import annotations

from collections.abc import Sequence

from hookline.infra.monitoring.dashboard_parts import MetricLine, Section, Widget

LATENCY_AIM_MS = 5_000
"""The aim (SLO) for both systems: 99 % of the batches reach the bus or the queue within this time from the receipt."""


def api_widgets(api: str, stage: str) -> list[Widget]:
    """Return the dashboard's graphs of an API Gateway stage: requests, errors and latency."""

    def line(metric: str, statistic: str = "Sum") -> MetricLine:
        return MetricLine("AWS/ApiGateway", metric, ("ApiName", api, "Stage", stage), statistic)

    return [
        Widget("API: requests", [line("Count"), line("4XXError"), line("5XXError")]),
        Widget("API: latency (ms)", [line("Latency", "p50"), line("Latency", "p99")]),
    ]


def function_widgets(title: str, name: str) -> list[Widget]:
    """Return the dashboard's graphs of a Lambda function: invocations, errors, throttles and durations."""
    counts = [function_line(metric, name) for metric in ("Invocations", "Errors", "Throttles")]
    durations = [function_line("Duration", name, statistic) for statistic in ("p50", "p99")]
    return [Widget(f"{title}: invocations", counts), Widget(f"{title}: duration (ms)", durations)]


def function_line(metric: str, name: str, statistic: str = "Sum") -> MetricLine:
    """Return the line of one metric of a Lambda function, for a graph."""
    return MetricLine("AWS/Lambda", metric, ("FunctionName", name), statistic)


def table_widgets(name: str) -> list[Widget]:
    """Return the dashboard's graphs of a DynamoDB table: writes and throttled writes."""
    table = ("TableName", name)
    return [
        Widget("Table: writes", [MetricLine("AWS/DynamoDB", "ConsumedWriteCapacityUnits", table)]),
        Widget("Table: throttled writes", [MetricLine("AWS/DynamoDB", "WriteThrottleEvents", table)]),
    ]


def queue_widgets(title: str, queues: Sequence[str]) -> list[Widget]:
    """Return the dashboard's graphs of SQS queues: the number of waiting messages and the age of the oldest message."""
    return [
        Widget(f"{title}: depth", _of_queues("ApproximateNumberOfMessagesVisible", queues)),
        Widget(f"{title}: age of the oldest message (s)", _of_queues("ApproximateAgeOfOldestMessage", queues)),
    ]


def dead_letter_widgets(queues: Sequence[str]) -> list[Widget]:
    """Return the dashboard's graph of the number of messages in dead-letter queues."""
    return [Widget("Dead letters", _of_queues("ApproximateNumberOfMessagesVisible", queues))]


def _of_queues(metric: str, queues: Sequence[str]) -> list[MetricLine]:
    return [MetricLine("AWS/SQS", metric, ("QueueName", queue), "Maximum") for queue in queues]


def summary(title: str, service: str, suffix: str, latency: str) -> Section:
    """Return the section of the dashboard that shows what became of the requests to a system, and its latency.

    Args:
        title: the title of the section.
        service: the value of the dimension `Service` of hookline's metrics.
        suffix: the value of the dimension `Environment` of hookline's metrics.
        latency: the title of the graph of the latency.
    """

    def line(metric: str, statistic: str = "Sum") -> MetricLine:
        return MetricLine("hookline", metric, ("Service", service, "Environment", suffix), statistic)

    outcomes = [line(metric) for metric in ("Accepted", "Duplicate", "Unauthorized", "Rejected", "Conflict")]
    latencies = [line("LatencyMs", statistic) for statistic in ("p50", "p99")]
    return Section(
        title,
        [[Widget("Events: accepted, duplicate, refused", outcomes)], [Widget(latency, latencies, LATENCY_AIM_MS)]],
    )

"""What the transactions dashboard shows, column by column, from the API to the dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hookline.infra.dashboard import Line, Widget


@dataclass(frozen=True)
class FlowNames:
    """The physical names of everything that the dashboard shows."""

    api: str
    stage: str
    validator: str
    table: str
    router: str
    queues: Sequence[str]
    dead_letters: Sequence[str]


def transaction_columns(names: FlowNames) -> list[list[Widget]]:
    """The columns of the dashboard, from left to right."""
    return [
        _api(names),
        _function("Validator", names.validator),
        _table(names.table),
        [
            Widget("Router: age of the stream", [_of_function("IteratorAge", names.router, "Maximum")]),
            *_function("Router", names.router),
        ],
        [
            Widget("Queues: depth", _of_queues("ApproximateNumberOfMessagesVisible", names.queues)),
            Widget("Queues: age of the oldest (s)", _of_queues("ApproximateAgeOfOldestMessage", names.queues)),
        ],
        [Widget("Dead letters", _of_queues("ApproximateNumberOfMessagesVisible", names.dead_letters))],
    ]


def _api(names: FlowNames) -> list[Widget]:
    def line(metric: str, statistic: str = "Sum") -> Line:
        return Line("AWS/ApiGateway", metric, ("ApiName", names.api, "Stage", names.stage), statistic)

    return [
        Widget("API: requests", [line("Count"), line("4XXError"), line("5XXError")]),
        Widget("API: latency (ms)", [line("Latency", "p50"), line("Latency", "p99")]),
    ]


def _function(title: str, name: str) -> list[Widget]:
    counts = [_of_function(metric, name) for metric in ("Invocations", "Errors", "Throttles")]
    durations = [_of_function("Duration", name, statistic) for statistic in ("p50", "p99")]
    return [Widget(f"{title}: invocations", counts), Widget(f"{title}: duration (ms)", durations)]


def _of_function(metric: str, name: str, statistic: str = "Sum") -> Line:
    return Line("AWS/Lambda", metric, ("FunctionName", name), statistic)


def _table(name: str) -> list[Widget]:
    table = ("TableName", name)
    return [
        Widget("Table: writes", [Line("AWS/DynamoDB", "ConsumedWriteCapacityUnits", table)]),
        Widget("Table: throttled writes", [Line("AWS/DynamoDB", "WriteThrottleEvents", table)]),
    ]


def _of_queues(metric: str, queues: Sequence[str]) -> list[Line]:
    return [Line("AWS/SQS", metric, ("QueueName", queue), "Maximum") for queue in queues]

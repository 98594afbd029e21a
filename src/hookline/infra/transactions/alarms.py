"""The alarm conditions of the transactions system, besides those of its parts."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from hookline.infra.monitoring.alarms import FIVE_MINUTES, Formula, Lasting, Metric, Threshold
from hookline.infra.monitoring.counted_alarms import counted
from hookline.infra.parts.queues import RETENTION_SECONDS

_HOUR = 60 * 60
_DAY = 24 * _HOUR

# An event can be accepted in the last second of one period and routed in the next, so one period proves nothing.
_NOT_ROUTED = Lasting(3, 24, 900)


def router_thresholds(name: str, router: pulumi.Input[str], service: str, suffix: str) -> dict[str, Threshold]:
    """Return the alarm conditions of the way from the table to the queues, as the start of a name → condition.

    Args:
        name: the name of the pipeline, for the names of some alarms.
        router: the name of the router in its metrics.
        service: the value of the dimension `Service` of hookline's metrics.
        suffix: the value of the dimension `Environment` of hookline's metrics.
    """
    age = Metric("AWS/Lambda", "IteratorAge", {"FunctionName": router}, "Maximum")
    accepted = Metric("hookline", "Accepted", {"Service": service, "Environment": suffix})
    return {
        "router-iterator-age": Threshold(
            age,
            "router-iterator-age",
            "For five minutes, accepted events have waited more than one minute for the router.",
            above=60_000,
            lasting=FIVE_MINUTES,
        ),
        "router-stopped": Threshold(
            _accepted_without_calls(accepted, Metric("AWS/Lambda", "Invocations", {"FunctionName": router})),
            "router-stopped",
            "Events were accepted, but nothing called the router. Enable its event source mapping: the stream keeps "
            "its records for 24 hours.",
            lasting=_NOT_ROUTED,
        ),
        f"{name}-route-failures": counted("RouteFailures", "transactions-route-failures", service, suffix),
        f"{name}-conflict": counted("Conflict", "transactions-conflict", service, suffix),
    }


def _accepted_without_calls(accepted: Metric, calls: Metric) -> Formula:
    """Return the number of accepted events of a period in which nothing called the router.

    A function without calls has no metric at all, which `FILL` cannot fill. So a series of zeros is added, with a value
    in each period that has accepted events.
    """
    return Formula(
        {"accepted": accepted, "calls": calls},
        "IF(called == 0, accepted, 0)",
        "Accepted events while nothing called the router",
        {"zeros": "accepted * 0", "called": "SUM([calls, zeros])"},
    )


def backlog_thresholds(queues: Mapping[str, pulumi.Input[str]], hours: int) -> dict[str, Threshold]:
    """Return the alarm conditions of messages that no consumer takes, as the start of a name → condition.

    Args:
        queues: payments, refunds, disputes → name of the queue.
        hours: the hours for which a message may wait.
    """
    left = (RETENTION_SECONDS - hours * _HOUR) / _DAY
    return {
        f"{name}-backlog": Threshold(
            Metric("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": queue}, "Maximum"),
            "type-backlog",
            f"A message waits for more than {hours} hours in the {name} queue. SQS deletes it in less than {left:.1f} "
            "days. Start the consumer.",
            above=hours * _HOUR,
            lasting=FIVE_MINUTES,
            severity="ticket",
        )
        for name, queue in queues.items()
    }

"""The alarm conditions of a Lambda function: errors, throttles, long runs and nearly all concurrency in use."""

from __future__ import annotations

from typing import Literal

import pulumi

from hookline.infra.monitoring.alarms import REPEATED, Formula, Metric, Threshold

FAILED_PERCENT = 1
"""Percentage of failed invocations, or of 5xx answers, up to which an alarm does not fire."""

FEWEST_RESERVED = 5
"""Reserved concurrency below which there is no alarm of the concurrency: a usual call would use most of it."""

NEARLY_ALL = 0.8
"""Part of the time limit, or of the reserved concurrency, up to which an alarm does not fire."""


def function_thresholds(
    full_name: str, name: pulumi.Input[str], timeout: int, reserved: int | None
) -> dict[str, Threshold]:
    """Return the alarm conditions of a function, as the middle of the alarm's name → condition.

    Args:
        full_name: the function's name in the descriptions.
        name: the function's name in the metrics.
        timeout: the time limit in seconds.
        reserved: the reserved concurrency; None, or less than five, for no alarm of the concurrency.
    """

    def metric(of: str, statistic: Literal["Sum", "Maximum"] = "Sum") -> Metric:
        return Metric("AWS/Lambda", of, {"FunctionName": name}, statistic)

    def ticket(section: str, of: Metric, problem: str, above: float = 0) -> Threshold:
        description = f"The function {full_name} {problem}."
        return Threshold(of, f"function-{section}", description, above, REPEATED, "ticket")

    conditions = {
        "errors": _errors(full_name, metric("Errors"), metric("Invocations")),
        "throttles": ticket("throttles", metric("Throttles"), "was throttled: raise its reserved concurrency"),
        "duration": ticket(
            "duration",
            metric("Duration", "Maximum"),
            f"runs for more than {NEARLY_ALL:.0%} of its time limit of {timeout} s: look for a slow AWS service",
            NEARLY_ALL * timeout * 1000,
        ),
    }
    if reserved is not None and reserved >= FEWEST_RESERVED:
        conditions["concurrency"] = ticket(
            "concurrency",
            metric("ConcurrentExecutions", "Maximum"),
            f"uses more than {NEARLY_ALL:.0%} of its reserved concurrency of {reserved}: raise it before it is used up",
            NEARLY_ALL * reserved,
        )
    return conditions


def _errors(full_name: str, errors: Metric, invocations: Metric) -> Threshold:
    return Threshold(
        Formula(
            {"errors": errors, "invocations": invocations},
            "100 * errors / invocations",
            "Percentage of failed invocations",
        ),
        "function-errors",
        f"In several minutes, more than {FAILED_PERCENT} % of the invocations of {full_name} raised an error or timed "
        "out: see its log group.",
        FAILED_PERCENT,
        REPEATED,
    )

"""The number of traces that X-Ray records, and that AWS bills, in a month."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hookline.operate.estimates.fixed_usage import MONTH_SECONDS
from hookline.operate.estimates.plan import Plan

_RULE = "aws:xray/samplingRule:SamplingRule"
_NO_HEADER = frozenset(("processing", "router"))  # the API or EventBridge passes its decision to the other functions


class Sampling(NamedTuple):
    """Which requests X-Ray records.

    Attributes:
        first: number of requests that X-Ray records in each second.
        share: share of the other requests that X-Ray records, from 0 to 1.
    """

    first: int
    share: Decimal

    def recorded(self, requests: Decimal) -> Decimal:
        """Return how many of a month's requests X-Ray records, if they are spread evenly over the month."""
        certain = min(requests, Decimal(self.first * MONTH_SECONDS))
        return certain + (requests - certain) * self.share


OWN_RULE = Sampling(1, Decimal("0.05"))
"""X-Ray's own rule. Lambda uses it for each function that starts a trace, and nobody can change it there."""


def api_traces(plan: Plan, requests: Decimal) -> Decimal:
    """Return how many requests X-Ray records at the API that receives the events.

    A sampling rule counts only if it is for this API's stage. Without such a rule, X-Ray uses its own rule.
    """
    stage = plan.stage.name
    rules = [rule.inputs for rule in plan.deployment.by_type(_RULE) if rule.inputs["resourceArn"] == stage]
    found = [Sampling(rule["reservoirSize"], Decimal(str(rule["fixedRate"]))) for rule in rules]
    return (found or [OWN_RULE])[0].recorded(requests)


def function_traces(plan: Plan, function: str, invocations: Decimal) -> Decimal:
    """Return how many traces start at a function. A trace that its caller started counts there.

    SQS and the stream make no decision for processing and the router, so with active tracing Lambda decides. With the
    mode `PassThrough`, no trace starts there.
    """
    starts = function in _NO_HEADER and plan.functions[function].active_tracing
    return OWN_RULE.recorded(invocations) if starts else Decimal(0)

"""What a stack uses of AWS in a month whether or not an event arrives, counted from what the program declares."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from hookline.operate.estimates.flow import concurrency, steps
from hookline.operate.estimates.measurements import Measurements
from hookline.operate.estimates.plan import Plan

MONTH_DAYS = 30
MONTH_SECONDS = MONTH_DAYS * 24 * 60 * 60

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type token
TABLE = "aws:dynamodb/table:Table"
BUCKET = "aws:s3/bucket:Bucket"

SYSTEM_METRICS = {
    "transactions": ("Accepted", "Routed", "RouteFailures", "LatencyMs"),
    "providers": ("Accepted", "Published", "PublishFailures", "LatencyMs"),
}
"""Metrics that the functions of each system write while all is well; duplicates and refusals add a few."""

METHOD_METRICS = ("4XXError", "5XXError", "Count", "IntegrationLatency", "Latency")
"""Metrics of a method with detailed metrics ("Amazon API Gateway dimensions and metrics")."""

POLLERS, POLL_SECONDS = 5, 20
"""Long polls that Lambda keeps open on a queue, and how long each lasts; with little traffic as few as two."""

CACHE_SECONDS = 300
"""How long a function's secret, a queue's data key and a table's key serve."""

KEY_CALLS_OF_A_QUEUE = 3
"""KMS calls for each data key: two for the sender, one for the receiver ("Amazon SQS Key management")."""


def fixed_usage(plan: Plan, events: int, measurements: Measurements) -> dict[str, Decimal]:
    """What a month takes without events, in the units of the price table.

    Args:
        plan: of the stack.
        events: a month, by which secrets are read in more than one environment.
        measurements: of the functions.
    """
    return {
        "lambda_provisioned": _provisioned(plan),
        "sqs_polling": Decimal(POLLERS * MONTH_SECONDS // POLL_SECONDS if plan.providers else 0),
        "metrics": Decimal(_metrics(plan)),
        "alarms": Decimal(plan.count(ALARM)),
        "dashboards": Decimal(plan.count(DASHBOARD)),
        "secrets": Decimal(plan.count(SECRET)),
        "secret_reads": _secret_reads(plan, events, measurements),
        "kms_requests": Decimal(_key_calls(plan) * MONTH_SECONDS // CACHE_SECONDS),
    }


def _provisioned(plan: Plan) -> Decimal:
    """GB-seconds of instances that are kept warm."""
    warm = sum(function.memory_mb * function.provisioned for function in plan.functions.values())
    return Decimal(warm) / 1024 * MONTH_SECONDS


def _metrics(plan: Plan) -> int:
    own = sum(len(SYSTEM_METRICS[system]) for system in plan.systems)
    return own + plan.detailed_methods * len(METHOD_METRICS)


def _secret_reads(plan: Plan, events: int, measurements: Measurements) -> Decimal:
    """Each environment of the function at the entry reads its secret as often as its cache ends."""
    entry = steps(plan, queue_batch=1)[0]
    rate = Decimal(events) / MONTH_SECONDS
    busy = concurrency(entry, measurements, plan.functions[entry.function].memory_mb, rate)
    return max(Decimal(1), busy.to_integral_value(ROUND_CEILING)) * MONTH_SECONDS / CACHE_SECONDS


def _key_calls(plan: Plan) -> int:
    """KMS calls in each period for which keys are kept, by what is encrypted with a KMS key."""
    return plan.kms_queues * KEY_CALLS_OF_A_QUEUE + plan.count(TABLE) + plan.count(BUCKET)

"""The part of a stack's monthly usage that is not counted per event, such as alarms and secrets."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from hookline.operate.estimates.flow import concurrency, steps
from hookline.operate.estimates.measurements import Measurements
from hookline.operate.estimates.plan import Plan

MONTH_DAYS = 30
MONTH_SECONDS = MONTH_DAYS * 24 * 60 * 60

DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type token
TABLE = "aws:dynamodb/table:Table"
BUCKET = "aws:s3/bucket:Bucket"

SYSTEM_METRICS = {
    "transactions": ("Accepted", "Routed", "RouteFailures", "LatencyMs"),
    "providers": ("Accepted", "Published", "PublishFailures", "LatencyMs"),
}
"""System → metrics that its functions write if nothing fails. Duplicates and rejected requests add a few metrics."""

METHOD_METRICS = ("4XXError", "5XXError", "Count", "IntegrationLatency", "Latency")
"""Detailed CloudWatch metrics of one API method (AWS page "Amazon API Gateway dimensions and metrics")."""

POLLERS, POLL_SECONDS = 5, 20
"""How many long polls Lambda keeps open on a queue, and seconds of a poll.

With little traffic, it may be only two long polls, if the mapping has no maximum concurrency.
"""

SECRET_CACHE_SECONDS = 300
"""Seconds for which a function caches its secret (`hookline.functions.secrets`)."""

KEY_CACHE_SECONDS = 300
"""Seconds for which DynamoDB and S3 cache a KMS data key. A queue declares its own time."""

KEY_CALLS_OF_A_QUEUE = 3
"""KMS calls for each data key of a queue: sending takes two, receiving one (AWS page "Amazon SQS Key management")."""


def fixed_usage(plan: Plan, events: int, measurements: Measurements) -> dict[str, Decimal]:
    """Return the monthly usage that is not counted per event: for each price name, how many units are billed.

    Args:
        plan: the resources of the stack.
        events: events a month. They matter only because more events need more execution environments, and each
            environment reads the secret.
        measurements: measurements of the functions.
    """
    return {
        "lambda_provisioned": _provisioned(plan),
        "sqs_polling": _polls(plan.polled_queues(fifo=True)),
        "sqs_polling_standard": _polls(plan.polled_queues(fifo=False)),
        "metrics": Decimal(_metrics(plan)),
        "alarms": Decimal(plan.alarm_metrics),
        "dashboards": Decimal(plan.count(DASHBOARD)),
        "secrets": Decimal(plan.count(SECRET)),
        "secret_reads": _secret_reads(plan, events, measurements),
        "kms_requests": Decimal(_key_calls(plan)),
    }


def _provisioned(plan: Plan) -> Decimal:
    """Return how many GB-seconds the provisioned concurrency of all functions uses in a month."""
    warm = sum(function.memory_mb * function.provisioned for function in plan.functions.values())
    return Decimal(warm) / 1024 * MONTH_SECONDS


def _polls(queues: int) -> Decimal:
    """Return the calls with which Lambda asks queues for messages in a month, even if there are none."""
    return Decimal(queues * POLLERS * MONTH_SECONDS // POLL_SECONDS)


def _metrics(plan: Plan) -> int:
    own = sum(len(SYSTEM_METRICS[system]) for system in plan.systems)
    by_provider = len(plan.providers) if plan.counts_by_provider else 0  # `Verified` of each provider
    return own + by_provider + plan.detailed_methods * len(METHOD_METRICS)


def _secret_reads(plan: Plan, events: int, measurements: Measurements) -> Decimal:
    """Return the reads of secrets in a month: each environment of the API's function reads once per cache time."""
    entry = steps(plan, queue_batch=1)[0]
    rate = Decimal(events) / MONTH_SECONDS
    busy = concurrency(entry, measurements, plan.functions[entry.function].memory_mb, rate)
    return max(Decimal(1), busy.to_integral_value(ROUND_CEILING)) * MONTH_SECONDS / SECRET_CACHE_SECONDS


def _key_calls(plan: Plan) -> int:
    """Return how many KMS calls all queues, tables and buckets together cause in a month of steady use."""
    of_queues = sum(KEY_CALLS_OF_A_QUEUE * MONTH_SECONDS // seconds for seconds in plan.key_reuse_seconds)
    return of_queues + (plan.count(TABLE) + plan.count(BUCKET)) * MONTH_SECONDS // KEY_CACHE_SECONDS

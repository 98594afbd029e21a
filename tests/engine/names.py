"""The names of what is in the emulator."""

from __future__ import annotations

from hookline.local.cloud import Cloud

LISTS = [
    ("apigateway", "get_rest_apis", "items", "name"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ("dynamodb", "list_tables", "TableNames", ""),
    ("events", "list_event_buses", "EventBuses", "Name"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("secretsmanager", "list_secrets", "SecretList", "Name"),
    ("sqs", "list_queues", "QueueUrls", ""),
]
"""Service, operation, the list in its answer, and the name in an item of the list; empty if the item is the name."""


def names(cloud: Cloud, suffix: str) -> list[str]:
    """Return the names that belong to the stack with this environment suffix, each with its service."""
    return sorted(
        f"{service} {name}"
        for service, operation, items, key in LISTS
        for item in cloud.call(service, operation).get(items, [])
        if suffix in (name := item[key] if key else item)
    )

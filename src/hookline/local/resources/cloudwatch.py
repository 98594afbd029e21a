"""The functions that make CloudWatch log groups, alarms and dashboards in the emulator."""

from __future__ import annotations

from typing import Any

from hookline.local.provision.inputs import fit
from hookline.local.provision.making import Made, Making


def log_group(making: Making) -> Made:
    """Make a CloudWatch log group and set its retention."""
    name = making.inputs.take("name")
    making.inputs.expect("skipDestroy", False)
    making.undo("logs", "delete_log_group", logGroupName=name)
    key = {"kmsKeyId": making.inputs.take("kmsKeyId")} if making.inputs.has("kmsKeyId") else {}
    making.call("logs", "create_log_group", logGroupName=name, tags=making.tags, **key)
    if days := making.inputs.take("retentionInDays", 0):
        making.call("logs", "put_retention_policy", logGroupName=name, retentionInDays=days)
    arn = f"arn:aws:logs:us-east-1:{making.cloud.account}:log-group:{name}"
    return Made(name, {"name": name, "arn": arn})


def metric_alarm(making: Making) -> Made:
    """Make a CloudWatch alarm. The emulator stores the alarm, but has only few metrics that can trigger it."""
    name = making.inputs.take("name")
    values = making.inputs.take_all()
    if queries := values.pop("metricQueries", None):
        values["metrics"] = [_query(query) for query in queries]
    request = {
        "alarmName": name,
        "okActions": values.pop("okActions", []),
        "dimensions": [{"name": key, "value": value} for key, value in values.pop("dimensions", {}).items()],
        "tags": [{"key": key, "value": value} for key, value in making.tags.items()],
        **values,
    }
    making.undo("cloudwatch", "delete_alarms", AlarmNames=[name])
    client = making.cloud.client("cloudwatch")
    client.put_metric_alarm(**fit(client, "put_metric_alarm", request))
    return Made(name, {"name": name, "arn": f"arn:aws:cloudwatch:us-east-1:{making.cloud.account}:alarm:{name}"})


def _query(query: dict[str, Any]) -> dict[str, Any]:
    """Return a metric query of an alarm as CloudWatch's API takes it."""
    metric = query.pop("metric", None)
    if metric is None:
        return query
    dimensions = [{"name": key, "value": value} for key, value in metric["dimensions"].items()]
    identity = {"namespace": metric["namespace"], "metricName": metric["metricName"], "dimensions": dimensions}
    return {**query, "metricStat": {"metric": identity, "period": metric["period"], "stat": metric["stat"]}}


def dashboard(making: Making) -> Made:
    """Make a CloudWatch dashboard."""
    name = making.inputs.take("dashboardName")
    making.undo("cloudwatch", "delete_dashboards", DashboardNames=[name])
    body = making.inputs.take("dashboardBody")
    making.call("cloudwatch", "put_dashboard", DashboardName=name, DashboardBody=body)
    return Made(name, {"dashboardName": name})

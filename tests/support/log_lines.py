"""The log lines of the functions."""

from __future__ import annotations

from typing import Any


def metrics_of(line: dict[str, Any]) -> dict[str, int]:
    """Return the metrics in a log line without dimensions of a provider: name → value."""
    return {each["Name"]: line[each["Name"]] for each in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}

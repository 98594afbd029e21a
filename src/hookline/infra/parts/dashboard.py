"""A CloudWatch dashboard that shows the flow of events from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from hookline.infra.parts.region import region_of

_COLUMNS, _HEIGHT, _TOTAL_WIDTH = 6, 6, 24
_WIDTH = _TOTAL_WIDTH // _COLUMNS


@dataclass(frozen=True)
class MetricLine:
    """The line of one metric in a graph. `dimensions` alternates names and values, as CloudWatch expects."""

    namespace: str
    name: str
    dimensions: Sequence[str]
    statistic: str = "Sum"


@dataclass(frozen=True)
class Widget:
    """A graph of a dashboard, with a title and a line for each metric."""

    title: str
    lines: Sequence[MetricLine]


@dataclass(frozen=True)
class DashboardArgs:
    """The arguments of a `Dashboard`.

    Attributes:
        suffix: the end of every resource's name.
        columns: the columns of graphs, one for each step of the events' flow, from left to right; at most six.
    """

    suffix: str
    columns: Sequence[Sequence[Widget]]


class Dashboard(pulumi.ComponentResource):
    """A CloudWatch dashboard with graphs in columns.

    Attributes:
        dashboard: the CloudWatch dashboard.
    """

    def __init__(self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the dashboard `{name}-{suffix}`."""
        full_name = f"{name}-{args.suffix}"
        super().__init__("hookline:monitoring:Dashboard", full_name, None, opts)
        self.dashboard = aws.cloudwatch.Dashboard(
            full_name,
            dashboard_name=full_name,
            dashboard_body=pulumi.Output.json_dumps({"widgets": _placed(args.columns, region_of(self))}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"name": self.dashboard.dashboard_name})


def _placed(columns: Sequence[Sequence[Widget]], region: pulumi.Output[str]) -> list[dict[str, Any]]:
    return [
        {
            "type": "metric",
            "x": x * _WIDTH,
            "y": y * _HEIGHT,
            "width": _WIDTH,
            "height": _HEIGHT,
            **_graph(widget, region),
        }
        for x, column in enumerate(columns)
        for y, widget in enumerate(column)
    ]


def _graph(widget: Widget, region: pulumi.Output[str]) -> dict[str, Any]:
    lines = [[line.namespace, line.name, *line.dimensions, {"stat": line.statistic}] for line in widget.lines]
    return {"properties": {"title": widget.title, "metrics": lines, "region": region, "period": 60}}

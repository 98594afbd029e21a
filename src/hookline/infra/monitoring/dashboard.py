"""A CloudWatch dashboard that shows the flow of events from left to right, with saved queries of the logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from hookline.infra.monitoring.dashboard_parts import Section, View, Widget
from hookline.infra.monitoring.saved_queries import SAVED_QUERIES
from hookline.infra.parts.region import region_of

_HEIGHT, _TITLE_HEIGHT, _TOTAL_WIDTH = 6, 1, 24


@dataclass(frozen=True)
class DashboardArgs:
    """The arguments of a `Dashboard`.

    Attributes:
        suffix: the end of every resource's name.
        views: the pipelines on the dashboard, from top to bottom.
    """

    suffix: str
    views: Sequence[View]


class Dashboard(pulumi.ComponentResource):
    """A CloudWatch dashboard of one or more pipelines, and saved queries for CloudWatch Logs Insights.

    Attributes:
        dashboard: the CloudWatch dashboard.
        queries: name of a saved query, without folder and suffix → saved query.
    """

    def __init__(self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the dashboard `{name}-{suffix}` and the saved queries in the folder `{name}`."""
        full_name = f"{name}-{args.suffix}"
        super().__init__("hookline:monitoring:Dashboard", full_name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        sections = [section for view in args.views for section in view.sections]
        self.dashboard = aws.cloudwatch.Dashboard(
            full_name,
            dashboard_name=full_name,
            dashboard_body=pulumi.Output.json_dumps({"widgets": _placed(sections, region_of(self))}),
            opts=child,
        )
        self.queries = {
            query: aws.cloudwatch.QueryDefinition(
                f"{name}-{query}-{args.suffix}",
                name=f"{name}/{query}-{args.suffix}",
                log_group_names=[group for view in args.views for group in view.log_groups],
                query_string=text,
                opts=child,
            )
            for query, text in SAVED_QUERIES.items()
        }
        self.register_outputs({"name": self.dashboard.dashboard_name})


def _placed(sections: Sequence[Section], region: pulumi.Output[str]) -> list[dict[str, Any]]:
    placed: list[dict[str, Any]] = []
    top = 0
    for section in sections:
        title = {"type": "text", "properties": {"markdown": f"## {section.title}"}}
        placed.append({**title, "x": 0, "y": top, "width": _TOTAL_WIDTH, "height": _TITLE_HEIGHT})
        placed += _columns(section, top + _TITLE_HEIGHT, region)
        top += _TITLE_HEIGHT + _HEIGHT * max(len(column) for column in section.columns)
    return placed


def _columns(section: Section, top: int, region: pulumi.Output[str]) -> list[dict[str, Any]]:
    width = _TOTAL_WIDTH // len(section.columns)
    return [
        {
            "type": "metric",
            "x": x * width,
            "y": top + y * _HEIGHT,
            "width": width,
            "height": _HEIGHT,
            "properties": _graph(widget, region),
        }
        for x, column in enumerate(section.columns)
        for y, widget in enumerate(column)
    ]


def _graph(widget: Widget, region: pulumi.Output[str]) -> dict[str, Any]:
    lines = [[line.namespace, line.name, *line.dimensions, {"stat": line.statistic}] for line in widget.lines]
    graph: dict[str, Any] = {"title": widget.title, "metrics": lines, "region": region, "period": 60}
    if widget.aim is not None:
        graph["annotations"] = {"horizontal": [{"label": "aim for p99", "value": widget.aim}]}
    return graph

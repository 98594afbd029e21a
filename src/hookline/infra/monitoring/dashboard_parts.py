"""The parts of a dashboard: graphs, sections of graphs, and the view of one pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True)
class MetricLine:
    """The line of one metric in a graph. `dimensions` alternates names and values, as CloudWatch expects."""

    namespace: str
    name: str
    dimensions: Sequence[str]
    statistic: str = "Sum"


@dataclass(frozen=True)
class Widget:
    """A graph of a dashboard.

    Attributes:
        title: the title of the graph.
        lines: the lines of the graph, one for each metric.
        aim: the value that the lines should stay below, drawn as a line of its own; None for no such line.
    """

    title: str
    lines: Sequence[MetricLine]
    aim: int | None = None


@dataclass(frozen=True)
class Section:
    """A part of a dashboard: a title, and below it columns of graphs from left to right."""

    title: str
    columns: Sequence[Sequence[Widget]]


@dataclass(frozen=True)
class View:
    """What a dashboard shows of one pipeline.

    Attributes:
        sections: the sections, from top to bottom.
        log_groups: the names of the log groups that the saved queries search.
    """

    sections: Sequence[Section]
    log_groups: Sequence[pulumi.Input[str]]

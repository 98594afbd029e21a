"""The columns of the providers system's dashboard, from the REST API to the dead-letter queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hookline.infra.parts.dashboard import MetricLine, Widget
from hookline.infra.parts.widgets import (
    api_widgets,
    dead_letter_widgets,
    function_widgets,
    queue_widgets,
    table_widgets,
)


@dataclass(frozen=True)
class ProviderFlowNames:
    """The AWS names of the resources on the dashboard of the providers system."""

    api: str
    stage: str
    ingestion: str
    table: str
    queue: str
    processing: str
    bus: str
    rules: Sequence[str]
    dead_letters: Sequence[str]


def provider_columns(names: ProviderFlowNames) -> list[list[Widget]]:
    """Return the six columns of the providers system's dashboard, from left to right."""
    return [
        api_widgets(names.api, names.stage),
        [*function_widgets("Ingestion", names.ingestion), *table_widgets(names.table)],
        queue_widgets("Queue", [names.queue]),
        function_widgets("Processing", names.processing),
        _bus_widgets(names) if names.rules else [],
        dead_letter_widgets(names.dead_letters),
    ]


def _bus_widgets(names: ProviderFlowNames) -> list[Widget]:
    return [
        Widget("Bus: deliveries", [_of_rule("Invocations", names.bus, rule) for rule in names.rules]),
        Widget("Bus: failed deliveries", [_of_rule("FailedInvocations", names.bus, rule) for rule in names.rules]),
    ]


def _of_rule(metric: str, bus: str, rule: str) -> MetricLine:
    return MetricLine("AWS/Events", metric, ("EventBusName", bus, "RuleName", rule))

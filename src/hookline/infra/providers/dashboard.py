"""The part of the dashboard that shows the providers system, from the REST API to the dead-letter queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hookline.infra.monitoring.dashboard_parts import MetricLine, Section, Widget
from hookline.infra.monitoring.widgets import (
    api_widgets,
    dead_letter_widgets,
    function_widgets,
    queue_widgets,
    summary,
    table_widgets,
)


@dataclass(frozen=True)
class ProviderFlowNames:
    """The AWS names of the resources of the providers system, and its service in hookline's metrics."""

    service: str
    suffix: str
    api: str
    stage: str
    ingestion: str
    table: str
    queue: str
    processing: str
    bus: str
    rules: Sequence[str]
    dead_letters: Sequence[str]


def provider_sections(names: ProviderFlowNames) -> list[Section]:
    """Return the sections of the dashboard for the providers system: a summary, and the flow of the events."""
    latency = "Latency from the receipt to the bus (ms)"
    columns = [
        api_widgets(names.api, names.stage),
        [*function_widgets("Ingestion", names.ingestion), *table_widgets(names.table)],
        queue_widgets("Queue", [names.queue]),
        function_widgets("Processing", names.processing),
        _bus_widgets(names) if names.rules else [],
        dead_letter_widgets(names.dead_letters),
    ]
    return [summary("Providers", names.service, names.suffix, latency), Section("Providers: flow", columns)]


def _bus_widgets(names: ProviderFlowNames) -> list[Widget]:
    return [
        Widget("Bus: deliveries", [_of_rule("Invocations", names.bus, rule) for rule in names.rules]),
        Widget("Bus: failed deliveries", [_of_rule("FailedInvocations", names.bus, rule) for rule in names.rules]),
    ]


def _of_rule(metric: str, bus: str, rule: str) -> MetricLine:
    return MetricLine("AWS/Events", metric, ("EventBusName", bus, "RuleName", rule))

"""The part of the dashboard that shows the transactions system, from the REST API to the dead-letter queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hookline.infra.monitoring.dashboard_parts import Section, Widget
from hookline.infra.monitoring.widgets import (
    api_widgets,
    dead_letter_widgets,
    function_line,
    function_widgets,
    queue_widgets,
    summary,
    table_widgets,
)


@dataclass(frozen=True)
class FlowNames:
    """The AWS names of the resources of the transactions system, and its service in hookline's metrics."""

    service: str
    suffix: str
    api: str
    stage: str
    validator: str
    table: str
    router: str
    queues: Sequence[str]
    dead_letters: Sequence[str]


def transaction_sections(names: FlowNames) -> list[Section]:
    """Return the sections of the dashboard for the transactions system: a summary, and the flow of the events."""
    latency = "Latency from the receipt to the queue (ms)"
    columns = [
        api_widgets(names.api, names.stage),
        function_widgets("Validator", names.validator),
        table_widgets(names.table),
        [
            Widget("Router: iterator age (ms)", [function_line("IteratorAge", names.router, "Maximum")]),
            *function_widgets("Router", names.router),
        ],
        queue_widgets("Queues", names.queues),
        dead_letter_widgets(names.dead_letters),
    ]
    return [summary("Transactions", names.service, names.suffix, latency), Section("Transactions: flow", columns)]

"""The columns of the transactions system's dashboard, from the REST API to the dead-letter queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hookline.infra.parts.dashboard import Widget
from hookline.infra.parts.widgets import (
    api_widgets,
    dead_letter_widgets,
    function_line,
    function_widgets,
    queue_widgets,
    table_widgets,
)


@dataclass(frozen=True)
class FlowNames:
    """The AWS names of the resources on the dashboard of the transactions system."""

    api: str
    stage: str
    validator: str
    table: str
    router: str
    queues: Sequence[str]
    dead_letters: Sequence[str]


def transaction_columns(names: FlowNames) -> list[list[Widget]]:
    """Return the columns of the transactions system's dashboard, from left to right."""
    return [
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

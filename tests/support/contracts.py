"""The JSON schemas of all messages, for tests that validate what they see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

import hookline
from hookline.operate.arrivals import Arrivals
from hookline.operate.observations import Observer

FOLDER = Path(str(hookline.__file__)).parent / "schemas"
SCHEMAS: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.iterdir())}
_REGISTRY: Any = Registry().with_resources(
    [(schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()]
)


def check(name: str, message: Mapping[str, Any]) -> None:
    """Assert that a message matches the schema in a file, named without `.json`, and that the schema has its fields.

    Consumers must ignore unknown fields, so the schema itself allows them.
    """
    Draft202012Validator(SCHEMAS[name], registry=_REGISTRY, format_checker=FormatChecker()).validate(message)
    assert message.keys() <= SCHEMAS[name]["properties"].keys()
    if name == "bus-event.v1":
        check(message["detail"]["schema"].removeprefix("hookline."), message["detail"])


class CheckedArrivals(Arrivals):
    """A receiver of transaction messages that asserts that each of them matches its schema."""

    def __exit__(self, *arguments: Any) -> None:
        """Stop receiving, and validate all messages."""
        super().__exit__(*arguments)
        for arrival in self.all():
            check("transaction-message.v1", arrival.message)


class CheckedObserver(Observer):
    """An observer of the bus that asserts that each event matches its schema."""

    def logged(self) -> list[dict[str, Any]]:
        """Return all events that are in the log group of the bus, each of which is valid."""
        events = super().logged()
        for event in events:
            check("bus-event.v1", event)
        return events

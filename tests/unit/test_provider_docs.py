"""docs/providers.md agrees with the code."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.providers.known import KNOWN

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.registry import path_of, provider

PAGE = (Path(__file__).parents[2] / "docs" / "providers.md").read_text("utf-8")


def section(name: str) -> str:
    """Return the section of the page for a provider."""
    found = re.search(rf"^## {re.escape(KNOWN[name].title)}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


def rows(module: Any) -> list[str]:
    """Return the table of a provider's event types, as the page must contain it."""
    lines = ["| event type | money report | becomes a transaction |", "|---|---|---|"]
    for event_type, transaction_type in module.event_types.items():
        lines.append(f"| `{event_type}` | {transaction_type} | {becomes(module, event_type)} |")
    return lines


def becomes(module: Any, event_type: str) -> str:
    """Return whether an event type becomes a transaction, and the reason if it does not."""
    if teller := module.booked_by.get(event_type):
        return f"no, `{teller}` does"
    status = module.statuses.get(event_type)
    return f"no, it has the status `{status}`" if status else "yes"


def horizon(duration: timedelta) -> str:
    """Return a retry horizon in words."""
    hours = int(duration.total_seconds()) // 3600
    return f"{hours // 24} days" if hours > 24 else f"{hours} hours"


def test_the_page_has_a_section_for_each_provider() -> None:
    """Each section describes the provider's endpoint."""
    assert set(KNOWN) == set(PROVIDER_NAMES)
    for name in PROVIDER_NAMES:
        assert f"- **Endpoint:** `/{path_of(name)}`" in section(name)


@pytest.mark.parametrize("name", sorted(PROVIDER_NAMES))
def test_the_event_types_are_those_of_the_code(name: str) -> None:
    """The table of event types is equal to the table in the code."""
    table = [line for line in section(name).splitlines() if line.startswith("|")]
    assert table == rows(provider(name))


@pytest.mark.parametrize("name", sorted(PROVIDER_NAMES))
def test_required_headers_and_retry_horizon_are_those_of_the_code(name: str) -> None:
    """Each section has the headers that API Gateway requires, and the provider's retry horizon."""
    module, text = provider(name), section(name).replace("\n  ", " ")
    headers = ", ".join(f"`{header}`" for header in module.required_headers) or "none"
    assert f"- **Required headers:** {headers}" in text
    assert f"- **Retries a failed delivery for:** {horizon(module.retry_horizon)}" in text

"""The rows of the table of a provider on docs/providers.md, and the samples that stand for them."""

import re
from pathlib import Path
from typing import NamedTuple

from support.providers.known import KNOWN

PAGE = (Path(__file__).parents[3] / "docs" / "providers.md").read_text("utf-8")
OLD = "2024-10-28.acacia/"
"""Start of the names of Stripe's samples in an old API version."""


class PageRow(NamedTuple):
    """An event type with a status, and what the page says about it.

    Attributes:
        sample: name of the sample.
        kind: payment, refund or dispute.
        verdict: the last column of the table.
        manual: whether the row is for Adyen accounts with manual capture.
    """

    sample: str
    kind: str
    verdict: str
    manual: bool = False


def section(name: str) -> str:
    """Return the section of the page for a provider."""
    found = re.search(rf"^## {re.escape(KNOWN[name].title)}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


def page_rows(name: str) -> list[PageRow]:
    """Return the rows of a provider's tables on the page: one for each event type and status."""
    found: list[PageRow] = []
    for number, table in enumerate(re.findall(r"(?:^\|.*\n)+", section(name), re.MULTILINE)):
        for line in table.splitlines()[2:]:
            types, kind, statuses, verdict = (cell.strip() for cell in line.strip("|").split("|"))
            if "|" in types or not types.startswith("`"):
                continue
            prefix = OLD if number and name == "stripe" else ""
            for event_type in re.findall("`([^`]+)`", types):
                for status in statuses.split(", "):
                    sample = prefix + _sample(name, event_type, status.strip("`"))
                    found.append(PageRow(sample, kind, verdict, manual=bool(number) and name == "adyen"))
    return found


def _sample(name: str, event_type: str, status: str) -> str:
    """Return the name of the sample for an event type and a status as they are on the page."""
    if name == "adyen":
        return event_type if status == "true" else f"{event_type}.{status}"
    start = event_type.replace(", kind refund", ".refund")
    return start if status == "any" else f"{start}.{status.replace(' ', '_')}"

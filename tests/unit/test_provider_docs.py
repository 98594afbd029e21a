"""docs/providers.md agrees with the code."""

from datetime import timedelta

import pytest
from support.providers.known import KNOWN
from support.providers.rows import PAGE, section

from hookline.core import PROVIDER_NAMES
from hookline.core.providers import adyen, stripe
from hookline.core.providers.registry import path_of, provider
from hookline.core.providers.table import ANY, NONE, OUTCOMES, Table

HEAD = ["| event type | of a | status | becomes a transaction |", "|---|---|---|---|"]


def rows(table: Table) -> list[str]:
    """Return the table of a provider's events, as the page must contain it: one line for each row and verdict."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for event_type, row in table.items():
        for verdict in dict.fromkeys(row.verdicts.values()):
            statuses = ", ".join(in_words(status) for status, each in row.verdicts.items() if each == verdict)
            alike.setdefault((row.transaction_type, statuses, verdict), []).append(f"`{event_type}`")
    return HEAD + [
        f"| {', '.join(types)} | {kind} | {status} | {verdict} |" for (kind, status, verdict), types in alike.items()
    ]


def in_words(status: str) -> str:
    """Return a status as the page shows it."""
    return status if status in (ANY, NONE) or " " in status else f"`{status}`"


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
def test_the_tables_are_those_of_the_code(name: str) -> None:
    """The page says what each event type and status becomes, also with manual capture and in old API versions."""
    tables = {"adyen": [adyen.TABLE_WITH_MANUAL_CAPTURE], "stripe": [stripe.OLD_TABLE]}.get(name, [])
    usual = provider(name).table
    others = [{key: row for key, row in other.items() if usual.get(key) != row} for other in tables]
    expected = [line for table in (usual, *others) for line in rows(table)]
    assert [line for line in section(name).splitlines() if line.startswith("|")] == expected


@pytest.mark.parametrize("name", sorted(PROVIDER_NAMES))
def test_the_page_names_the_families_of_event_types(name: str) -> None:
    """An unknown event type of a family is counted."""
    families = ", ".join(f"`{family}`" for family in provider(name).families) or "none"
    assert f"- **Counted if unknown, types that begin with:** {families}" in section(name).replace("\n  ", " ")


@pytest.mark.parametrize("name", sorted(PROVIDER_NAMES))
def test_required_headers_and_retry_horizon_are_those_of_the_code(name: str) -> None:
    """Each section has the headers that API Gateway requires, and the provider's retry horizon."""
    module, text = provider(name), section(name).replace("\n  ", " ")
    headers = ", ".join(f"`{header}`" for header in module.required_headers) or "none"
    assert f"- **Required headers:** {headers}" in text
    assert f"- **Retries a failed delivery for:** {horizon(module.retry_horizon)}" in text


@pytest.mark.parametrize("name", sorted(PROVIDER_NAMES))
def test_each_section_says_what_to_choose_at_the_provider(name: str) -> None:
    """The lowest API version is the one of the code. Each section also says what to subscribe to, and in which form."""
    text = section(name).replace("\n  ", " ")
    lowest = provider(name).lowest_version
    assert f"- **Lowest API version:** {f'`{lowest}`' if lowest else 'none'}" in text
    for head in ("Subscribe to", "Payload style", "A filtered subscription must keep"):
        assert f"- **{head}:** " in text


@pytest.mark.parametrize("name", sorted({*PROVIDER_NAMES} - {"standard_webhooks"}))
def test_each_section_subscribes_to_what_is_booked_or_has_an_outcome(name: str) -> None:
    """A type that only repeats what another one tells can be missing."""
    subscribed = section(name).replace("\n  ", " ").partition("- **Subscribe to:**")[2].partition("- **Payload")[0]
    kinds = {row.transaction_type for each, row in provider(name).table.items() if f"`{each}`" in subscribed}
    assert kinds == {"payment", "refund", "dispute"} or "all of them" in subscribed


def test_the_page_explains_every_outcome_and_unsigned_field() -> None:
    """The tables of outcomes and of `unsigned` are those of the code."""
    outcomes = PAGE.partition("## Outcomes")[2].partition("\n## ")[0]
    assert {outcome for outcome in OUTCOMES if f"`{outcome}`" in outcomes} == set(OUTCOMES)
    for name in PROVIDER_NAMES:
        fields = ", ".join(f"`{field}`" for field in provider(name).unsigned)
        assert not fields or f"| {KNOWN[name].title} | {fields}" in PAGE

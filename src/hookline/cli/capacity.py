"""The command `hookline capacity`, which shows the limit that a stack reaches first."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Annotated

import typer
from rich.table import Table

from hookline.cli.estimates import Format, PayloadBytes, Providers, plan_of, sizes_of
from hookline.cli.options import Folder, Stack
from hookline.cli.tables import make_table, numbers
from hookline.cli.terminal import err, friendly, out, print_table
from hookline.errors import UserError
from hookline.operate.estimates.capacity import Capacity, Limit, rank
from hookline.operate.estimates.limits import Limits
from hookline.operate.estimates.measurements import load_measurements
from hookline.operate.estimates.quotas import QuotaTable, load_quotas


def capacity(
    rps: Annotated[int, typer.Option(min=1, help="Events a second in total; each provider sends the same number.")],
    payload_bytes: PayloadBytes = 2_000,
    providers: Providers = None,
    quota: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A quota that AWS has raised for you.")
    ] = None,
    stack: Stack = "dev",
    form: Format = "table",
    project: Folder = None,
) -> None:
    """Show which limit a stack reaches first, at which rate, and which quota or setting to raise. List all limits.

    The command makes no call to AWS. Settings come from the program. Quotas are AWS's defaults unless you change them
    with --quota.
    """
    with friendly(), err.status("reading the program"):
        table = load_quotas().raised(_values(quota or []))
        plan = plan_of(project, stack, providers)
        limits = Limits(plan, sizes_of(plan, payload_bytes), load_measurements(), table.quotas)
        found = rank(Decimal(rps), limits.all())
    if form == "json":
        typer.echo(json.dumps(_as_json(found, table), indent=2))
        return
    typer.echo(f"{found.headline}\n")
    print_table(_table(found))
    out.print(f"{table.region}, quotas of {table.date}; ~ AWS raises this limit by itself under load")


def _values(assignments: list[str]) -> dict[str, Decimal]:
    values: dict[str, Decimal] = {}
    for assignment in assignments:
        name, _, text = assignment.partition("=")
        try:
            values[name] = Decimal(int(text))
        except ValueError:
            raise UserError(f"a quota must be name=value, such as lambda_concurrency=5000: {assignment}") from None
    return values


def _table(found: Capacity) -> Table:
    table = make_table("limit", numbers("events/s"), numbers("used"), "calculated from", "remedy")
    for limit in found.limits:
        used = limit.utilisation(found.rate)
        colour = "red" if used > 1 else "green"
        share = f"{used:,.0%}" if used.is_finite() else "∞"
        title = limit.title + ("" if limit.lasting else " ~")
        table.add_row(title, f"{limit.rate:,.0f}", f"[{colour}]{share}[/]", limit.basis, limit.advice(found.rate))
    return table


def _as_json(found: Capacity, table: QuotaTable) -> dict[str, object]:
    return {
        "headline": found.headline,
        "events_per_second": int(found.rate),
        "met": found.met,
        "region": table.region,
        "quotas": table.date,
        "limits": [_limit(limit, found.rate) for limit in found.limits],
    }


def _limit(limit: Limit, rate: Decimal) -> dict[str, object]:
    used = limit.utilisation(rate)
    return {
        "name": limit.name,
        "title": limit.title,
        "events_per_second": int(limit.rate),
        "used": float(round(used, 4)) if used.is_finite() else None,
        "follows_from": limit.basis,
        "remedy": limit.advice(rate),
        "value": int(limit.value),
        "needed": limit.needed(rate),
        "lasting": limit.lasting,
        "source": limit.source,
    }

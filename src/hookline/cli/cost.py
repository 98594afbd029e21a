"""The command `hookline cost`, which shows the estimated monthly AWS bill of a stack."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Annotated

import typer
from rich.table import Table

from hookline.cli.estimates import Format, PayloadBytes, Providers, plan_of, senders, sizes_of
from hookline.cli.options import Folder, Stack
from hookline.cli.tables import make_table, numbers
from hookline.cli.terminal import err, friendly, out, print_table
from hookline.operate.estimates.cost import Bill, BillLine, make_bill
from hookline.operate.estimates.flow import MAX_BATCH
from hookline.operate.estimates.measurements import load_measurements
from hookline.operate.estimates.prices import PriceTable, load_prices
from hookline.operate.estimates.usage import Load


def cost(  # noqa: PLR0913 - the options of a command
    events: Annotated[int, typer.Option(min=0, help="Events a month, spread evenly.")] = 1_000_000,
    payload_bytes: PayloadBytes = 2_000,
    providers: Providers = None,
    batch: Annotated[
        int, typer.Option(min=1, max=MAX_BATCH, help="Events in each batch of processing and of the router.")
    ] = 1,
    free_tier: Annotated[
        bool, typer.Option("--free-tier/--no-free-tier", help="Subtract AWS's permanent free tier.")
    ] = False,
    stack: Stack = "dev",
    form: Format = "table",
    project: Folder = None,
) -> None:
    """Estimate a stack's monthly bill on AWS, line by line.

    The command makes no call to AWS. It uses the resources that the program declares, measured calls and bytes, and
    AWS's list prices. docs/cost-and-capacity.md lists the costs that the estimate leaves out.
    """
    with friendly(), err.status("reading the program"):
        plan = plan_of(project, stack, providers)
        measurements, table = load_measurements(), load_prices()
        load = Load(events, payload_bytes, sizes_of(plan, payload_bytes), batch)
        bill = make_bill(plan, load, measurements, table, free_tier=free_tier)
    if form == "json":
        typer.echo(json.dumps(_as_json(bill, table, measurements.date), indent=2))
        return
    out.print(f"stack {stack}: {events:,} events a month of {payload_bytes:,} bytes, from {senders(plan)}")
    tier = "free tier subtracted" if free_tier else "free tier not subtracted"
    out.print(f"{table.region}, prices of {table.date}, {tier}; measured: {measurements.date}\n")
    print_table(_table(bill))


def _table(bill: Bill) -> Table:
    table = make_table("line", numbers("quantity"), "unit", numbers("US dollars"), "reason")
    for line in bill.lines:
        table.add_row(
            line.price.title, f"{line.quantity:,.2f}", line.price.unit, f"{line.usd:,.2f}", " ".join(line.reasons)
        )
    table.add_section()
    table.add_row("a month", "", "", f"{bill.total:,.2f}")
    table.add_row("fixed part, without events", "", "", f"{bill.fixed:,.2f}")
    if bill.events:
        table.add_row("a million more events", "", "", f"{bill.per_million:,.2f}")
    return table


def _as_json(bill: Bill, table: PriceTable, measured: str) -> dict[str, object]:
    """Return the bill for JSON output, with amounts as strings, because a JSON reader may round numbers."""
    return {
        "region": table.region,
        "prices": table.date,
        "measured": measured,
        "events": bill.events,
        "lines": [_line(line) for line in bill.lines],
        "total_usd": _exact(bill.total),
        "fixed_usd": _exact(bill.fixed),
        "usd_per_million_events": _exact(bill.per_million),
    }


def _line(line: BillLine) -> dict[str, object]:
    return {
        "name": line.name,
        "title": line.price.title,
        "unit": line.price.unit,
        "fixed": line.price.fixed,
        "quantity": _exact(line.quantity),
        "usd": _exact(line.usd),
        "reasons": line.reasons,
        "source": line.price.source,
    }


def _exact(amount: Decimal) -> str:
    return f"{amount:.6f}"

"""`hookline cost`: the monthly bill of a stack."""

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
from hookline.operate.estimates.measurements import VARIANTS, load_measurements
from hookline.operate.estimates.prices import PriceTable, load_prices
from hookline.operate.estimates.usage import Load

TITLES = ("hookline", "boto3", "Powertools", "+ idempotency")
"""The column titles of the variants."""

_CENT, _EXACT = Decimal("0.01"), Decimal("0.000001")


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
    """Estimate a stack's monthly bill on AWS, beside the same functions written with boto3 and with Powertools.

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
    out.print(f"{table.region}, prices of {table.date}, US dollars, {tier}; measured: {measurements.date}\n")
    print_table(_table(bill))


def _table(bill: Bill) -> Table:
    table = make_table("line", numbers("quantity"), "unit", *map(numbers, TITLES))
    for line in bill.lines:
        amounts = (_rounded(line.usd[variant], _CENT) for variant in VARIANTS)
        table.add_row(line.price.title, f"{line.quantities[VARIANTS[0]]:,.2f}", line.price.unit, *amounts)
    table.add_section()
    table.add_row("a month", "", "", *(_rounded(bill.total(variant), _CENT) for variant in VARIANTS))
    table.add_row("fixed part, without events", "", "", *(_rounded(bill.fixed(variant), _CENT) for variant in VARIANTS))
    if bill.events:
        each = (_rounded(bill.per_million(variant), _CENT) for variant in VARIANTS)
        table.add_row("a million more events", "", "", *each)
    return table


def _as_json(bill: Bill, table: PriceTable, measured: str) -> dict[str, object]:
    """Return the bill with amounts as strings, so that no JSON reader rounds them."""
    return {
        "region": table.region,
        "prices": table.date,
        "measured": measured,
        "events": bill.events,
        "lines": [_line(line) for line in bill.lines],
        "total_usd": {variant: _rounded(bill.total(variant), _EXACT) for variant in VARIANTS},
        "fixed_usd": {variant: _rounded(bill.fixed(variant), _EXACT) for variant in VARIANTS},
        "usd_per_million_events": {variant: _rounded(bill.per_million(variant), _EXACT) for variant in VARIANTS},
    }


def _line(line: BillLine) -> dict[str, object]:
    return {
        "name": line.name,
        "title": line.price.title,
        "unit": line.price.unit,
        "fixed": line.price.fixed,
        "quantity": {variant: _rounded(line.quantities[variant], _EXACT) for variant in VARIANTS},
        "usd": {variant: _rounded(line.usd[variant], _EXACT) for variant in VARIANTS},
        "source": line.price.source,
    }


def _rounded(amount: Decimal, to: Decimal) -> str:
    return f"{amount.quantize(to):,f}" if to == _CENT else f"{amount.quantize(to):f}"

"""The price of a million events, calculated from the measured calls, log bytes and CPU time."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from bench.deployments import SOURCES
from hookline.cli.estimates import sizes_of
from hookline.local.project import Project
from hookline.operate.estimates.call_usage import WRITES, write_units
from hookline.operate.estimates.cost import MILLION, make_bill
from hookline.operate.estimates.flow import steps
from hookline.operate.estimates.measurements import Measurements, of_table
from hookline.operate.estimates.plan import Plan
from hookline.operate.estimates.prices import load_prices
from hookline.operate.estimates.usage import Load

STACK = "dev"
PAYLOAD_BYTES = 2_000
"""Bytes of an event's body; this value and `STACK` are the defaults of `hookline cost`."""


def usd_per_million(results: dict[str, Any]) -> dict[str, str]:
    """Return the cost of a million more events in both systems, as variant → US dollars, without the floor.

    Args:
        results: results of a run.
    """
    from hookline.operate.estimates.declare import read_plan  # noqa: PLC0415 - imports Pulumi, which takes a second

    plan = read_plan(Project(SOURCES.parent), STACK)
    load = Load(MILLION, PAYLOAD_BYTES, sizes_of(plan, PAYLOAD_BYTES), batch=1)
    variants = json.loads(json.dumps(results["variants"]), parse_float=Decimal)
    measured = {
        # powertools_idempotency has only validator and ingestion: its other functions are those of powertools.
        name: of_table({"date": results["date"], "functions": {**variants["powertools"], **functions}})
        for name, functions in variants.items()
        if name != "floor"
    }
    return {name: f"{_usd(plan, load, each, measured['hookline']):.2f}" for name, each in measured.items()}


def said(prices: dict[str, str]) -> str:
    """Return the prices as a sentence."""
    listed = ", ".join(f"{variant} {price}" for variant, price in prices.items())
    return (
        "the price of a million events through both systems, in US dollars, "
        f"by the method that `hookline cost` uses: {listed}"
    )


def excess_units(plan: Plan, load: Load, measurements: Measurements, own: Measurements) -> Decimal:
    """Return the write units by which a variant's bill is too high.

    The bill counts each write as a write of the event's item. Writes in addition to hookline's are of small items, such
    as idempotency records, and take one unit each.

    Args:
        plan: the resources of the stack.
        load: the events of the bill.
        measurements: measurements of the variant.
        own: measurements of hookline.
    """
    excess = Decimal(0)
    for step in steps(plan, load.batch):
        calls, needed = (step.calls(each.work[step.function]) for each in (measurements, own))
        more = sum(max(Decimal(0), calls.get(call, Decimal(0)) - needed.get(call, Decimal(0))) for call in WRITES)
        excess += load.events * step.per_event * more * (write_units(step.function, load.sizes) - 1)
    return excess


def _usd(plan: Plan, load: Load, measurements: Measurements, own: Measurements) -> Decimal:
    table = load_prices()
    excess = table.prices["dynamodb_writes"].charge(excess_units(plan, load, measurements, own))
    return make_bill(plan, load, measurements, table).per_million - excess

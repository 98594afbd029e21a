"""The price of a million events, calculated from the measured calls, log bytes and CPU time."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from bench.deployments import SOURCES
from hookline.cli.estimates import sizes_of
from hookline.local.project import Project
from hookline.operate.estimates.cost import MILLION, make_bill
from hookline.operate.estimates.measurements import VARIANTS, of_table
from hookline.operate.estimates.prices import load_prices
from hookline.operate.estimates.usage import Load

STACK = "dev"
PAYLOAD_BYTES = 2_000
"""Bytes of an event's body; this value and `STACK` are the defaults of `hookline cost`."""


def usd_per_million(results: dict[str, Any]) -> dict[str, str]:
    """Return the cost of a million more events in both systems, as variant → US dollars.

    Args:
        results: results of a run.
    """
    from hookline.operate.estimates.declare import read_plan  # noqa: PLC0415 - imports Pulumi, which takes a second

    measurements = of_table(json.loads(json.dumps(results), parse_float=Decimal))
    plan = read_plan(Project(SOURCES.parent), STACK)
    load = Load(MILLION, PAYLOAD_BYTES, sizes_of(plan, PAYLOAD_BYTES), batch=1)
    bill = make_bill(plan, load, measurements, load_prices())
    return {variant: f"{bill.per_million(variant):.2f}" for variant in VARIANTS}


def said(prices: dict[str, str]) -> str:
    """Return the prices as a sentence."""
    listed = ", ".join(f"{variant} {price}" for variant, price in prices.items())
    return f"a million events through both systems, US dollars by `hookline cost`: {listed}"

"""The monthly bill of a stack, by line, for each variant of the functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hookline.operate.estimates.measurements import VARIANTS, Measurements
from hookline.operate.estimates.plan import Plan
from hookline.operate.estimates.prices import Price, PriceTable
from hookline.operate.estimates.usage import Load, monthly_usage

MILLION = 1_000_000


@dataclass(frozen=True)
class BillLine:
    """One line of the bill.

    Attributes:
        name: name of the line in the price table.
        price: price of one unit.
        quantities: variant → units a month.
        usd: variant → US dollars a month, not rounded.
    """

    name: str
    price: Price
    quantities: Mapping[str, Decimal]
    usd: Mapping[str, Decimal]


@dataclass(frozen=True)
class Bill:
    """The bill of one month.

    Attributes:
        events: events a month.
        lines: lines that at least one variant uses, in the order of the price table.
    """

    events: int
    lines: tuple[BillLine, ...]

    def total(self, variant: str) -> Decimal:
        """Return the total in US dollars a month."""
        return sum((line.usd[variant] for line in self.lines), Decimal(0))

    def fixed(self, variant: str) -> Decimal:
        """Return the sum of the fixed lines, which do not depend on events, in US dollars a month."""
        return sum((line.usd[variant] for line in self.lines if line.price.fixed), Decimal(0))

    def per_million(self, variant: str) -> Decimal:
        """Return the cost of a million events in US dollars, without fixed lines; 0 without events."""
        return (self.total(variant) - self.fixed(variant)) * MILLION / max(1, self.events)


def make_bill(
    plan: Plan, load: Load, measurements: Measurements, table: PriceTable, *, free_tier: bool = False
) -> Bill:
    """Return the bill of a month.

    Args:
        plan: the resources of the stack.
        load: the events of the month.
        measurements: measurements of each variant's functions.
        table: the price table.
        free_tier: whether to subtract AWS's permanent free tier.

    Raises:
        UserError: if a measured call has no price.
    """
    used = {variant: monthly_usage(plan, load, measurements, variant) for variant in VARIANTS}
    lines = (_line(name, price, used, free_tier=free_tier) for name, price in table.prices.items())
    return Bill(load.events, tuple(line for line in lines if any(line.quantities.values())))


def _line(name: str, price: Price, used: Mapping[str, Mapping[str, Decimal]], *, free_tier: bool) -> BillLine:
    quantities = {variant: quantity.get(name, Decimal(0)) for variant, quantity in used.items()}
    usd = {variant: price.charge(quantity, free_tier=free_tier) for variant, quantity in quantities.items()}
    return BillLine(name, price, quantities, usd)

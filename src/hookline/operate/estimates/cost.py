"""The monthly bill of a stack, by line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hookline.operate.estimates.measurements import Measurements
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
        quantity: units a month.
        usd: US dollars a month, not rounded.
    """

    name: str
    price: Price
    quantity: Decimal
    usd: Decimal


@dataclass(frozen=True)
class Bill:
    """The bill of one month.

    Attributes:
        events: events a month.
        lines: lines that the stack uses, in the order of the price table.
    """

    events: int
    lines: tuple[BillLine, ...]

    @property
    def total(self) -> Decimal:
        """The total in US dollars a month."""
        return sum((line.usd for line in self.lines), Decimal(0))

    @property
    def fixed(self) -> Decimal:
        """The sum of the fixed lines, which do not depend on events, in US dollars a month."""
        return sum((line.usd for line in self.lines if line.price.fixed), Decimal(0))

    @property
    def per_million(self) -> Decimal:
        """The cost of a million events in US dollars, without fixed lines; 0 without events."""
        return (self.total - self.fixed) * MILLION / self.events if self.events else Decimal(0)


def make_bill(
    plan: Plan, load: Load, measurements: Measurements, table: PriceTable, *, free_tier: bool = False
) -> Bill:
    """Return the bill of a month.

    Args:
        plan: the resources of the stack.
        load: the events of the month.
        measurements: measurements of the functions.
        table: the price table.
        free_tier: whether to subtract AWS's permanent free tier.

    Raises:
        UserError: if a measured call has no price.
    """
    used = monthly_usage(plan, load, measurements)
    lines = (
        BillLine(name, price, used[name], price.charge(used[name], free_tier=free_tier))
        for name, price in table.prices.items()
        if used.get(name)
    )
    return Bill(load.events, tuple(lines))

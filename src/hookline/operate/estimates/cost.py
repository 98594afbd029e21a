"""The monthly AWS bill of a stack, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from hookline.operate.estimates.measurements import Measurements
from hookline.operate.estimates.plan import PROVIDERS, TRANSACTIONS, Plan
from hookline.operate.estimates.prices import Price, PriceTable
from hookline.operate.estimates.usage import Load, monthly_usage

MILLION = 1_000_000
_SYSTEMS = {"A": TRANSACTIONS, "B": PROVIDERS}  # the first letter of a requirement; settings begin with a small letter


@dataclass(frozen=True)
class BillLine:
    """One line of a monthly bill: a price and a quantity.

    Attributes:
        name: name of the price in prices.json.
        price: price of one unit.
        quantity: number of units in the month.
        usd: cost of the quantity in US dollars, not rounded.
        reasons: requirements and settings that make the line, without requirements of a system that the stack lacks.
    """

    name: str
    price: Price
    quantity: Decimal
    usd: Decimal
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Bill:
    """The AWS bill of a stack for one month.

    Attributes:
        events: number of events in the month.
        lines: bill lines with a quantity above 0, in the order of prices.json.
    """

    events: int
    lines: tuple[BillLine, ...]

    @property
    def total(self) -> Decimal:
        """The sum of all bill lines, in US dollars a month."""
        return sum((line.usd for line in self.lines), Decimal(0))

    @property
    def fixed(self) -> Decimal:
        """The part of the bill that the stack costs even without events, in US dollars a month."""
        return sum((line.usd for line in self.lines if line.price.fixed), Decimal(0))

    @property
    def per_million(self) -> Decimal:
        """The cost of a million events in US dollars, without the fixed part of the bill; 0 if there are no events."""
        return (self.total - self.fixed) * MILLION / self.events if self.events else Decimal(0)


def make_bill(
    plan: Plan, load: Load, measurements: Measurements, table: PriceTable, *, free_tier: bool = False
) -> Bill:
    """Return the AWS bill of a stack for one month.

    Args:
        plan: the resources of the stack.
        load: the events of the month.
        measurements: measurements of the functions.
        table: the list prices of AWS.
        free_tier: whether to subtract AWS's permanent free tier.

    Raises:
        UserError: if the table has no price for an AWS call in the measurements.
    """
    used = monthly_usage(plan, load, measurements)
    lines = (
        BillLine(name, price, used[name], price.charge(used[name], free_tier=free_tier), _reasons(price, plan.systems))
        for name, price in table.prices.items()
        if used.get(name)
    )
    return Bill(load.events, tuple(lines))


def _reasons(price: Price, systems: Sequence[str]) -> tuple[str, ...]:
    return tuple(reason for reason in price.reasons if _SYSTEMS.get(reason[0], systems[0]) in systems)

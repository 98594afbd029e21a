"""Which limit a stack meets first as events come faster, at what rate, and what to raise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Limit:
    """A limit in the way of an event.

    Attributes:
        name: the quota's name in the table of quotas, or the setting's.
        title: what is limited.
        rate: events a second that it allows.
        basis: what the rate follows from.
        remedy: the setting or quota to raise, or what else helps.
        lasting: False for a limit that gives way by itself while the load lasts.
        source: the page that states the quota; None for a setting of the stack.
        confirmed: whether that page was read.
    """

    name: str
    title: str
    rate: Decimal
    basis: str
    remedy: str
    lasting: bool = True
    source: str | None = None
    confirmed: bool = True

    def utilisation(self, rate: Decimal) -> Decimal:
        """Which share of the limit a rate takes: 1 is all of it; infinity where it allows nothing.

        Args:
            rate: events a second.
        """
        return rate / self.rate if self.rate else Decimal("Infinity")


@dataclass(frozen=True)
class Capacity:
    """What stands in the way of a rate.

    Attributes:
        rate: events a second that are asked for.
        limits: every limit, the one that is met first at the top; at least one.
    """

    rate: Decimal
    limits: tuple[Limit, ...]

    @property
    def first(self) -> Limit:
        """The limit that is met first."""
        return self.limits[0]

    @property
    def met(self) -> bool:
        """Whether the rate is more than a limit allows."""
        return self.rate > self.first.rate

    @property
    def headline(self) -> str:
        """The answer in one line."""
        found = f"{self.first.title}, at {self.first.rate:,.0f}/s; to raise: {self.first.remedy}"
        asked = f"{self.rate.normalize():,f} events/s"
        return f"{asked}: first met is {found}" if self.met else f"{asked}: no limit is met; the first would be {found}"


def rank(rate: Decimal, limits: Iterable[Limit]) -> Capacity:
    """Puts limits in the order in which they are met.

    Args:
        rate: events a second that are asked for; more than 0.
        limits: at least one.
    """
    return Capacity(rate, tuple(sorted(limits, key=lambda limit: limit.rate)))

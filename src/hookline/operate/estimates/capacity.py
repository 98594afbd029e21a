"""Which limit a stack meets first as events come faster, at what rate, and what to raise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal


@dataclass(frozen=True)
class Limit:
    """A limit in the way of an event.

    Attributes:
        name: the quota's name in the table of quotas, or the setting's.
        title: what is limited.
        value: of the quota or setting.
        per_event: how much of the value one event a second takes; more than 0.
        basis: what both follow from, in words.
        remedy: what to do about it.
        raisable: whether the remedy is a higher value.
        taken: how much of the value is not there for events.
        lasting: False for a limit that gives way by itself while the load lasts.
        source: the page that states the quota; None for a setting of the stack.
    """

    name: str
    title: str
    value: Decimal
    per_event: Decimal
    basis: str
    remedy: str
    raisable: bool = True
    taken: Decimal = Decimal(0)
    lasting: bool = True
    source: str | None = None

    @property
    def rate(self) -> Decimal:
        """Events a second that it allows."""
        return max(Decimal(0), self.value - self.taken) / self.per_event

    def utilisation(self, rate: Decimal) -> Decimal:
        """Which share of the limit a rate takes: 1 is all of it; infinity where it allows nothing.

        Args:
            rate: events a second.
        """
        return rate / self.rate if self.rate else Decimal("Infinity")

    def needed(self, rate: Decimal) -> int:
        """The value that allows a rate.

        Args:
            rate: events a second.
        """
        return int((self.taken + rate * self.per_event).to_integral_value(ROUND_CEILING))

    def advice(self, rate: Decimal) -> str:
        """What to do about it at a rate: with the value to raise it to, if that is the remedy and it is met.

        Args:
            rate: events a second.
        """
        return f"{self.remedy} to {self.needed(rate):,}" if self.raisable and rate > self.rate else self.remedy


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
        found = f"{self.first.title}, at {self.first.rate:,.0f}/s; {self.first.advice(self.rate)}"
        answer = "first met is" if self.met else "no limit is met; the first would be"
        return f"{int(self.rate):,} events/s: {answer} {found}"


def rank(rate: Decimal, limits: Iterable[Limit]) -> Capacity:
    """Puts limits in the order in which they are met.

    Args:
        rate: events a second that are asked for; a whole number, more than 0.
        limits: at least one.
    """
    return Capacity(rate, tuple(sorted(limits, key=lambda limit: limit.rate)))

"""The ranking of a stack's limits: which limit the stack reaches first, at what rate, and what to raise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal


@dataclass(frozen=True)
class Limit:
    """A limit that applies to events.

    Attributes:
        name: name of the quota in the table of quotas, or of the setting.
        title: the limited resource.
        value: the value of the quota or setting.
        per_event: the part of the value that one event a second takes; more than 0.
        basis: the calculation of the limit, in words.
        remedy: what to do about the limit.
        raisable: whether the remedy is a higher value.
        taken: the part of the value that is not available to events.
        lasting: False if AWS raises the limit by itself while the load lasts.
        source: URL of the page that states the quota; None for a setting of the stack.
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
        """Events a second that the limit allows."""
        return max(Decimal(0), self.value - self.taken) / self.per_event

    def utilisation(self, rate: Decimal) -> Decimal:
        """Return the share of the limit that a rate takes: 1 is all of it; infinity if the limit allows no event.

        Args:
            rate: events a second.
        """
        return rate / self.rate if self.rate else Decimal("Infinity")

    def needed(self, rate: Decimal) -> int:
        """Return the value that allows a rate.

        Args:
            rate: events a second.
        """
        return int((self.taken + rate * self.per_event).to_integral_value(ROUND_CEILING))

    def advice(self, rate: Decimal) -> str:
        """Return the remedy; above the limit, a raisable limit's remedy includes the value that the rate needs.

        Args:
            rate: events a second.
        """
        return f"{self.remedy} to {self.needed(rate):,}" if self.raisable and rate > self.rate else self.remedy


@dataclass(frozen=True)
class Capacity:
    """The limits of a stack at a rate.

    Attributes:
        rate: requested events a second.
        limits: all limits, lowest rate first; at least one.
    """

    rate: Decimal
    limits: tuple[Limit, ...]

    @property
    def first(self) -> Limit:
        """The limit that the stack reaches first."""
        return self.limits[0]

    @property
    def met(self) -> bool:
        """Whether the requested rate is above a limit."""
        return self.rate > self.first.rate

    @property
    def headline(self) -> str:
        """The answer in one line."""
        found = f"{self.first.title}, at {self.first.rate:,.0f}/s; {self.first.advice(self.rate)}"
        answer = "above a limit" if self.met else "within all limits"
        return f"{int(self.rate):,} events/s is {answer}: the lowest is {found}"


def rank(rate: Decimal, limits: Iterable[Limit]) -> Capacity:
    """Sort limits by the rate that they allow, lowest first.

    Args:
        rate: requested events a second; a whole number, more than 0.
        limits: at least one.
    """
    return Capacity(rate, tuple(sorted(limits, key=lambda limit: limit.rate)))

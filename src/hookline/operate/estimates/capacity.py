"""The ranking of a stack's limits: which limit the stack reaches first, at what rate, and what to raise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal


@dataclass(frozen=True)
class Limit:
    """A quota of AWS or a setting of the stack that limits the number of events a second.

    Attributes:
        name: name of the quota in quotas.json, or name of the setting.
        title: the limited resource, in words for the user.
        value: the value of the quota or setting.
        per_event: the part of `value` that one event a second uses; more than 0.
        basis: the numbers from which the limit is calculated, as text for the user.
        remedy: advice to the user, such as "raise streamParallelism".
        raisable: True if the user should raise `value` when the rate is too high.
        most: the highest value that the setting allows; None for a quota of AWS.
        taken: the part of `value` that is not available, such as the concurrency that single functions have reserved.
        lasting: False if AWS raises the limit by itself while the load is high.
        source: URL of the page that states the quota; None for a setting of the stack.
    """

    name: str
    title: str
    value: Decimal
    per_event: Decimal
    basis: str
    remedy: str
    raisable: bool = True
    most: int | None = None
    taken: Decimal = Decimal(0)
    lasting: bool = True
    source: str | None = None

    @property
    def rate(self) -> Decimal:
        """The highest rate that the limit allows, in events a second."""
        return max(Decimal(0), self.value - self.taken) / self.per_event

    def utilisation(self, rate: Decimal) -> Decimal:
        """Return the share of the limit that a rate uses: 1 for the whole limit, Infinity if it allows no events.

        Args:
            rate: events a second.
        """
        return rate / self.rate if self.rate else Decimal("Infinity")

    def needed(self, rate: Decimal) -> int:
        """Return the value to which the quota or setting must be raised to allow a rate.

        Args:
            rate: events a second.
        """
        return int((self.taken + rate * self.per_event).to_integral_value(ROUND_CEILING))

    def advice(self, rate: Decimal) -> str:
        """Return the remedy as text. If the rate is above a limit that can be raised, the text has the needed value.

        If the setting does not allow the needed value, the text says to divide the events between stacks.

        Args:
            rate: events a second.
        """
        if not self.raisable or rate <= self.rate:
            return self.remedy
        needed = self.needed(rate)
        if self.most is not None and needed > self.most:
            return f"divide the events between stacks: {self.name} is at most {self.most:,}"
        return f"{self.remedy} to {needed:,}"


@dataclass(frozen=True)
class Capacity:
    """The limits of a stack, compared with a requested rate of events.

    Attributes:
        rate: requested events a second.
        limits: all limits, sorted by the rate that they allow, lowest first; at least one.
    """

    rate: Decimal
    limits: tuple[Limit, ...]

    @property
    def first(self) -> Limit:
        """The limit that the stack reaches first."""
        return self.limits[0]

    @property
    def met(self) -> bool:
        """True if the requested rate is above at least one limit."""
        return self.rate > self.first.rate

    @property
    def headline(self) -> str:
        """The first limit, its rate and its remedy, in one line of text."""
        found = f"{self.first.title}, at {self.first.rate:,.0f}/s; {self.first.advice(self.rate)}"
        answer = "above a limit" if self.met else "within all limits"
        return f"{int(self.rate):,} events/s is {answer}: the lowest is {found}"


def rank(rate: Decimal, limits: Iterable[Limit]) -> Capacity:
    """Return the capacity of a stack: its limits, sorted by the rate that they allow, lowest first.

    Args:
        rate: requested events a second; a whole number, more than 0.
        limits: the limits of the stack; at least one.
    """
    return Capacity(rate, tuple(sorted(limits, key=lambda limit: limit.rate)))

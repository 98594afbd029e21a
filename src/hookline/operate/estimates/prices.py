"""The public list prices of AWS in one region, each with the URL of its source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Any

import hookline


@dataclass(frozen=True)
class Tier:
    """A price that applies to a range of the monthly quantity, such as the first 10 TB.

    Attributes:
        up_to: upper end of the range, in units of the price; None if the range has no end.
        usd: price in US dollars for a block of units. `Price.per` says how many units a block has.
    """

    up_to: Decimal | None
    usd: Decimal


@dataclass(frozen=True)
class Price:
    """The price of one line of the bill.

    Attributes:
        title: title of the bill line.
        unit: the counted unit, such as `request` or `GB-month` (2^30 bytes).
        reasons: requirements, as in docs/requirements.md, and settings that make the stack use this.
        per: number of units to which the dollars of a tier apply, such as 1,000,000.
        tiers: price tiers in ascending order; the first tier begins with the first unit.
        free: units a month in AWS's permanent free tier.
        fixed: True if the quantity does not depend on the number of events.
        source: URL of the page that states the price.
    """

    title: str
    unit: str
    reasons: tuple[str, ...]
    per: Decimal
    tiers: tuple[Tier, ...]
    free: Decimal
    fixed: bool
    source: str

    def charge(self, quantity: Decimal, *, free_tier: bool = False) -> Decimal:
        """Return the price of a monthly quantity in US dollars, not rounded.

        Args:
            quantity: number of units; not negative.
            free_tier: whether to subtract the free tier.
        """
        left_out = self.free if free_tier else Decimal(0)
        charged, total, below = max(Decimal(0), quantity - left_out), Decimal(0), Decimal(0)
        for tier in self.tiers:
            upper = charged if tier.up_to is None else min(charged, tier.up_to)
            total += max(Decimal(0), upper - below) * tier.usd / self.per
            below = upper
        return total


@dataclass(frozen=True)
class PriceTable:
    """The list prices of one AWS region on one day.

    Attributes:
        region: the AWS region.
        date: date on which the prices were looked up.
        prices: name of a price → price, in the order of the bill.
    """

    region: str
    date: str
    prices: Mapping[str, Price]


def load_prices() -> PriceTable:
    """Return the price table in the package's file prices.json."""
    table = json.loads((files(hookline) / "operate" / "estimates" / "prices.json").read_text("utf-8"))
    return PriceTable(table["region"], table["date"], {name: _price(entry) for name, entry in table["prices"].items()})


def _price(entry: Mapping[str, Any]) -> Price:
    return Price(
        title=entry["title"],
        unit=entry["unit"],
        reasons=tuple(entry["reasons"]),
        per=Decimal(entry["per"]),
        tiers=tuple(_tier(tier) for tier in entry["tiers"]),
        free=Decimal(entry["free"]),
        fixed=entry["fixed"],
        source=entry["source"],
    )


def _tier(entry: Mapping[str, Any]) -> Tier:
    return Tier(None if entry["up_to"] is None else Decimal(entry["up_to"]), Decimal(entry["usd"]))

"""What AWS charges: public list prices of one region, each with its source."""

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
    """A price up to some quantity a month.

    Attributes:
        up_to: where this price ends, in units of the price; None for never.
        usd: US dollars for `Price.per` units.
    """

    up_to: Decimal | None
    usd: Decimal


@dataclass(frozen=True)
class Price:
    """The price of one line of the bill.

    Attributes:
        title: the line's name.
        unit: what is counted, such as `request` or `GB-month` (2^30 bytes).
        per: how many units a tier's price is for.
        tiers: from the first unit on.
        free: units a month that the free tier gives for ever.
        fixed: whether the line is there without any event.
        source: the page that states it.
    """

    title: str
    unit: str
    per: Decimal
    tiers: tuple[Tier, ...]
    free: Decimal
    fixed: bool
    source: str

    def charge(self, quantity: Decimal, *, free_tier: bool = False) -> Decimal:
        """What a month's quantity costs, in US dollars, not rounded.

        Args:
            quantity: in units; not negative.
            free_tier: whether to leave out what the free tier gives.
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
    """The prices of one region on one day.

    Attributes:
        region: of AWS.
        date: when the prices were looked up.
        prices: name of a line → its price, in the order of the bill.
    """

    region: str
    date: str
    prices: Mapping[str, Price]


def load_prices() -> PriceTable:
    """Reads the table that is part of this package."""
    table = json.loads((files(hookline) / "operate" / "estimates" / "prices.json").read_text("utf-8"))
    return PriceTable(table["region"], table["date"], {name: _price(entry) for name, entry in table["prices"].items()})


def _price(entry: Mapping[str, Any]) -> Price:
    return Price(
        title=entry["title"],
        unit=entry["unit"],
        per=Decimal(entry["per"]),
        tiers=tuple(_tier(tier) for tier in entry["tiers"]),
        free=Decimal(entry["free"]),
        fixed=entry["fixed"],
        source=entry["source"],
    )


def _tier(entry: Mapping[str, Any]) -> Tier:
    return Tier(None if entry["up_to"] is None else Decimal(entry["up_to"]), Decimal(entry["usd"]))

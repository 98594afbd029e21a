"""The table of prices."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.operate.estimates.prices import Price, load_prices

TABLE = load_prices()
QUANTITIES = st.decimals(min_value=0, max_value=Decimal(10) ** 12, places=2)


@pytest.mark.parametrize("name", TABLE.prices)
def test_every_price_has_a_source_and_tiers_that_follow_each_other(name: str) -> None:
    """Later tiers are cheaper per unit, and the last tier has no end."""
    price = TABLE.prices[name]
    assert price.source.startswith("https://")
    assert price.title
    assert price.unit
    ends = [tier.up_to for tier in price.tiers]
    assert ends[-1] is None
    assert ends[:-1] == sorted(end for end in ends if end is not None)
    amounts = [tier.usd for tier in price.tiers]
    assert amounts == sorted(amounts, reverse=True)
    assert min(amounts) > 0


def test_the_table_says_where_and_when() -> None:
    """The table has a region and a date."""
    assert TABLE.region == "us-east-1"
    assert TABLE.date >= "2026-11-22"


def test_tiers_are_charged_each_for_its_own_part() -> None:
    """API Gateway: 333 million at 3.50, 667 million at 2.80 and one million at 2.38."""
    requests = TABLE.prices["api_requests"]
    assert requests.charge(Decimal(1_001_000_000)) == Decimal("1165.5") + Decimal("1867.6") + Decimal("2.38")


def test_the_free_tier_is_left_out_only_if_asked_for() -> None:
    """A million SQS requests a month are free; a smaller quantity costs 0."""
    requests = TABLE.prices["sqs_standard"]
    assert requests.charge(Decimal(3_000_000)) == Decimal("1.2")
    assert requests.charge(Decimal(3_000_000), free_tier=True) == Decimal("0.8")
    assert requests.charge(Decimal(10), free_tier=True) == 0


@given(st.sampled_from(list(TABLE.prices.values())), QUANTITIES, QUANTITIES)
def test_more_never_costs_less(price: Price, quantity: Decimal, more: Decimal) -> None:
    """A larger quantity never costs less, even at the start of a cheaper tier."""
    assert price.charge(quantity + more) >= price.charge(quantity) >= price.charge(quantity, free_tier=True) >= 0

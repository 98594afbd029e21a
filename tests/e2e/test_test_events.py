"""Test events: on the bus always, in the queues only where the stack books them, and marked there."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from support.live.providers import SETTLE_SECONDS, Providers
from support.live.webhooks import ARRIVAL_SECONDS, eventually

from hookline.operate.target import Target

KINDS = ("payment", "refund", "dispute")


def of_stripe(providers: Providers) -> list[Any]:
    """Return the samples of Stripe as test events."""
    return [providers.webhook("stripe", kind, "livemode=false") for kind in KINDS]


def test_where_test_events_are_booked_they_reach_the_queues_with_a_mark(providers: Providers) -> None:
    """So somebody who tries the stack with a sandbox sees something."""
    if not providers.target.outputs["book_test_events"]:
        pytest.skip("the stack under test does not book test events")
    webhooks = of_stripe(providers)
    with providers.watch(*webhooks) as arrivals:
        assert [providers.send(webhook).status for webhook in webhooks] == [200] * 3
        wanted = {name for webhook in webhooks for name in webhook.transactions}
        assert arrivals.wait_for(wanted, ARRIVAL_SECONDS) == set()
    assert len(wanted) == 3
    assert [arrival.message["metadata"]["test"] for arrival in arrivals.all()] == [True] * 3


def test_elsewhere_they_are_only_on_the_bus_and_the_log_says_so(production: Target, http: httpx.Client) -> None:
    """Test money is in no ledger of production."""
    providers = Providers.of(production, http)
    assert production.outputs["book_test_events"] is False
    webhooks = of_stripe(providers)
    assert [webhook.transactions for webhook in webhooks] == [{}] * 3
    prefixes = tuple(f"stripe:{webhook.event_ids[0]}" for webhook in webhooks)
    with providers.watch_ids(*prefixes, "stripe:refund:", "stripe:payment:") as arrivals:
        assert [providers.send(webhook).status for webhook in webhooks] == [200] * 3
        providers.wait_for_bus(*webhooks)
        assert eventually(lambda: sum(line.get("TestEvents", 0) for line in providers.processing_lines()) == 3)
        time.sleep(SETTLE_SECONDS)  # time in which a wrong message would arrive
    assert arrivals.all() == []
    assert all(event["detail"]["test"] for event in providers.bus_events(*webhooks))

"""A load test with many concurrent webhooks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import pytest
from support.live.webhooks import ARRIVAL_SECONDS, Webhooks, quantile

from hookline.core.transactions.transaction import TRANSACTION_TYPES

EVENTS, AT_ONCE = 1_000, 16


@pytest.mark.usefixtures("sixteen_instances")
def test_a_thousand_webhooks_are_a_thousand_messages_in_the_right_queues(
    webhooks: Webhooks, record_figure: Callable[[str], None]
) -> None:
    """With sixteen senders, every event is accepted and arrives once, in its queue. There are no dead letters."""
    dead = [*webhooks.target.dead_letter_urls.values(), webhooks.target.outputs["router_failures_queue_url"]]
    dead_before = [webhooks.waiting(url) for url in dead]
    events = [webhooks.event(str(n), TRANSACTION_TYPES[n % 3]) for n in range(EVENTS)]
    with webhooks.watch() as arrivals:
        started = time.monotonic()
        answers = webhooks.send_all(events, AT_ONCE)
        seconds = time.monotonic() - started
        assert Counter(answer.status for answer in answers) == {202: EVENTS}
        assert not arrivals.wait_for([event["event_id"] for event in events], ARRIVAL_SECONDS)
    found = arrivals.all()
    assert Counter(arrival.message["event_id"] for arrival in found) == {event["event_id"]: 1 for event in events}
    assert {arrival.message["event_id"]: arrival.queue for arrival in found} == {
        event["event_id"]: event["transaction_type"] for event in events
    }
    assert all(webhooks.waiting(url) <= before for url, before in zip(dead, dead_before, strict=True))

    answered = [answer.milliseconds for answer in answers]
    sent_at = {event["event_id"]: answer.sent_at for event, answer in zip(events, answers, strict=True)}
    arrived = [(arrival.at - sent_at[arrival.message["event_id"]]) * 1000 for arrival in found]
    record_figure(f"{EVENTS} webhooks, {AT_ONCE} at a time: {EVENTS / seconds:.0f} a second")
    for what, values in (("answer", answered), ("arrival in the queue", arrived)):
        record_figure(f"{what}: p50 {quantile(values, 0.5):.0f} ms, p99 {quantile(values, 0.99):.0f} ms")

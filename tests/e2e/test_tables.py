"""Each row of the tables of event types, end to end: a queue, an outcome or ``Unbooked``, as the page says."""

from __future__ import annotations

import time

import pytest
from support.live.providers import NAMES, SETTLE_SECONDS, Providers
from support.live.webhooks import ARRIVAL_SECONDS, eventually
from support.providers.rows import PageRow, page_rows

from hookline.core.values.redact import loggable_id
from hookline.operate.sending import samples
from hookline.operate.sending.provider_webhooks import Webhook

TABLED = [name for name in NAMES if samples.table_of(name)]
"""The providers with event types of their own. Each sender of Standard Webhooks has other ones."""


@pytest.fixture
def sent(name: str, providers: Providers) -> list[tuple[PageRow, Webhook]]:
    """Return each row of a provider's table with its sample, with new ids."""
    manual = providers.signer(name).rules.captures
    rows = [row for row in page_rows(name) if row.manual is manual or name != "adyen"]
    return [(row, webhook_of(providers, name, row.sample)) for row in rows]


def webhook_of(providers: Providers, name: str, sample: str) -> Webhook:
    """Return a sample as a genuine webhook."""
    known = sample if sample in samples.table_of(name) else sample.rpartition(".")[0]
    body = samples.with_new_ids(name, samples.read(name, known))
    return providers.signer(name).sign(body, topic=samples.topic_of(known))


@pytest.mark.parametrize("name", TABLED, indirect=True)
def test_each_row_ends_where_the_page_says(providers: Providers, sent: list[tuple[PageRow, Webhook]]) -> None:
    """What is booked reaches its queue once, an outcome is on the bus, and what is counted is named in the log."""
    webhooks = [webhook for _, webhook in sent]
    with providers.watch(*webhooks) as arrivals:
        for webhook in webhooks:
            assert providers.send(webhook).status == 200
        providers.wait_for_bus(*webhooks)
        booked = {
            key: row.kind for row, webhook in sent if row.verdict.startswith("yes") for key in webhook.transactions
        }
        assert arrivals.wait_for(booked, ARRIVAL_SECONDS) == set()
        time.sleep(SETTLE_SECONDS)  # time in which a wrong message would arrive
    assert {each.message["event_id"]: each.queue for each in arrivals.all()} == booked
    assert len(arrivals.all()) == len(booked) == sum(row.verdict.startswith("yes") for row, _ in sent)

    keys = {event["detail"]["event_id"]: event["detail"]["key"] for event in providers.bus_events(*webhooks)}
    told = {keys[webhook.event_ids[0]]: row.verdict.partition("outcome `")[2].rstrip("`") for row, webhook in sent}
    expected = {key: outcome for key, outcome in told.items() if outcome}
    assert eventually(lambda: {each["key"] for each in providers.looking.outcomes()} >= expected.keys())
    found = {each["key"]: each["outcome"] for each in providers.looking.outcomes() if each["key"] in told}
    assert found == expected

    counted = {loggable_id(keys[webhook.event_ids[0]]) for row, webhook in sent if "`Unbooked`" in row.verdict}

    def named() -> set[str]:
        return {key for line in providers.processing_lines() for key in line.get("unbooked", ())}

    ours = {loggable_id(key) for key in keys.values()}
    assert eventually(lambda: counted <= named())
    assert named() & ours == counted

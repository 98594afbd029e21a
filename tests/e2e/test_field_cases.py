"""Problems that people reported in public, sent through the gateway of the stack under test.

The files are not part of the project, so the tests are skipped where they are absent. `tests/unit/core/providers` has
the same kinds.
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.live.providers import SETTLE_SECONDS, Providers
from support.live.webhooks import ARRIVAL_SECONDS

from hookline.operate.sending.provider_webhooks import Webhook

FIELD = Path(__file__).parents[3] / "shared" / "field"
RUN = uuid.uuid4().hex[:8]
IDS = {"id", "event_id", "charge", "payment_intent", "order_id"}

pytestmark = pytest.mark.skipif(not FIELD.is_dir(), reason="the field cases are not part of the project")

LIVES: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str, str]]]] = {
    "a dispute that is lost at once": ([("01-stripe-dispute-created-lost", "")], [("dispute", "42", "EUR")]),
    "a refund of 2020": ([("02-stripe-charge-refunded-2020-08-27", "")], [("refund", "50", "EUR")]),
    "a partial capture": (
        [("03a-stripe-partial-capture-intent-acacia", ""), ("03b-stripe-partial-capture-refund-acacia", "")],
        [("payment", "203", "USD")],
    ),
    "a cash payment": ([("04a-square-payment-created-cash-completed", "")], [("payment", "10", "USD")]),
    "a dispute that was prevented": ([("05a-shopify-disputes-create-prevented", "disputes/create")], []),
    "a payment told twice": (
        [("07-razorpay-captured-1", ""), ("07-razorpay-captured-2", "")],
        [("payment", "100", "INR")],
    ),
    "a charge without an intent": (
        [("08a-stripe-charge-without-intent", ""), ("08b-stripe-its-refund", "")],
        [("payment", "10", "USD"), ("refund", "10", "USD")],
    ),
    "a filtered refund": ([("09-shopify-refund-include-fields", "refunds/create")], [("refund", "12", "EUR")]),
    "a refund that is pending first": (
        [
            ("10a-shopify-refund-pending", "refunds/create"),
            ("10b-shopify-its-transaction-succeeds", "order_transactions/create"),
        ],
        [("refund", "12", "EUR")],
    ),
}
"""Name → files with Shopify's topics, in the order in which they are sent, and what must be booked."""


def fresh(value: Any, key: str = "") -> Any:
    """Return a payload whose ids belong to this run. Equal ids stay equal."""
    if isinstance(value, dict):
        return {name: fresh(member, name) for name, member in value.items()}
    if isinstance(value, list):
        return [fresh(member) for member in value]
    if key not in IDS or value is None:
        return value
    return f"{value}_{RUN}" if isinstance(value, str) else value + int(RUN, 16) * 1000


def webhook_of(providers: Providers, case: str, topic: str) -> Webhook:
    """Return a file as a genuine webhook of this stack."""
    payload = fresh(json.loads((FIELD / f"{case}.json").read_bytes()))
    made = providers.signer(case.split("-")[1]).sign(json.dumps(payload).encode())
    return replace(made, headers={**made.headers, "x-shopify-topic": topic}) if topic else made


@pytest.mark.parametrize("life", LIVES)
def test_a_field_case_books_what_moved(providers: Providers, life: str) -> None:
    """Each webhook is accepted and on the bus, and the queues get each payment, refund and dispute once."""
    files, expected = LIVES[life]
    sent = [webhook_of(providers, case, topic) for case, topic in files]
    with providers.watch(*sent) as arrivals:
        for webhook in sent:
            answer = providers.send(webhook)
            assert (answer.status, answer.body["status"]) == (200, "accepted")
            providers.wait_for_bus(webhook)
        arrivals.wait_for({name for webhook in sent for name in webhook.transactions}, ARRIVAL_SECONDS)
        time.sleep(SETTLE_SECONDS)  # time in which a wrong second copy of a message would arrive
    messages = [arrival.message for arrival in arrivals.all()]
    found = sorted((each["transaction_type"], each["amount"], each["currency"]) for each in messages)
    assert found == sorted(expected)


def test_a_body_with_half_an_emoji_is_booked(providers: Providers) -> None:
    """The archive has its bytes unchanged."""
    body = (FIELD / "11a-stripe-half-emoji.json").read_text().replace("evt_f", f"evt_{RUN}").encode()
    webhook = providers.signer("stripe").sign(body)
    with providers.watch(webhook) as arrivals:
        assert providers.send(webhook).status == 200
        arrivals.wait_for(webhook.transactions, ARRIVAL_SECONDS)
    assert providers.looking.archived(webhook.archive_key) == body
    assert len(arrivals.all()) == len(webhook.transactions) == 1

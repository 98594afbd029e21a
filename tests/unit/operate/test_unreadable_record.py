"""The record of an unreadable delivery, as an operator reads it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from support.records import changed

from hookline.core.errors import malformed_json
from hookline.core.providers.contract import Delivery
from hookline.core.providers.registry import provider
from hookline.core.webhooks.unreadable_record import build
from hookline.core.webhooks.webhook_record import Receipt
from hookline.operate.unreadable_record import parse

NOW = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
RECEIPT = Receipt(NOW, None, "ab" * 32, "1a2b3c4d", True, "1-2-3", 35)


@pytest.mark.parametrize("signed_at", [None, NOW])
def test_a_record_is_read_as_it_was_written(signed_at: datetime | None) -> None:
    """All times and headers stay the same."""
    delivery = Delivery(b"{", {"paypal-transmission-id": "t-1"})
    receipt = changed(RECEIPT, signed_at=signed_at, pan_like=False)
    item: dict[str, Any] = build("k", provider("paypal"), delivery, malformed_json("why"), receipt)
    record = parse(item)
    assert record.receipt == changed(receipt, expiry_days=None)
    assert (record.headers, record.sender, record.handled_at) == (delivery.headers, "", None)
    assert (record.key, record.provider, record.reason, record.message) == ("k", "paypal", "malformed_json", "why")
    assert parse({**item, "handled_at": {"S": "2026-11-22T12:00:00Z"}}).handled_at == "2026-11-22T12:00:00Z"

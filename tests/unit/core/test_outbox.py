"""The outbox item: its content and its size limit."""

from datetime import UTC, datetime
from typing import Any

import pytest
from unit.core.test_transaction import PAYLOAD

from hookline.core.errors import Rejected
from hookline.core.transactions.message import build_message
from hookline.core.transactions.outbox import MAX_MESSAGE_BYTES, build_item
from hookline.core.transactions.transaction import Transaction, fingerprint, normalised_content, validate
from hookline.functions.queues import Outgoing

RECEIVED_AT = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
TRACE = "1-65250000-0123456789abcdef01234567"


def transaction(**metadata: Any) -> Transaction:
    """Return the usual transaction with this metadata."""
    return validate({**PAYLOAD, "metadata": metadata}, RECEIVED_AT)


def test_an_item_holds_the_record_and_the_finished_message() -> None:
    """The item has all data for the router and for an operator, and an expiry time."""
    event = transaction()
    content = normalised_content(event)
    assert build_item(event, RECEIVED_AT, TRACE, expiry_days=35) == {
        "event_id": {"S": "evt_1"},
        "transaction_type": {"S": "payment"},
        "fingerprint": {"S": fingerprint(content)},
        "message": {"S": build_message("evt_1", content, "2026-11-21T12:00:00.25Z")},
        "trace_id": {"S": TRACE},
        "received_at": {"S": "2026-11-21T12:00:00.25Z"},
        "expires_at": {"N": str(1795262400 + 35 * 86400)},
    }


def test_the_largest_message_is_built_and_one_byte_more_is_refused() -> None:
    """The largest message fits into SQS with its attributes. For a larger one, the sender gets 413."""
    empty = len(build_item(transaction(pad=""), RECEIVED_AT, TRACE, 35)["message"]["S"])
    padding = "x" * (MAX_MESSAGE_BYTES - empty)
    item = build_item(transaction(pad=padding), RECEIVED_AT, TRACE, 35)
    attributes = {"event_id": "e" * 128, "transaction_type": "payment", "trace_id": "t" * 128}
    assert len(item["message"]["S"]) == MAX_MESSAGE_BYTES
    assert Outgoing("1", item["message"]["S"], attributes, RECEIVED_AT).size() <= 262_144
    assert sum(len(name) + len(*value.values()) for name, value in item.items()) < 409_600
    with pytest.raises(Rejected) as caught:
        build_item(transaction(pad=padding + "x"), RECEIVED_AT, TRACE, 35)
    assert (caught.value.status, caught.value.code) == (413, "payload_too_large")

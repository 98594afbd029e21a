"""The outbox item: what it holds, how large it counts, and the limit."""

from datetime import UTC, datetime
from typing import Any

import pytest
from unit.core.test_transaction import PAYLOAD

from hookline.core.errors import Rejected
from hookline.core.message import build_message
from hookline.core.outbox import MAX_ITEM_BYTES, build_item, item_size
from hookline.core.transaction import Transaction, fingerprint, normalised_content, validate

RECEIVED_AT = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
TRACE = "1-65250000-0123456789abcdef01234567"


def transaction(**metadata: Any) -> Transaction:
    """Return the usual transaction with some metadata."""
    return validate({**PAYLOAD, "metadata": metadata}, RECEIVED_AT)


def test_an_item_holds_the_record_and_the_finished_message() -> None:
    """The item carries all that the router and an operator need, and expires after the days given."""
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


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"a": {"S": ""}}, 1),
        ({"name": {"S": "é🎣"}}, 10),
        ({"n": {"N": "1"}}, 3),
        ({"n": {"N": "12"}}, 3),
        ({"n": {"N": "123"}}, 4),
        ({"n": {"N": "1798286400"}}, 6),
        ({"a": {"S": "x"}, "n": {"N": "100"}}, 5),
    ],
)
def test_counts_an_item_as_dynamodb_does(item: dict[str, dict[str, str]], size: int) -> None:
    """Names and text count UTF-8 bytes; a number one byte per two significant digits and one more."""
    assert item_size(item) == size


def test_the_largest_item_is_built_and_one_byte_more_is_refused() -> None:
    """An item of exactly 409,600 bytes is stored; above that the sender gets 413."""
    empty = item_size(build_item(transaction(pad=""), RECEIVED_AT, TRACE, 35))
    padding = "x" * (MAX_ITEM_BYTES - empty)
    assert item_size(build_item(transaction(pad=padding), RECEIVED_AT, TRACE, 35)) == MAX_ITEM_BYTES
    with pytest.raises(Rejected) as caught:
        build_item(transaction(pad=padding + "x"), RECEIVED_AT, TRACE, 35)
    assert (caught.value.status, caught.value.code) == (413, "payload_too_large")

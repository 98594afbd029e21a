"""The table's item: the record that an event is known, and the message that goes out because of it."""

from hookline.core.errors import payload_too_large
from hookline.core.message import build_message
from hookline.core.timestamp import format_utc
from hookline.core.transaction import fingerprint, normalised_content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from hookline.core.transaction import Transaction

MAX_ITEM_BYTES = 409_600
"""Largest item that DynamoDB stores (400 KiB, names and values)."""

_SURELY_SMALL_BYTES = 65_536
_SECONDS_PER_DAY = 86_400


def build_item(
    transaction: "Transaction", received_at: "datetime", trace_id: str, expiry_days: int
) -> dict[str, dict[str, str]]:
    """Build the outbox item of a transaction.

    Args:
        transaction: what was accepted.
        received_at: when it was received, with a time zone.
        trace_id: X-Ray trace id of the delivery.
        expiry_days: days after which the table may forget the event.

    Returns:
        The item in DynamoDB JSON, keyed by event id.

    Raises:
        Rejected: 413 ``payload_too_large`` when DynamoDB could not store the item.
    """
    content = normalised_content(transaction)
    received = format_utc(received_at)
    message = build_message(transaction.event_id, content, received)
    item = {
        "event_id": {"S": transaction.event_id},
        "transaction_type": {"S": transaction.transaction_type},
        "fingerprint": {"S": fingerprint(content)},
        "message": {"S": message},
        "trace_id": {"S": trace_id},
        "received_at": {"S": received},
        "expires_at": {"N": str(int(received_at.timestamp()) + expiry_days * _SECONDS_PER_DAY)},
    }
    # All but these two is some hundred bytes, and to count every item exactly would be a twentieth of an event's work.
    if len(message) + len(trace_id) > _SURELY_SMALL_BYTES and item_size(item) > MAX_ITEM_BYTES:
        raise payload_too_large(MAX_ITEM_BYTES)
    return item


def item_size(item: dict[str, dict[str, str]]) -> int:
    """Return an item's size in bytes as DynamoDB accounts for it.

    Names and strings count their UTF-8 bytes; a number counts one byte per two significant digits and one
    more ("DynamoDB item sizes and formats" in the developer guide). Only the types S and N are known here.

    Args:
        item: an item in DynamoDB JSON.
    """
    texts = "".join([*item, *[value["S"] for value in item.values() if "S" in value]])
    return len(texts.encode()) + sum([_number_size(value["N"]) for value in item.values() if "N" in value])


def _number_size(number: str) -> int:
    return (len(number.strip("0")) + 1) // 2 + 1

"""The record of a provider's event: proof that it was verified, archived and queued."""

from hookline.core.record import Record
from hookline.core.timestamp import format_utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Final

    from hookline.core.delivery_message import DeliveryMessage

    Attribute = dict[str, str] | dict[str, bool]
    Item = dict[str, Attribute]

VERIFIED = "v1"
"""Version of the rules by which signatures were judged when the event was received."""

_SECONDS_PER_DAY = 86_400


class Receipt(Record):
    """What is known of a delivery beside its events; verification happens once, so its verdict is kept.

    Attributes:
        received_at: when it arrived, with a time zone.
        signed_at: when the provider signed it, or None where the scheme signs no time.
        body_sha256: digest of the raw body in lower-case hex.
        pan_like: whether the body holds what could be a card number.
        trace_id: X-Ray trace id of the delivery.
        expiry_days: days after which the table may forget its events.
    """

    def __init__(
        self,
        received_at: "datetime",
        signed_at: "datetime | None",
        body_sha256: str,
        pan_like: bool,
        trace_id: str,
        expiry_days: int,
    ) -> None:
        self.received_at: Final = received_at
        self.signed_at: Final = signed_at
        self.body_sha256: Final = body_sha256
        self.pan_like: Final = pan_like
        self.trace_id: Final = trace_id
        self.expiry_days: Final = expiry_days

    def expires_at(self) -> str:
        """Return when the table may forget an event, in Unix seconds."""
        return str(int(self.received_at.timestamp()) + self.expiry_days * _SECONDS_PER_DAY)


def build_record(key: str, message: "DeliveryMessage", receipt: Receipt) -> "Item":
    """Build the record of an event, keyed by its deduplication key, in DynamoDB JSON."""
    item: Item = {
        "key": {"S": key},
        "provider": {"S": message.provider},
        "event_id": {"S": message.event_id},
        "event_type": {"S": message.event_type},
        "object_id": {"S": message.object_id},
        "archive_key": {"S": message.archive_key},
        "received_at": {"S": format_utc(receipt.received_at)},
        "verified": {"S": VERIFIED},
        "body_sha256": {"S": receipt.body_sha256},
        "pan_like": {"BOOL": receipt.pan_like},
        "trace_id": {"S": receipt.trace_id},
        "expires_at": {"N": receipt.expires_at()},
    }
    if receipt.signed_at is not None:
        item["signed_at"] = {"S": format_utc(receipt.signed_at)}
    return item


def build_alias(key: str, known_as: str, receipt: Receipt) -> "Item":
    """Build the item that makes an event known under one more key, in DynamoDB JSON.

    Args:
        key: the further key.
        known_as: a key under which the event is known.
        receipt: what is known of the delivery.
    """
    return {
        "key": {"S": key},
        "alias_of": {"S": known_as},
        "received_at": {"S": format_utc(receipt.received_at)},
        "expires_at": {"N": receipt.expires_at()},
    }

"""The record of a provider's event: proof that it was verified, archived and queued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from hookline.core.values.timestamp import format_utc
from hookline.core.webhooks.delivery_message import DeliveryMessage

Attribute: TypeAlias = dict[str, str] | dict[str, bool]

Item: TypeAlias = dict[str, Attribute]

VERIFIED = "v1"
"""Version of the rules by which signatures were judged when the event was received."""

_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Receipt:
    """What is known of a delivery beside its events; verification happens once, so its verdict is kept.

    Attributes:
        received_at: when it arrived, with a time zone.
        signed_at: when the provider signed it, or None where the scheme signs no time.
        body_sha256: digest of the raw body in lower-case hex.
        pan_like: whether the body holds what could be a card number.
        trace_id: X-Ray trace id of the delivery.
        expiry_days: days after which the table may forget its events.
    """

    received_at: datetime
    signed_at: datetime | None
    body_sha256: str
    pan_like: bool
    trace_id: str
    expiry_days: int

    def expires_at(self) -> str:
        """Return when the table may forget an event, in Unix seconds."""
        return str(int(self.received_at.timestamp()) + self.expiry_days * _SECONDS_PER_DAY)


def build_record(key: str, message: DeliveryMessage, receipt: Receipt) -> Item:
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


def build_alias(key: str, known_as: str, receipt: Receipt) -> Item:
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

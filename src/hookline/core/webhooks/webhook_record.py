"""The webhook record of a provider's event. Ingestion writes it after verifying, archiving and queueing the event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from hookline.core.values.timestamp import expiry, format_utc
from hookline.core.webhooks.delivery_message import DeliveryMessage

Attribute: TypeAlias = dict[str, str] | dict[str, bool]

Item: TypeAlias = dict[str, Attribute]

VERIFIED = "v1"
"""Version of hookline's rules for signature verification.

Each webhook record contains the version of the rules with which its event was verified.
"""


@dataclass(frozen=True)
class Receipt:
    """The data of a delivery that is the same in the webhook records of all its events.

    Attributes:
        received_at: time of receipt, with a time zone.
        signed_at: time of the signature, or None when the provider does not sign a time.
        body_sha256: SHA-256 of the raw body in lower-case hex.
        secret_fingerprint: fingerprint of the secret that verified the delivery. Several are joined by commas.
        pan_like: whether the body contains a possible card number.
        trace_id: X-Ray trace id of the delivery.
        expiry_days: days until DynamoDB may delete the webhook records, or None to keep them.
        archive_days: days until S3 deletes the body from the archive, or None to keep it.
    """

    received_at: datetime
    signed_at: datetime | None
    body_sha256: str
    secret_fingerprint: str
    pan_like: bool
    trace_id: str
    expiry_days: int | None
    archive_days: int | None = None


def of_delivery(key: str, provider: str, archive_key: str, receipt: Receipt) -> Item:
    """Return the attributes that every webhook record has, in DynamoDB JSON. ``key`` is the record key."""
    item: Item = {
        "key": {"S": key},
        "provider": {"S": provider},
        "archive_key": {"S": archive_key},
        "received_at": {"S": format_utc(receipt.received_at)},
        "verified": {"S": VERIFIED},
        "body_sha256": {"S": receipt.body_sha256},
        "secret_fingerprint": {"S": receipt.secret_fingerprint},
        "pan_like": {"BOOL": receipt.pan_like},
        "trace_id": {"S": receipt.trace_id},
    }
    if receipt.signed_at is not None:
        item["signed_at"] = {"S": format_utc(receipt.signed_at)}
    if receipt.archive_days is not None:
        item["archived_until"] = {"S": format_utc(receipt.received_at + timedelta(days=receipt.archive_days))}
    return item


def build_record(key: str, message: DeliveryMessage, receipt: Receipt) -> Item:
    """Build the webhook record of an event in DynamoDB JSON. ``key`` is the record key."""
    return {
        **of_delivery(key, message.provider, message.archive_key, receipt),
        "event_id": {"S": message.event_id},
        "event_type": {"S": message.event_type},
        "object_id": {"S": message.object_id},
        **expiry(receipt.received_at, receipt.expiry_days),
    }


def build_alias(key: str, known_as: str, receipt: Receipt) -> Item:
    """Build an item in DynamoDB JSON that makes an event known under a second record key.

    Args:
        key: the second record key.
        known_as: a record key under which the event is already known.
        receipt: the data of the delivery.
    """
    return {
        "key": {"S": key},
        "alias_of": {"S": known_as},
        "body_sha256": {"S": receipt.body_sha256},
        "received_at": {"S": format_utc(receipt.received_at)},
        **expiry(receipt.received_at, receipt.expiry_days),
    }

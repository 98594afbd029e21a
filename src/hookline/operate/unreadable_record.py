"""The webhook record of a genuine delivery that ingestion could not read, as an operator reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from hookline.core.values.strict_json import decode
from hookline.core.values.timestamp import parse_rfc3339
from hookline.core.webhooks.webhook_record import Receipt

StoredItem: TypeAlias = Mapping[str, Mapping[str, object]]
"""An item in DynamoDB JSON, as boto3 returns it."""


@dataclass(frozen=True)
class UnreadableRecord:
    """The webhook record of a genuine delivery whose body cannot be read.

    Attributes:
        key: the record key.
        provider: name of the provider.
        reason: machine-readable reason, such as `malformed_json`.
        message: reason for a human reader, without any value from the sender.
        archive_key: key of the raw body in the archive.
        headers: the headers that the provider's `identify` reads: name in lower case → value.
        sender: name of the sender whose secret verified the delivery, or empty.
        receipt: the data of the delivery. Its `expiry_days` is None.
        handled_at: when an operator first replayed the body or set it aside, RFC 3339 in UTC. None before that.
    """

    key: str
    provider: str
    reason: str
    message: str
    archive_key: str
    headers: Mapping[str, str]
    sender: str
    receipt: Receipt
    handled_at: str | None


def parse(item: StoredItem) -> UnreadableRecord:
    """Read the item that `core.webhooks.unreadable_record.build` made.

    Raises:
        KeyError: when an attribute is missing.
    """
    texts = {name: str(value.get("S", "")) for name, value in item.items()}
    signed_at = texts.get("signed_at")
    receipt = Receipt(
        received_at=parse_rfc3339(texts["received_at"]),
        signed_at=parse_rfc3339(signed_at) if signed_at else None,
        body_sha256=texts["body_sha256"],
        secret_fingerprint=texts["secret_fingerprint"],
        pan_like=item["pan_like"]["BOOL"] is True,
        trace_id=texts["trace_id"],
        expiry_days=None,
    )
    return UnreadableRecord(
        key=texts["key"],
        provider=texts["provider"],
        reason=texts["unreadable"],
        message=texts["reason"],
        archive_key=texts["archive_key"],
        headers={name: str(value) for name, value in decode(texts["headers"].encode()).items()},
        sender=texts["sender"],
        receipt=receipt,
        handled_at=texts.get("handled_at"),
    )

"""The event on the bus: a provider's event in a documented format, with its transactions."""

from __future__ import annotations

from dataclasses import dataclass

from hookline.core.values.strict_json import JsonObject, encode
from hookline.core.webhooks.delivery_message import DeliveryMessage

SCHEMA = "hookline.provider-event.v1"
"""Name of the event format. ``schemas/provider-event.v1.json`` defines it (JSON Schema 2020-12)."""

MAX_DETAIL_TYPE_LENGTH = 128
"""Maximum number of characters of a ``DetailType`` ("PutEventsRequestEntry" in the EventBridge API reference)."""


@dataclass(frozen=True)
class Times:
    """The times of a delivery.

    Attributes:
        received_at: time of receipt, RFC 3339 in UTC.
        signed_at: time of the signature, or None when the provider does not sign a time.
    """

    received_at: str
    signed_at: str | None


def build_detail(
    message: DeliveryMessage,
    times: Times,
    bucket: str,
    transactions: list[JsonObject],
) -> str:
    """Build the detail of a bus event.

    The detail refers to the payload in the archive. It does not contain the payload, because a consumer of the bus may
    log the detail.

    Args:
        message: the message of the event.
        times: the times of the delivery.
        bucket: name of the archive bucket.
        transactions: the transactions of the event, as requests to the transactions system.

    Returns:
        Canonical ASCII JSON.
    """
    detail: JsonObject = {
        "schema": SCHEMA,
        "provider": message.provider,
        "event_id": message.event_id,
        "event_type": message.event_type,
        "object_id": message.object_id,
        "key": message.key,
        "received_at": times.received_at,
        "signed_at": times.signed_at,
        "archive": {"bucket": bucket, "key": message.archive_key, "pointer": message.pointer},
        "transactions": [*transactions],
        "transaction_count": len(transactions),
    }
    return encode(detail)


def source(provider: str) -> str:
    """Return the ``Source`` of a provider's events on the bus."""
    return f"hookline.{provider}"


def detail_type(event_type: str) -> str:
    """Return the ``DetailType`` of an event: its type, cut to the limit of EventBridge."""
    return event_type[:MAX_DETAIL_TYPE_LENGTH] or "unknown"

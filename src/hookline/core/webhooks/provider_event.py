"""The event on the bus: a provider's event in one documented envelope, with the transactions that it holds."""

from __future__ import annotations

from dataclasses import dataclass

from hookline.core.values.strict_json import JsonObject, encode
from hookline.core.webhooks.delivery_message import DeliveryMessage

SCHEMA = "hookline.provider-event.v1"
"""Names the form; ``schemas/provider-event.v1.json`` defines it (JSON Schema 2020-12)."""

MAX_DETAIL_TYPE_LENGTH = 128
"""Most characters of a ``DetailType`` ("PutEventsRequestEntry" in the EventBridge API reference)."""


@dataclass(frozen=True)
class Times:
    """When a delivery came.

    Attributes:
        received_at: when it was received, RFC 3339 in UTC.
        signed_at: when the provider signed it, or None where the scheme signs no time.
    """

    received_at: str
    signed_at: str | None


def build_detail(
    message: DeliveryMessage,
    times: Times,
    bucket: str,
    transactions: list[JsonObject],
) -> str:
    """Write the detail of a bus event: what the event is and means, and where its payload is archived.

    The payload stays in the archive: whatever consumes the bus may write events to a log.

    Args:
        message: which event it is.
        times: when it came.
        bucket: name of the archive's bucket.
        transactions: what the transactions system is to record.

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
    """Return the ``DetailType`` of an event: its type, as far as EventBridge can hold it."""
    return event_type[:MAX_DETAIL_TYPE_LENGTH] or "unknown"

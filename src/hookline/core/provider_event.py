"""The event on the bus: a provider's event in one documented envelope, with the transactions that it holds."""

from typing import TYPE_CHECKING, NamedTuple

from hookline.core.strict_json import encode

if TYPE_CHECKING:
    from hookline.core.delivery_message import DeliveryMessage
    from hookline.core.strict_json import JsonObject

SCHEMA = "hookline.provider-event.v1"
"""Names the form; ``schemas/provider-event.v1.json`` defines it (JSON Schema 2020-12)."""

MAX_DETAIL_BYTES = 204_800
"""Largest detail (200 KiB); a larger one goes without its payload, which is in the archive."""

MAX_BODY_LENGTH = 2 * MAX_DETAIL_BYTES
"""Longest body whose payload is worth encoding to find out how large it is; a quick answer for the others."""

MAX_DETAIL_TYPE_LENGTH = 128
"""Most characters of a ``DetailType`` ("PutEventsRequestEntry" in the EventBridge API reference)."""


class Times(NamedTuple):
    """When a delivery came.

    Attributes:
        received_at: when it was received, RFC 3339 in UTC.
        signed_at: when the provider signed it, or None where the scheme signs no time.
    """

    received_at: str
    signed_at: str | None


def build_detail(
    message: "DeliveryMessage",
    times: Times,
    bucket: str,
    payload: "JsonObject | None",
    transactions: "list[JsonObject]",
) -> str:
    """Write the detail of a bus event.

    Args:
        message: which event it is.
        times: when it came.
        bucket: name of the archive's bucket.
        payload: the event as the provider wrote it; None leaves it in the archive.
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
        "archive": {"bucket": bucket, "key": message.archive_key},
        "payload": payload,
        "transactions": [*transactions],
        "transaction_count": len(transactions),
    }
    text = encode(detail)
    return text if len(text) <= MAX_DETAIL_BYTES else encode({**detail, "payload": None})


def source(provider: str) -> str:
    """Return the ``Source`` of a provider's events on the bus."""
    return f"hookline.{provider}"


def detail_type(event_type: str) -> str:
    """Return the ``DetailType`` of an event: its type, as far as EventBridge can hold it."""
    return event_type[:MAX_DETAIL_TYPE_LENGTH] or "unknown"

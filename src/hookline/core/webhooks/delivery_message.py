"""The message in the FIFO queue: one event of a verified delivery, or where in the archive it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from hookline.core.values.strict_json import JsonValue, decode, encode

SCHEMA = "hookline.delivery.v1"
"""Names the form; ``schemas/delivery-message.v1.json`` defines it (JSON Schema 2020-12)."""

MAX_BYTES = 61_440
"""Largest message that carries its event (60 KiB): with its attributes it is one unit of 64 KiB on SQS's bill."""

_FIELDS = ("provider", "event_id", "event_type", "object_id", "key", "archive_key", "pointer")


@dataclass(frozen=True)
class DeliveryMessage:
    """One event on its way from ingestion to processing.

    Attributes:
        provider: whose event it is.
        event_id: the provider's id of the event, or the derived one.
        event_type: the provider's name of what happened.
        object_id: id of the business object.
        key: a key of the event in the table, the same whenever it is delivered.
        archive_key: where in the bucket the raw body is.
        pointer: where in the body the event is (JSON Pointer); empty for the whole body, another only in a batch.
        payload: the event itself, as JSON text; empty when it is to be read from the archive.
    """

    provider: str
    event_id: str
    event_type: str
    object_id: str
    key: str
    archive_key: str
    pointer: str
    payload: str = ""


def build(message: DeliveryMessage) -> str:
    """Write a message: canonical ASCII JSON made from what was signed alone, so that a retry's is the same.

    One that would be larger than ``MAX_BYTES`` goes without its event.
    """
    members = {"schema": SCHEMA, **vars(message)}
    text = encode(members)
    return text if len(text) <= MAX_BYTES else encode({**members, "payload": ""})


def parse(text: str) -> DeliveryMessage:
    """Read a message.

    Raises:
        Rejected: when it is not JSON.
        ValueError: when it has another form.
    """
    members = decode(text.encode("utf-8", "surrogatepass"))
    if members.get("schema") != SCHEMA:
        raise ValueError(f"not a {SCHEMA}")
    texts = [_text(members.get(name)) for name in _FIELDS]
    return DeliveryMessage(*texts, payload=_text(members.get("payload", "")))


def archive_key(provider: str, body: bytes) -> str:
    """Return where a raw body belongs in the bucket: a key of its content, the same at every retry."""
    digest = hashlib.sha256(body).hexdigest()
    return f"{provider}/{digest[:2]}/{digest}"


def message_group(provider: str, object_id: str, *, by_object: bool) -> str:
    """Return the FIFO message group of an event; events of one group are processed in order, one at a time.

    Args:
        provider: the provider's name.
        object_id: id of the business object, any text.
        by_object: whether the order is kept for each object, rather than for the provider as a whole.
    """
    if not by_object:
        return provider
    return f"{provider}:{hashlib.sha256(object_id.encode()).hexdigest()[:32]}"


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise ValueError(f"not a {SCHEMA}")  # noqa: TRY004 - one error for every other form
    return value

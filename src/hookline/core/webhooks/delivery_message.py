"""The delivery message in the FIFO queue. It contains one event, or a reference to the event in the archive."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from hookline.core.values.strict_json import decode, encode

SCHEMA = "hookline.delivery.v1"
"""Name of the format of delivery messages. ``schemas/delivery-message.v1.json`` defines it (JSON Schema 2020-12)."""

MAX_BYTES = 61_440
"""Maximum size in bytes (60 KiB) of a delivery message that contains its event.

SQS bills such a message, with its attributes, as one unit of 64 KiB.
"""

_FIELDS = ("provider", "event_id", "event_type", "object_id", "key", "archive_key", "pointer")
_LATER_FIELDS = ("payload", "account", "api_version", "marked")
"""Fields that older messages do not have."""


@dataclass(frozen=True)
class DeliveryMessage:
    """The delivery message of one event, from ingestion to processing.

    Attributes:
        provider: name of the provider.
        event_id: the provider's id of the event, or an id that hookline derived.
        event_type: the provider's name of the event type.
        object_id: id of the business object.
        key: the alias of the event if it has one. Otherwise, its record key. The key is the same in every delivery of
            the event.
        archive_key: key of the raw body in the archive.
        pointer: JSON Pointer to the event in the body, empty if the whole body is the event.
        payload: the event as JSON text, empty when processing must read the event from the archive.
        account: the account at the provider that the event is about, or empty.
        api_version: version of the provider's API in which the event is written, or empty.
        marked: ``test`` if a mark that the provider does not sign says that the event is a test. Otherwise, empty.
    """

    provider: str
    event_id: str
    event_type: str
    object_id: str
    key: str
    archive_key: str
    pointer: str
    payload: str = ""
    account: str = ""
    api_version: str = ""
    marked: str = ""


def build(message: DeliveryMessage) -> str:
    """Return a delivery message as canonical ASCII JSON. A retry of the same delivery gives the same text.

    If the message with its payload is larger than ``MAX_BYTES``, the text has an empty ``payload``.
    """
    members = {"schema": SCHEMA, **vars(message)}
    text = encode(members)
    return text if len(text) <= MAX_BYTES else encode({**members, "payload": ""})


def parse(text: str) -> DeliveryMessage:
    """Parse the JSON text of a delivery message.

    Raises:
        Rejected: when the text is not JSON.
        ValueError: when the message has another format.
    """
    members = decode(text.encode("utf-8", "surrogatepass"))
    texts: list[Any] = [
        *map(members.get, _FIELDS),
        *(members.get(field, "") for field in _LATER_FIELDS),
    ]
    if members.get("schema") != SCHEMA or set(map(type, texts)) != {str}:
        raise ValueError(f"the message does not have the format {SCHEMA}")
    return DeliveryMessage(*texts)


def archive_key(provider: str, body: bytes) -> str:
    """Return the archive key of a raw body: the provider and a hash. A retry with the same body has the same key."""
    digest = hashlib.sha256(body).hexdigest()
    return f"{provider}/{digest[:2]}/{digest}"


def message_group(provider: str, object_id: str, *, by_object: bool) -> str:
    """Return the id of an event's message group in the FIFO queue. Events of one group are processed in order.

    Args:
        provider: name of the provider.
        object_id: id of the business object, any text.
        by_object: whether each object has its own group. Otherwise, each provider has one group.
    """
    if not by_object:
        return provider
    return f"{provider}:{hashlib.sha256(object_id.encode()).hexdigest()[:32]}"

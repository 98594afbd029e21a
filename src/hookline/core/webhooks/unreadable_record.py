"""The webhook record of a genuine delivery whose body cannot be read. It has what a replay of the body needs."""

from __future__ import annotations

import hashlib

from hookline.core.errors import Rejected
from hookline.core.providers.contract import Delivery, Provider, Settings
from hookline.core.values.strict_json import JsonObject, encode
from hookline.core.values.timestamp import format_utc
from hookline.core.webhooks import delivery_message
from hookline.core.webhooks.webhook_record import Item, Receipt, of_delivery

PROBLEM = "unreadable/"
"""Start of the attribute ``problem``. The first hex digit of the SHA-256 of the record key follows.

The attribute is removed when the body is replayed, so that an index on it lists only what somebody must look at.
"""


def record_keys(provider: Provider, delivery: Delivery, payload: JsonObject | None) -> list[str]:
    """Return the record keys of a delivery: ``{provider} unreadable:{SHA-256 of what is signed}``.

    There is one key for each part that is signed for itself:

    - the body, if the signature covers its exact bytes,
    - the signed key, if the provider always sends the same body with it: two events can have the same body, and PayPal
      signs only a checksum of the body,
    - each event, if the signatures are inside the body: an attacker with genuine deliveries can change what is not
      signed, and put their events together in many ways.

    No key of an event has a space after the name of the provider.

    Args:
        provider: the provider.
        delivery: the verified delivery.
        payload: the decoded body if the signatures are inside the body. Otherwise, None.

    Raises:
        SignatureRefused: when the signed fields in ``payload`` are malformed.
    """
    if provider.signed_texts is not None and payload is not None:
        parts = provider.signed_texts(payload)
    else:
        parts = [delivery.body if provider.signed_key is None else provider.signed_key(delivery).encode()]
    return [f"{provider.name} unreadable:{hashlib.sha256(part).hexdigest()}" for part in parts]


def event_keys(provider: Provider, delivery: Delivery, payload: JsonObject | None, settings: Settings) -> list[str]:
    """Return the record key of the event in each part (see ``record_keys``), or empty where only the body tells it."""
    if payload is not None:
        return [f"{provider.name}:{event.signed_key}" for event in provider.identify(delivery, payload, settings)]
    return [f"{provider.name}:{provider.signed_key(delivery)}" if provider.signed_key else ""]


def build(key: str, provider: Provider, delivery: Delivery, refused: Rejected, receipt: Receipt) -> Item:
    """Build the webhook record in DynamoDB JSON. It never expires, because somebody must look at it.

    Args:
        key: the record key.
        provider: the provider.
        delivery: the verified delivery.
        refused: why the body cannot be read.
        receipt: the data of the delivery.
    """
    headers = {name: value for name in provider.identifying_headers if (value := delivery.headers.get(name))}
    archive_key = delivery_message.archive_key(provider.name, delivery.body)
    return {
        **of_delivery(key, provider.name, archive_key, receipt),
        "unreadable": {"S": refused.code},
        "reason": {"S": refused.message},
        "headers": {"S": encode({**headers})},
        "sender": {"S": delivery.sender},
        "problem": {"S": PROBLEM + hashlib.sha256(key.encode()).hexdigest()[0]},
        "problem_at": {"S": format_utc(receipt.received_at)},
    }

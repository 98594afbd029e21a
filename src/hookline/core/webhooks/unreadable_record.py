"""The webhook record of a genuine delivery whose body cannot be read. It has what a replay of the body needs."""

from __future__ import annotations

import hashlib

from hookline.core.errors import Rejected
from hookline.core.providers.contract import Delivery, Provider
from hookline.core.senders import own_id
from hookline.core.values.strict_json import JsonObject, encode
from hookline.core.values.timestamp import format_utc
from hookline.core.webhooks import delivery_message
from hookline.core.webhooks.webhook_record import VERIFIED, Item, Receipt

PROBLEM = "unreadable/"
"""Start of the attribute ``problem``. The first hex digit of the SHA-256 of the record key follows.

The attribute is removed when the body is replayed, so that an index on it lists only what somebody must look at.
"""


def record_key(provider: Provider, delivery: Delivery, payload: JsonObject | None) -> str:
    """Return the record key of a delivery: ``{provider}:unreadable:{SHA-256 of what is signed}``.

    If the signature covers the body, this is the SHA-256 of the body. If the provider signs an id that always comes
    with the same body, it is the SHA-256 of the id: two events can have the same body, and PayPal signs only a checksum
    of the body. If the signatures are inside the body, an attacker with a genuine delivery can change what is not
    signed. So the key is then made from the signed texts alone, in any order and each one once.

    Args:
        provider: the provider.
        delivery: the verified delivery.
        payload: the decoded body if the signature is inside the body.

    Raises:
        SignatureRefused: when the signed fields in ``payload`` are malformed.
    """
    identifier = own_id(delivery.sender, delivery.headers[provider.id_header]) if provider.id_header else ""
    signed = hashlib.sha256(identifier.encode() or delivery.body)
    if provider.signed_texts is not None and payload is not None:
        digests = {hashlib.sha256(text).digest() for text in provider.signed_texts(payload)}
        signed = hashlib.sha256(b"".join(sorted(digests)))
    return f"{provider.name}:unreadable:{signed.hexdigest()}"


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
    received_at = format_utc(receipt.received_at)
    item: Item = {
        "key": {"S": key},
        "provider": {"S": provider.name},
        "unreadable": {"S": refused.code},
        "reason": {"S": refused.message},
        "archive_key": {"S": delivery_message.archive_key(provider.name, delivery.body)},
        "received_at": {"S": received_at},
        "headers": {"S": encode({**headers})},
        "sender": {"S": delivery.sender},
        "verified": {"S": VERIFIED},
        "body_sha256": {"S": receipt.body_sha256},
        "secret_fingerprint": {"S": receipt.secret_fingerprint},
        "pan_like": {"BOOL": receipt.pan_like},
        "trace_id": {"S": receipt.trace_id},
        "problem": {"S": PROBLEM + hashlib.sha256(key.encode()).hexdigest()[0]},
        "problem_at": {"S": received_at},
    }
    if receipt.signed_at is not None:
        item["signed_at"] = {"S": format_utc(receipt.signed_at)}
    return item

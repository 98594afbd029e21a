"""The bus event: a provider's event in a documented format, with the transactions that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from hookline.core.values.strict_json import JsonObject, encode
from hookline.core.webhooks.delivery_message import DeliveryMessage

SCHEMA = "hookline.provider-event.v1"
"""Name of the format of bus events. ``schemas/provider-event.v1.json`` defines it (JSON Schema 2020-12)."""

MAX_DETAIL_TYPE_LENGTH = 128
"""Maximum length of a bus event's ``DetailType`` ("PutEventsRequestEntry" in the EventBridge API reference)."""


@dataclass(frozen=True)
class Particulars:
    """What an event says about its payment, refund or dispute, apart from the transaction.

    Attributes:
        status: the provider's status, or empty.
        reference: the merchant's own reference, or empty.
        respond_by: until when a dispute can be answered with evidence, RFC 3339 in UTC, or empty.
        test: whether the event is, or is marked as, a test.
        inquiry: whether a dispute is only an inquiry.
    """

    status: str = ""
    reference: str = ""
    respond_by: str = ""
    test: bool = False
    inquiry: bool = False


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
    unsigned: tuple[str, ...],
    transactions: list[JsonObject],
    particulars: Particulars,
) -> str:
    """Build the detail of a bus event.

    The detail says where the payload is in the archive. The detail does not contain the payload, because a consumer of
    the bus possibly logs the detail.

    Args:
        message: the delivery message of the event.
        times: the times of the delivery.
        bucket: name of the archive bucket.
        unsigned: the fields of the detail that the provider did not sign.
        transactions: the transactions of the event, in the format of a request body for the validator.
        particulars: what the event says about its payment, refund or dispute.

    Returns:
        Canonical ASCII JSON.
    """
    detail: JsonObject = {
        "schema": SCHEMA,
        "provider": message.provider,
        "event_id": message.event_id,
        "event_type": message.event_type,
        "object_id": message.object_id,
        "account": message.account or None,
        "key": message.key,
        "received_at": times.received_at,
        "signed_at": times.signed_at,
        "status": particulars.status or None,
        "reference": particulars.reference or None,
        "respond_by": particulars.respond_by or None,
        "test": particulars.test,
        "inquiry": particulars.inquiry,
        "api_version": message.api_version or None,
        "archive": {"bucket": bucket, "key": message.archive_key, "pointer": message.pointer},
        "transactions": [*transactions],
        "transaction_count": len(transactions),
    }
    text = encode(detail)
    # In canonical JSON this key is the last one. Its text is the same for all events of a provider.
    return f'{text[:-1]},"unsigned":{_encoded(unsigned)}}}' if unsigned else text


@cache
def _encoded(names: tuple[str, ...]) -> str:
    quoted = '","'.join(names)
    return f'["{quoted}"]'


def source(provider: str) -> str:
    """Return the ``Source`` of a provider's events on the bus."""
    return f"hookline.{provider}"


def detail_type(event_type: str) -> str:
    """Return the ``DetailType`` of a bus event: the provider's event type, cut to EventBridge's limit."""
    return event_type[:MAX_DETAIL_TYPE_LENGTH] or "unknown"

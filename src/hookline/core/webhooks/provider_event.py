"""The bus event: a provider's event in a documented format, with the transactions that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from json.encoder import encode_basestring_ascii as quoted

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
    archive = f'{{"bucket":{_text(bucket)},"key":{_text(message.archive_key)},"pointer":{quoted(message.pointer)}}}'
    return (
        f'{{"account":{_text(message.account)},"api_version":{_text(message.api_version)},"archive":{archive},'
        f'"event_id":{_text(message.event_id)},"event_type":{quoted(message.event_type)},'
        f'"inquiry":{_BOOLEANS[particulars.inquiry]},"key":{_text(message.key)},"object_id":{quoted(message.object_id)},'
        f'"provider":"{message.provider}","received_at":"{times.received_at}",'
        f'"reference":{_text(particulars.reference)},"respond_by":{_text(particulars.respond_by)},"schema":"{SCHEMA}",'
        f'"signed_at":{_text(times.signed_at)},"status":{_text(particulars.status)},'
        f'"test":{_BOOLEANS[particulars.test]},"transaction_count":{len(transactions)},'
        f'"transactions":{encode([*transactions])}{_unsigned(unsigned)}}}'
    )


_BOOLEANS = {False: "false", True: "true"}


def _text(text: str | None) -> str:
    """Return a text as JSON, and null for an empty text."""
    return quoted(text) if text else "null"


@cache
def _unsigned(names: tuple[str, ...]) -> str:
    """Return the last member of a detail, which is the same for all events of a provider."""
    joined = '","'.join(names)
    return f',"unsigned":["{joined}"]' if names else ""


def source(provider: str) -> str:
    """Return the ``Source`` of a provider's events on the bus."""
    return f"hookline.{provider}"


def detail_type(event_type: str) -> str:
    """Return the ``DetailType`` of a bus event: the provider's event type, cut to EventBridge's limit."""
    return event_type[:MAX_DETAIL_TYPE_LENGTH] or "unknown"

"""The bytes of one event in tables and messages, measured on items and messages that the functions' own code builds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from hookline.core.errors import Rejected
from hookline.core.providers import shopify
from hookline.core.providers.contract import USUAL, Delivery, Event, Settings
from hookline.core.providers.registry import provider
from hookline.core.signatures.fingerprint import LENGTH
from hookline.core.transactions.booking import to_transaction_event
from hookline.core.transactions.outbox import build_item
from hookline.core.transactions.transaction import validate
from hookline.core.values.strict_json import JsonObject, decode
from hookline.core.values.timestamp import format_utc
from hookline.core.webhooks.delivery_message import DeliveryMessage, archive_key, build
from hookline.core.webhooks.provider_event import Particulars, Times, build_detail, detail_type, source
from hookline.core.webhooks.webhook_record import Receipt, build_record
from hookline.errors import UserError
from hookline.operate.sending.samples import read

SAMPLE = "payment"
"""Name of the sample event of each provider. Estimates assume that all events of the provider have its sizes."""

TRACE_ID = "1-67891233-abcdef012345678912345678"
BUCKET = "hookline-payloads-000000000000-production"

_RECEIVED_AT = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
_EXPIRY_DAYS = 35  # any value gives the same size, because all expiry times have the same number of digits
_FINGERPRINT = "0" * LENGTH
_BUS_TIME_BYTES = 14
_SHARES = ("aliases", "untimed")
_PAYLOAD: JsonObject = {
    "event_id": "evt_" + "0" * 24,
    "transaction_type": "payment",
    "amount": "49.90",
    "currency": "EUR",
    "timestamp": "2026-01-02T03:04:05Z",
    "metadata": {"note": ""},
}


class Sizes(NamedTuple):
    """The sizes of one event in bytes, the number of its aliases, and whether its provider signs no time.

    Attributes:
        record: size of the webhook record.
        delivery: size of the delivery message, including its attributes.
        bus_event: size of the event on the bus.
        item: size of the outbox item.
        message: size of the transaction message, including its attributes.
        aliases: number of aliases, which ingestion reads and writes in addition to the record key. In sizes
            of several providers, the mean over the providers.
        untimed: 1 if the provider does not sign the time, so that its webhook record is kept; else 0. In sizes of
            several providers, the mean over the providers.
    """

    record: int = 0
    delivery: int = 0
    bus_event: int = 0
    item: int = 0
    message: int = 0
    aliases: Decimal = Decimal(0)
    untimed: Decimal = Decimal(0)


def of_direct(payload_bytes: int) -> Sizes:
    """Return the sizes of an event that one of your own services sends.

    Args:
        payload_bytes: size of the request's body. Metadata fills the body up to this size. If even a body with empty
            metadata is larger, the size of that body counts.

    Raises:
        UserError: if the validator rejects the event because it is too large.
    """
    padding = max(0, payload_bytes - len(json.dumps(_PAYLOAD)))
    return _of_transaction({**_PAYLOAD, "metadata": {"note": "x" * padding}})


def of_provider(name: str) -> Sizes:
    """Return the sizes of a provider's sample event.

    The size of the delivery message includes the body, because ingestion puts so small a body into the message itself.

    Args:
        name: name of a provider that hookline supports.
    """
    body, module = read(name, SAMPLE), provider(name)
    payload = decode(body)
    headers = dict.fromkeys((header.lower() for header in module.required_headers), "0" * 36)
    delivery = Delivery(body, {**headers, shopify.TOPIC_HEADER: shopify.topic_of(payload)})
    event = module.identify(delivery, payload, Settings())[0]
    reports = module.normalise(event, USUAL)
    made = (to_transaction_event(module, event, told, _RECEIVED_AT) for told in reports)
    transactions = [transaction for transaction in made if transaction is not None]
    sizes = _of_transaction(transactions[0]) if transactions else Sizes()
    message = _delivery(name, event, body)
    particulars = Particulars(reports[0].status, reports[0].reference)
    detail = build_detail(message, Times(_text(), _text()), BUCKET, module.unsigned, transactions[:1], particulars)
    return sizes._replace(
        record=stored_bytes(build_record(message.key, message, _receipt())),
        delivery=len(build(message)) + _attributes(received_at=_text(), trace_id=TRACE_ID, signed_at=_text()),
        bus_event=_BUS_TIME_BYTES + sum(map(len, (source(name), detail_type(event.event_type), detail))),
        aliases=Decimal(event.alias is not None),
        untimed=Decimal(not module.signs_time),
    )


def of_largest(names: Sequence[str]) -> Sizes:
    """Return, for several providers, the largest value of each size, and the means of `aliases` and `untimed`.

    Args:
        names: names of at least one provider. The means assume that all providers send the same number of events.
    """
    every = [of_provider(name) for name in names]
    means = {name: sum((getattr(sizes, name) for sizes in every), Decimal(0)) / len(every) for name in _SHARES}
    return Sizes(*(max(values) for values in zip(*every, strict=True)))._replace(**means)


def stored_bytes(item: Mapping[str, Mapping[str, object]]) -> int:
    """Return the size of an item in DynamoDB, in bytes.

    The result can be a few bytes too high: it has one byte for each digit of a number, and DynamoDB needs less.

    Args:
        item: the item in DynamoDB JSON.
    """
    return sum(len(name) + len(str(*value.values()).encode()) for name, value in item.items())


def _of_transaction(event: JsonObject) -> Sizes:
    try:
        transaction = validate(event, _RECEIVED_AT + timedelta(minutes=1))
        item = build_item(transaction, _RECEIVED_AT, TRACE_ID, _EXPIRY_DAYS, _FINGERPRINT)
    except Rejected as rejected:
        raise UserError(f"the validator rejects such an event: {rejected.message}; reduce --payload-bytes") from None
    kind, identity = transaction.transaction_type, transaction.event_id
    attributes = _attributes(transaction_type=kind, event_id=identity, trace_id=TRACE_ID)
    return Sizes(item=stored_bytes(item), message=len(item["message"]["S"]) + attributes)


def _delivery(name: str, event: Event, body: bytes) -> DeliveryMessage:
    return DeliveryMessage(
        provider=name,
        event_id=event.event_id,
        event_type=event.event_type,
        object_id=event.object_id,
        key=f"{name}:{event.signed_key}",
        archive_key=archive_key(name, body),
        pointer="",
        payload=body.decode(),
        account=event.account,
    )


def _receipt() -> Receipt:
    return Receipt(
        _RECEIVED_AT,
        _RECEIVED_AT,
        body_sha256="0" * 64,
        secret_fingerprint=_FINGERPRINT,
        pan_like=False,
        trace_id=TRACE_ID,
        expiry_days=_EXPIRY_DAYS,
    )


def _attributes(**values: str) -> int:
    """Return the bytes of SQS message attributes: each has a name, the type `String` and a value."""
    return sum(len(f"{name}String{value}") for name, value in values.items())


def _text() -> str:
    return format_utc(_RECEIVED_AT)

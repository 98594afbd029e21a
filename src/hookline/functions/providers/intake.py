"""The steps in which ingestion stores a verified delivery: read, archive, send, record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hookline.core.errors import Rejected, invalid_field
from hookline.core.providers.contract import Event
from hookline.core.values.json_pointer import pointers_to
from hookline.core.values.strict_json import JsonObject, encode
from hookline.core.values.timestamp import format_utc
from hookline.core.webhooks import delivery_message
from hookline.core.webhooks.webhook_record import Receipt, build_alias, build_record
from hookline.functions.providers.webhook_store import WebhookStore
from hookline.functions.queues import Outgoing
from hookline.functions.unavailable import Unavailable

MAX_NAME_LENGTH = 1024
"""Maximum number of characters of an event type. The maximum for an object id is the same."""

ONE_BODY_PER_ID = frozenset(("standard_webhooks",))
"""Providers that always send the same body for the same event id.

A retry by these providers has the same bytes ("Idempotency" in the Standard Webhooks specification). Other providers
can send an event again with another body.
"""


@dataclass(frozen=True)
class NewEvent:
    """An event of a delivery, before ingestion knows whether the event is new.

    Attributes:
        record_key: key of the webhook record: ``{provider}:{signed key}``.
        message: the delivery message for the FIFO queue.
        group: the message group in the FIFO queue.
        alias: a second record key of the event, or None.
    """

    record_key: str
    message: delivery_message.DeliveryMessage
    group: str
    alias: str | None


def list_events(
    provider: str, body: bytes, payload: JsonObject, events: Sequence[Event], *, by_object: bool
) -> list[NewEvent]:
    """Return the events of a delivery. If the delivery contains an event twice, return it once.

    Args:
        provider: name of the provider.
        body: the exact bytes of the request body.
        payload: the decoded body.
        events: the result of the provider's ``identify``.
        by_object: whether each object has its own message group. Otherwise, each provider has one group.

    Raises:
        Rejected: 422 ``invalid_field`` when an event type or object id is too long.
    """
    archive_key = delivery_message.archive_key(provider, body)
    pointers = pointers_to(payload, [event.payload for event in events])
    listed: dict[str, NewEvent] = {}
    for event, pointer in zip(events, pointers, strict=True):
        _check_names(event)
        key = f"{provider}:{event.signed_key}"
        alias = f"{provider}:{event.alias}" if event.alias else None
        message = delivery_message.DeliveryMessage(
            provider,
            event.event_id,
            event.event_type,
            event.object_id,
            alias or key,  # an alias is the same in every retry, but the record key can differ
            archive_key,
            pointer,
            payload=encode(event.payload) if pointer else body.decode(),
        )
        group = delivery_message.message_group(provider, event.object_id, by_object=by_object)
        listed.setdefault(key, NewEvent(key, message, group, alias))
    return list(listed.values())


def take_in(store: WebhookStore, body: bytes, events: Sequence[NewEvent], receipt: Receipt) -> int:
    """Archive a verified delivery, and queue and record its new events.

    Args:
        store: the table, the bucket and the queue.
        body: the exact bytes of the request body.
        events: the result of ``list_events``, at least one event.
        receipt: the data of the delivery.

    Returns:
        The number of new events.

    Raises:
        Unavailable: when SQS did not accept every message. Only the events of the accepted messages are recorded.
        Rejected: 409 ``event_conflict`` when an event id is known with another body (see ``ONE_BODY_PER_ID``).
        AwsError: when any other call to AWS failed. A retry of the delivery completes the remaining steps.
    """
    new = [event for event in events if not _is_known(store, event, receipt)]
    if not new:
        return 0
    store.archive(new[0].message.archive_key, body)
    failures = store.send([_outgoing(event, receipt) for event in new])
    accepted = sum(_record(store, event, receipt) for event in new if event.record_key not in failures)
    if failures:
        raise Unavailable(next(iter(failures.values())))
    return accepted


def _check_names(event: Event) -> None:
    for field, text in (("event_type", event.event_type), ("object_id", event.object_id)):
        if len(text) > MAX_NAME_LENGTH:
            raise invalid_field(field, f"must have at most {MAX_NAME_LENGTH} characters")


def _is_known(store: WebhookStore, event: NewEvent, receipt: Receipt) -> bool:
    """Return whether the table ``provider-webhooks`` has the record key or the alias of an event."""
    known_body = store.known_body(event.record_key)
    if known_body is not None:
        _complete(store, event, known_body, receipt)
        return True
    if event.alias is None or store.known_body(event.alias) is None:
        return False
    # The record key contains only signed data, so this delivery may add the record key to the known event.
    store.record(build_alias(event.record_key, event.alias, receipt))
    return True


def _complete(store: WebhookStore, event: NewEvent, known_body: str, receipt: Receipt) -> None:
    """Write the alias of a known event again, because an earlier run possibly stopped before writing the alias.

    An alias can contain an event id that is not signed, and an attacker can change such an id. So only a delivery with
    the same body may add an alias.

    Raises:
        Rejected: 409 ``event_conflict`` when the body is different, and the provider is in ``ONE_BODY_PER_ID``.
    """
    if known_body == receipt.body_sha256:
        _record_alias(store, event, receipt)
    elif event.message.provider in ONE_BODY_PER_ID:
        raise Rejected(409, "event_conflict", "another event was accepted under this id")


def _record(store: WebhookStore, event: NewEvent, receipt: Receipt) -> bool:
    """Write the webhook record of an event, and then the alias of the event. Return whether the event was new."""
    is_new = store.record(build_record(event.record_key, event.message, receipt))
    _record_alias(store, event, receipt)
    return is_new


def _record_alias(store: WebhookStore, event: NewEvent, receipt: Receipt) -> None:
    if event.alias is not None:
        store.record(build_alias(event.alias, event.record_key, receipt))


def _outgoing(event: NewEvent, receipt: Receipt) -> Outgoing:
    attributes = {"received_at": format_utc(receipt.received_at), "trace_id": receipt.trace_id}
    if receipt.signed_at is not None:
        attributes["signed_at"] = format_utc(receipt.signed_at)
    return Outgoing(
        identifier=event.record_key,
        body=delivery_message.build(event.message),
        attributes=attributes,
        received_at=receipt.received_at,
        group=event.group,
    )

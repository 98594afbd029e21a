"""The steps that make a verified delivery durable: read, archive, send, record."""

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
"""Most characters of an event's type and of its object's id."""

ONE_BODY_PER_ID = frozenset(("standard_webhooks",))
"""Providers whose signed id names one body: a retry has the same bytes ("Idempotency" in the Standard Webhooks
specification). The others may write an event anew when they deliver it again."""


@dataclass(frozen=True)
class NewEvent:
    """One event of a delivery that may be new.

    Attributes:
        record_key: the key under which it is recorded: its provider's name, a colon, and its signed key.
        message: what goes into the queue about it.
        group: its message group.
        alias: another key under which it may be known, or None.
    """

    record_key: str
    message: delivery_message.DeliveryMessage
    group: str
    alias: str | None


def list_events(
    provider: str, body: bytes, payload: JsonObject, events: Sequence[Event], *, by_object: bool
) -> list[NewEvent]:
    """Describe the events of a delivery, each of them once.

    Args:
        provider: the provider's name.
        body: the exact bytes received.
        payload: the body, decoded.
        events: what the provider's ``identify`` made of it.
        by_object: whether the order is kept for each object, rather than for the provider as a whole.

    Raises:
        Rejected: 422 ``invalid_field`` when a name is too long to be stored.
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
            alias or key,  # an alias is the same at every try, also where the key is not
            archive_key,
            pointer,
            payload=encode(event.payload) if pointer else body.decode(),
        )
        group = delivery_message.message_group(provider, event.object_id, by_object=by_object)
        listed.setdefault(key, NewEvent(key, message, group, alias))
    return list(listed.values())


def take_in(store: WebhookStore, body: bytes, events: Sequence[NewEvent], receipt: Receipt) -> int:
    """Make every event of a verified delivery durable.

    Args:
        store: table, bucket and queue.
        body: the exact bytes received.
        events: what ``list_events`` returned; at least one.
        receipt: what is known of the delivery.

    Returns:
        How many events were new.

    Raises:
        Unavailable: when the queue did not take every message; what it did take is recorded.
        Rejected: 409 ``event_conflict`` when the id of an event names another body already.
        AwsError: when AWS failed otherwise. The same delivery again completes it in each case.
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
    """Return whether an event is complete already, under its key or under its alias."""
    known_body = store.known_body(event.record_key)
    if known_body is not None:
        _complete(store, event, known_body, receipt)
        return True
    if event.alias is None or store.known_body(event.alias) is None:
        return False
    # The key is signed, so it may now stand for this event.
    store.record(build_alias(event.record_key, event.alias, receipt))
    return True


def _complete(store: WebhookStore, event: NewEvent, known_body: str, receipt: Receipt) -> None:
    """Record what a stop before may have left out; an alias need not be signed, so no other body teaches one."""
    if known_body == receipt.body_sha256:
        _record_alias(store, event, receipt)
    elif event.message.provider in ONE_BODY_PER_ID:
        raise Rejected(409, "event_conflict", "another event was accepted under this id")


def _record(store: WebhookStore, event: NewEvent, receipt: Receipt) -> bool:
    """Record an event under its signed key, then under its alias, and return whether it was new."""
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

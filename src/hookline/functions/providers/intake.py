"""The steps in which ingestion stores a verified delivery: read, archive, send, record."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hookline.core.errors import Rejected, invalid_field, payload_too_large
from hookline.core.providers.contract import Delivery, Event, Provider, Settings
from hookline.core.providers.registry import provider as find_provider
from hookline.core.sender_mapping import read_mappings
from hookline.core.values.json_pointer import pointers_to
from hookline.core.values.strict_json import JsonObject, encode
from hookline.core.values.timestamp import format_utc, parse_rfc3339
from hookline.core.webhooks import delivery_message
from hookline.core.webhooks.delivery_message import DeliveryMessage
from hookline.core.webhooks.webhook_record import Receipt, build_alias, build_record
from hookline.functions.providers.webhook_store import Known, WebhookStore
from hookline.functions.queues import Outgoing
from hookline.functions.unavailable import Unavailable

MAX_BODY_BYTES = 1_048_576
"""Maximum size in bytes of a body that processing can read (1 MiB). Most bodies have a few kilobytes.

Processing can read ten bodies of the maximum size in one invocation.
"""

OF_NEW_EVENTS = ("Accepted", "Withheld", "UnsignedEvent")
"""Metrics that count new events. The other events of a delivery are duplicates."""

MAX_NAME_LENGTH = 1024
"""Maximum number of characters of an event type. The maximum for an object id and an account is the same."""


@dataclass(frozen=True)
class NewEvent:
    """An event of a delivery, before ingestion knows whether the event is new.

    Attributes:
        record_key: key of the webhook record: ``{provider}:{signed key}``.
        message: the delivery message for the FIFO queue.
        group: the message group in the FIFO queue.
        alias: a second record key of the event, or None.
        withheld: whether the event is archived and recorded, but not published.
        metric: the metric that counts the event if it is new.
        is_conflict: whether the alias of the event belongs to an event with another body.
    """

    record_key: str
    message: DeliveryMessage
    group: str
    alias: str | None
    withheld: bool = False
    is_conflict: bool = False
    metric: str = "Accepted"


def event_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings that ``identify`` of the providers reads, from the environment variables of ingestion."""
    topics, types = environ.get("SHOPIFY_TOPICS", ""), environ.get("ADYEN_UNSIGNED_TYPES", "")
    return Settings(
        url=environ.get("SQUARE_URL", ""),
        shopify_topics=tuple(topics.split(",")) if topics else (),
        adyen_unsigned_types=tuple(types.split(",")) if types else (),
        mappings=read_mappings(json.loads(environ.get("STANDARD_WEBHOOKS", "{}"))),
    )


def read_events(
    provider: Provider,
    delivery: Delivery,
    settings: Settings,
    decode: Callable[[bytes], JsonObject],
    *,
    by_object: bool,
    as_sent: bool = True,
) -> list[NewEvent]:
    """Decode the body of a verified delivery, and return its events. A replay calls this function like ingestion.

    Args:
        provider: the provider.
        delivery: the verified delivery.
        settings: the settings that ``identify`` reads.
        decode: decodes the body, or raises ``Rejected``.
        by_object: whether each object has its own message group. Otherwise, each provider has one group.
        as_sent: see ``list_events``.

    Raises:
        Rejected: when the body cannot be read, with the reason. This covers a body of more than ``MAX_BODY_BYTES``.
    """
    if len(delivery.body) > MAX_BODY_BYTES:
        raise payload_too_large(MAX_BODY_BYTES)
    payload = decode(delivery.body)
    events = provider.identify(delivery, payload, settings)
    return list_events(provider.name, delivery.body, payload, events, by_object=by_object, as_sent=as_sent)


def list_events(
    provider: str, body: bytes, payload: JsonObject, events: Sequence[Event], *, by_object: bool, as_sent: bool = True
) -> list[NewEvent]:
    """Return the events of a delivery. If the delivery contains an event twice, return it once.

    Args:
        provider: name of the provider.
        body: the exact bytes of the request body.
        payload: the decoded body.
        events: the result of the provider's ``identify``.
        by_object: whether each object has its own message group. Otherwise, each provider has one group.
        as_sent: whether a message with the whole body has the text of the body. Otherwise, it has canonical JSON, which
            every release of processing can decode.

    Raises:
        Rejected: 422 ``invalid_field`` when an event type, object id or account is too long.
    """
    archive_key = delivery_message.archive_key(provider, body)
    pointers = pointers_to(payload, [event.payload for event in events])
    may_fit = len(body) <= delivery_message.MAX_BYTES * len(events)  # processing reads larger events from the archive
    listed: dict[str, NewEvent] = {}
    for event, pointer in zip(events, pointers, strict=True):
        _check_names(event)
        key = f"{provider}:{event.signed_key}"
        alias = f"{provider}:{event.alias}" if event.alias else None
        message = DeliveryMessage(
            provider,
            event.event_id,
            event.event_type,
            event.object_id,
            alias or key,  # an alias is the same in every retry, but the record key can differ
            archive_key,
            pointer,
            payload=(body.decode() if as_sent and not pointer else encode(event.payload)) if may_fit else "",
            account=event.account,
            api_version=event.api_version,
            marked=event.marked,
        )
        group = delivery_message.message_group(provider, event.object_id, by_object=by_object)
        listed.setdefault(key, NewEvent(key, message, group, alias, event.withheld, metric=_metric_of(event)))
    return list(listed.values())


def _metric_of(event: Event) -> str:
    """Return the metric of a new event. An unsigned event has its own metric, because it needs no alarm."""
    if event.unsigned:
        return "UnsignedEvent"
    return "Withheld" if event.withheld else "Accepted"


def take_in(
    store: WebhookStore, body: bytes, events: Sequence[NewEvent], receipt: Receipt, retry_horizon: timedelta
) -> dict[str, int]:
    """Archive a verified delivery, and queue and record its new events.

    Args:
        store: the table, the bucket and the queue.
        body: the exact bytes of the request body.
        events: the result of ``list_events``, at least one event.
        receipt: the data of the delivery.
        retry_horizon: how long the provider retries an event.

    Returns:
        Metric → value, without the value 0: ``Accepted``, ``Withheld`` and ``UnsignedEvent`` for new events,
        ``LateCopy`` for known events whose first delivery is older than the provider's retries, and ``Conflict`` for
        new events whose alias belongs to an event with another body.

    Raises:
        Unavailable: when SQS did not accept every message. Only the events of the accepted messages are recorded.
        Rejected: 409 ``event_conflict`` when an event id is known with another body (see ``Provider.signed_key``).
        AwsError: when any other call to AWS failed. A retry of the delivery completes the remaining steps.
    """
    found = [_look_up(store, event, receipt) for event in events]
    new = [event for event in found if isinstance(event, NewEvent)]
    counts = _counts(found, receipt, retry_horizon)
    if not new:
        return counts
    store.archive(new[0].message.archive_key, body)
    failures = store.send([_outgoing(event, receipt) for event in new if not event.withheld])
    recorded = [event for event in new if event.record_key not in failures and _record(store, event, receipt)]
    if failures:
        raise Unavailable(next(iter(failures.values())))
    for event in recorded:
        _add(counts, event.metric)
    return counts


def _counts(found: Sequence[Known | NewEvent], receipt: Receipt, retry_horizon: timedelta) -> dict[str, int]:
    """Return the counts of known events, and of new events whose alias belongs to an event with another body."""
    counts: dict[str, int] = {}
    for each in found:
        if isinstance(each, NewEvent):
            if each.is_conflict:
                _add(counts, "Conflict")
        elif _is_late(each, receipt, retry_horizon):
            _add(counts, "LateCopy")
    return counts


def _add(counts: dict[str, int], metric: str) -> None:
    counts[metric] = counts.get(metric, 0) + 1


def _is_late(known: Known, receipt: Receipt, retry_horizon: timedelta) -> bool:
    """Return whether the first delivery of a known event is older than the provider's retries."""
    return parse_rfc3339(known.received_at) < receipt.received_at - retry_horizon


def _check_names(event: Event) -> None:
    for field, text in (("event_type", event.event_type), ("object_id", event.object_id), ("account", event.account)):
        if len(text) > MAX_NAME_LENGTH:
            raise invalid_field(field, f"must have at most {MAX_NAME_LENGTH} characters")


def _look_up(store: WebhookStore, event: NewEvent, receipt: Receipt) -> Known | NewEvent:
    """Return the first delivery of a known event, or the event to accept.

    The table ``provider-webhooks`` knows an event by its record key, or by its alias together with the same body. An
    alias is not signed. So an event with a known alias and another body is new, and its message has the signed key.
    """
    known = store.known(event.record_key)
    if known is not None:
        _complete(store, event, known, receipt)
        return known
    known = store.known(event.alias) if event.alias else None
    if known is None or event.alias is None:
        return event
    if not _is_same_body(known, receipt):
        message = DeliveryMessage(**{**vars(event.message), "key": event.record_key})
        return NewEvent(
            event.record_key, message, event.group, None, event.withheld, is_conflict=True, metric=event.metric
        )
    # The record key contains only signed data, so this delivery may add the record key to the known event.
    store.record(build_alias(event.record_key, event.alias, receipt))
    return known


def _complete(store: WebhookStore, event: NewEvent, known: Known, receipt: Receipt) -> None:
    """Write the alias of a known event again, because an earlier run possibly stopped before writing the alias.

    An alias is not signed, so only a delivery with the same body may add an alias.

    Raises:
        Rejected: 409 ``event_conflict`` when the body is different, and the provider has a ``signed_key``.
    """
    if known.body_sha256 == receipt.body_sha256:
        _record_alias(store, event, receipt)
    elif find_provider(event.message.provider).signed_key and not _is_same_body(known, receipt):
        raise Rejected(409, "event_conflict", "another event was accepted under this id")


def _is_same_body(known: Known, receipt: Receipt) -> bool:
    """Return whether a known event has the body of this delivery. Older versions stored no hash with an alias."""
    return known.body_sha256 in ("", receipt.body_sha256)


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

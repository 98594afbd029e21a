"""What all providers share: the delivery that comes in, and the events and records that come out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from hookline.core.values.strict_json import JsonObject

TOLERANCE_SECONDS = 300
"""How far a signed delivery time may lie from the receiver's clock, either way, unless the provider's file differs."""


@dataclass(frozen=True)
class Delivery:
    """One HTTP request as it came.

    Attributes:
        body: the exact bytes.
        headers: names in lower case, exactly one value each; a header that came twice with different values was
            refused before.
    """

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Settings:
    """What some providers need to know beside the secrets.

    Attributes:
        url: Square: the notification URL exactly as it is registered with Square.
        certificates: PayPal: returns the PEM text of the certificates at an address; only ever called with an address
            on the allow-list. It follows no redirect, and should cache.
        trusted: PayPal: PEM text of the certificates to trust instead of the pinned ones.
    """

    url: str = ""
    certificates: Callable[[str], bytes] | None = None
    trusted: str | None = None


@dataclass(frozen=True)
class Verified:
    """A genuine delivery.

    Attributes:
        signed_at: when the provider signed it, or None where the scheme signs no time.
    """

    signed_at: datetime | None


@dataclass(frozen=True)
class Event:
    """One business event of a delivery.

    Attributes:
        event_id: the provider's id, or the one derived from what identifies the event there.
        event_type: the provider's name of what happened.
        object_id: id of the business object whose events must stay in order.
        payload: the event as decoded; of a batch, the item.
        signed_key: what tells the event from every other one of its provider, made from what the signature covers; 1 to
            256 printable ASCII characters.
        alias: another such key under which the same event may already be known, or None. An event is a duplicate when
            either is recorded.
    """

    event_id: str
    event_type: str
    object_id: str
    payload: JsonObject
    signed_key: str
    alias: str | None = None


@dataclass(frozen=True)
class MoneyReport:
    """What an event says about money, in the same words for every provider.

    Attributes:
        event_id: id of the event.
        transaction_type: payment, refund or dispute.
        amount: in minor units by ISO 4217 (KWD has 3 decimal places, JPY none), never negative, or None when the event
            does not say.
        currency: active ISO 4217 code in upper case, or None when the event does not say.
        timestamp: when it happened by the provider's account, UTC, or None when the event does not say.
        object_id: the provider's id of the payment, refund or dispute.
        status: None for the ordinary case; otherwise the word that changes the meaning, such as ``failed``.
        fact: what the transaction's id is made of, from signed content alone, where several events can tell one fact,
            or the event's id is not signed; None where the event's id stands for the fact.
        occurred_at: when the fact happened, the same in every event that tells it; None where ``timestamp`` is.
        booked_type: the event type that a transaction names, the same in every event that tells the fact; None for the
            event's own.
        test: whether the provider says that no real money is meant.
    """

    event_id: str
    transaction_type: str
    amount: int | None
    currency: str | None
    timestamp: datetime | None
    object_id: str
    status: str | None = None
    fact: str | None = None
    occurred_at: datetime | None = None
    booked_type: str | None = None
    test: bool = False


Verify: TypeAlias = Callable[[Delivery, Iterable[str], int, Settings], Verified]
"""Verifies a delivery by the live secrets, at a time in Unix seconds; see ``Provider.verify``."""


@dataclass(frozen=True)
class Provider:
    """Everything that the pipeline knows of a payment provider; each provider's module ends with its own.

    Attributes:
        name: in paths, secrets, settings and ids.
        required_headers: headers without which API Gateway refuses a request.
        retry_horizon: how long the provider goes on delivering an event that is not answered with 2xx.
        event_types: event type → transaction type; an event of any other type says nothing about money.
        booked_by: event type → the event type that is booked for the same fact, so that this one is not.
        statuses: event type → the status that it gives its report; empty where the event itself says the status.
        verify: returns if the signature is genuine. It gets the delivery, the live secrets, of which any may match and
            which are read only once the headers have the right form, the receiver's clock in Unix seconds, and the
            settings. It raises ``SignatureRefused`` with the reason in every other case, and ``Rejected`` (400
            ``malformed_json``) where the signature is inside the body.
        identify: lists the events of a verified delivery and its decoded body. It raises ``Rejected`` (400 or 422) when
            the body cannot be an event of this provider.
        normalise: returns what an event says about money; nothing when its type is not in ``event_types``.
    """

    name: str
    required_headers: tuple[str, ...]
    retry_horizon: timedelta
    event_types: Mapping[str, str]
    booked_by: Mapping[str, str]
    statuses: Mapping[str, str]
    verify: Verify
    identify: Callable[[Delivery, JsonObject], list[Event]]
    normalise: Callable[[Event], list[MoneyReport]]

"""Signatures, events and money reports of Stripe's webhooks.

Sources: "Verify webhook signatures manually", "Types of events", "Supported currencies" (docs.stripe.com).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hookline.core.providers.contract import (
    TOLERANCE_SECONDS,
    BookingRules,
    Delivery,
    Event,
    MoneyReport,
    Provider,
    Settings,
    Verified,
)
from hookline.core.providers.reading import (
    at,
    bounded_id,
    bounded_key,
    currency_at,
    instant_at,
    minor_units,
    reference_at,
    required_text,
    text_at,
    whole_at,
)
from hookline.core.providers.table import COUNTED, NO_MONEY, verdict_on
from hookline.core.providers.tables.stripe import (
    CAPTURED,
    FAMILIES,
    FIRST_RIGHT_VERSION,
    NOT_CAPTURED,
    OF_INTENT,
    OLD_TABLE,
    TABLE,
)
from hookline.core.signatures.hmac_body import HEX, is_usable, require_match, usable_keys
from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.core.values.strict_json import JsonObject, JsonValue

SIGNATURE_HEADER = "stripe-signature"


EXPONENTS = {"ISK": 2, "MGA": 0, "UGX": 2}
"""Currency → number of decimal places at Stripe. Only currencies with a different number in ISO 4217 are listed."""

_AMOUNT_FIELD = {"payment_intent.succeeded": "amount_received", "charge.succeeded": "amount_captured"}
_AMOUNT_FIELD["charge.captured"] = "amount_captured"
_TELLERS = {
    "refund.created": "refund.created",
    "refund.updated": "refund.created",
    "charge.succeeded": "charge.succeeded",
    "charge.captured": "charge.succeeded",
}
"""Event type → event type in the metadata of the transaction, for facts that several event types tell."""

_HEADER = re.compile(r"[ -~]{1,4096}")
_UNIX_SECONDS = re.compile(r"[1-9][0-9]{0,11}")


def verify(delivery: Delivery, secrets: Iterable[str], now: int, settings: Settings) -> Verified:  # noqa: ARG001
    """Verify the header ``Stripe-Signature``, which contains a time and one or more ``v1`` signatures.

    Each ``v1`` signature is the HMAC-SHA256 of ``time.body``, as hex. The key of the HMAC is a signing secret.
    """
    timestamp, signatures = _read_header(delivery.headers.get(SIGNATURE_HEADER, ""))
    keys = usable_keys(secrets)
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise SignatureRefused(Refusal.EXPIRED)
    secret = require_match(signatures, keys, timestamp.encode("ascii") + b"." + delivery.body, HEX)
    return Verified(datetime.fromtimestamp(int(timestamp), UTC), (secret,))


def identify(delivery: Delivery, payload: JsonObject, settings: Settings) -> list[Event]:  # noqa: ARG001
    """Return the only event of a Stripe delivery. The event id is in the signed body.

    An event of a connected account has the id of this account ("Connect webhooks", docs.stripe.com).
    """
    event_id, event_type = required_text(payload, "id"), required_text(payload, "type")
    object_id = text_at(payload, "data", "object", "id") or text_at(payload, "related_object", "id") or event_id
    key, account = bounded_key(event_id), text_at(payload, "account")
    version = text_at(payload, "api_version")
    return [
        Event(bounded_id(event_id), event_type, object_id, payload, key, account=account, api_version=version),
    ]


def normalise(event: Event, rules: BookingRules) -> list[MoneyReport]:
    """Return the money report of a Stripe event in a list. The list is empty if the event is not about money.

    In an API version before ``FIRST_RIGHT_VERSION``, the growth of a charge's refunded amount is the refund.
    """
    is_old = _is_old(event, rules)
    judged = verdict_on(OLD_TABLE if is_old else TABLE, FAMILIES, event.event_type, _status(event))
    if judged is None:
        return []
    currency = currency_at(event.payload, "data", "object", "currency")
    status = text_at(event.payload, "data", "object", "status")
    fact = _fact(event, judged.transaction_type, is_old=is_old)
    amount = _amount(event)
    return [
        MoneyReport(
            event_id=event.event_id,
            transaction_type=judged.transaction_type,
            verdict=_verdict(event, judged.verdict, amount),
            status=status,
            amount=minor_units(amount, currency, EXPONENTS),
            currency=currency,
            timestamp=instant_at(event.payload, "created"),
            object_id=_object_id(event, judged.transaction_type, is_old=is_old),
            fact=fact,
            occurred_at=instant_at(event.payload, "data", "object", "created") if fact and not is_old else None,
            booked_type=_TELLERS.get(event.event_type),
            test=event.payload.get("livemode") is False,
            payment_id="" if judged.transaction_type == "payment" else _payment_id(event),
            inquiry=judged.transaction_type == "dispute" and status.startswith("warning_"),
            reference=reference_at(event.payload, "data", "object", "metadata", rules.reference_field),
            changing="reference" if event.event_type in _TELLERS else "",
            respond_by=instant_at(event.payload, "data", "object", "evidence_details", "due_by"),
        )
    ]


def _verdict(event: Event, verdict: str, amount: int | None) -> str:
    """Return the verdict of the table, or what the amount says: a growth of 0, or a cancellation after a capture."""
    if event.event_type == "charge.refunded" and amount == 0:
        return NO_MONEY
    received = whole_at(event.payload, "data", "object", "amount_received")
    return COUNTED if event.event_type == "payment_intent.canceled" and received else verdict


def _object_id(event: Event, transaction_type: str, *, is_old: bool) -> str:
    """Return the id of the object that is booked. The refunds of an older version are booked as their charge."""
    if is_old and transaction_type == "refund":
        return text_at(event.payload, "data", "object", "charge") or event.object_id
    return event.object_id


def _payment_id(event: Event) -> str:
    """Return the id of the payment of a refund or dispute: the payment intent, or a charge without one.

    The refund of an older version is told by the charge itself.
    """
    of_intent = text_at(event.payload, "data", "object", "payment_intent")
    charge = event.object_id if event.event_type == "charge.refunded" else ""
    return of_intent or text_at(event.payload, "data", "object", "charge") or charge


def _is_old(event: Event, rules: BookingRules) -> bool:
    """Return whether the refunds of an event follow the rules before ``FIRST_RIGHT_VERSION``.

    A refund from before the change of the endpoint's version was told by its charge.
    """
    version = text_at(event.payload, "api_version")
    if version and version < FIRST_RIGHT_VERSION:
        return True
    created = instant_at(event.payload, "data", "object", "created")
    is_refund = event.event_type.startswith(("refund.", "charge.refund."))
    return bool(is_refund and rules.basil_since and created and created < rules.basil_since)


def _status(event: Event) -> str:
    """Return the status of the object. A charge has its state instead, because its status does not say who books it."""
    if event.event_type not in ("charge.succeeded", "charge.captured"):
        return text_at(event.payload, "data", "object", "status")
    if at(event.payload, "data", "object", "payment_intent"):
        return OF_INTENT
    return CAPTURED if at(event.payload, "data", "object", "captured") is True else NOT_CAPTURED


def _fact(event: Event, transaction_type: str, *, is_old: bool) -> str | None:
    """Return what several events tell: a refund, a charge without a payment intent, or a charge refunded so far."""
    if is_old and event.event_type == "charge.refunded":
        refunded = whole_at(event.payload, "data", "object", "amount_refunded")
        return f"refund:{event.object_id}:{refunded}"
    return f"{transaction_type}:{event.object_id}" if event.event_type in _TELLERS else None


def _amount(event: Event) -> int | None:
    if event.event_type != "charge.refunded":
        return whole_at(event.payload, "data", "object", _AMOUNT_FIELD.get(event.event_type, "amount"))
    # A charge contains only the total of its refunds, to which older versions add the part that is not captured.
    before = at(event.payload, "data", "previous_attributes")
    if not isinstance(before, dict) or whole_at(before, "amount_refunded") is None:
        return None
    now = at(event.payload, "data", "object")
    after = _given_back(now, {})
    earlier = _given_back(now, before)
    return None if after is None or earlier is None else after - earlier


def _given_back(charge: JsonValue, changed: JsonObject) -> int | None:
    """Return the captured amount of a charge that is refunded, with some values as they were before."""
    values = {**charge, **changed} if isinstance(charge, dict) else {}
    amount, refunded = whole_at(values, "amount"), whole_at(values, "amount_refunded")
    if amount is None or refunded is None:
        return None
    captured = amount if "amount_captured" not in values else whole_at(values, "amount_captured") or 0
    return max(0, refunded - (amount - captured))


def _read_header(value: str) -> tuple[str, list[bytes]]:
    """Return the first timestamp (``t``) and all ``v1`` signatures in the header ``Stripe-Signature``."""
    if not value:
        raise SignatureRefused(Refusal.MISSING)
    pairs = [entry.partition("=")[::2] for entry in value.split(",")] if _HEADER.fullmatch(value) else []
    timestamp = next((text for key, text in pairs if key == "t"), "")
    signatures = [text.encode("ascii") for key, text in pairs if key == "v1" and HEX.fullmatch(text)]
    if not (signatures and _UNIX_SECONDS.fullmatch(timestamp)):
        raise SignatureRefused(Refusal.MALFORMED)
    return timestamp, signatures


PROVIDER = Provider(
    name="stripe",
    required_headers=("Stripe-Signature",),
    retry_horizon=timedelta(days=3),
    signs_time=True,
    table=TABLE,
    families=FAMILIES,
    verify=verify,
    identify=identify,
    normalise=normalise,
    is_usable=is_usable,
    account_is_foreign=True,
    lowest_version=FIRST_RIGHT_VERSION,
)

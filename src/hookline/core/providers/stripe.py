"""Signatures, events and money reports of Stripe's webhooks.

Sources: "Verify webhook signatures manually", "Types of events", "Supported currencies" (docs.stripe.com).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hookline.core.providers.contract import (
    TOLERANCE_SECONDS,
    Delivery,
    Event,
    MoneyReport,
    Provider,
    Settings,
    Verified,
)
from hookline.core.providers.reading import (
    bounded_id,
    bounded_key,
    currency_at,
    instant_at,
    minor_units,
    required_text,
    text_at,
    whole_at,
)
from hookline.core.signatures.hmac_body import HEX, is_usable, require_match, usable_keys
from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.core.values.strict_json import JsonObject

SIGNATURE_HEADER = "stripe-signature"

EVENT_TYPES = {
    "payment_intent.succeeded": "payment",
    "charge.succeeded": "payment",
    "refund.created": "refund",
    "refund.updated": "refund",
    "refund.failed": "refund",
    "charge.refunded": "refund",
    "charge.dispute.created": "dispute",
    "charge.dispute.updated": "dispute",
    "charge.dispute.closed": "dispute",
    "charge.dispute.funds_withdrawn": "dispute",
    "charge.dispute.funds_reinstated": "dispute",
}

BOOKED_BY = {
    "charge.succeeded": "payment_intent.succeeded",
    "charge.refunded": "refund.created",
    "refund.failed": "refund.created",
    "charge.dispute.updated": "charge.dispute.created",
    "charge.dispute.closed": "charge.dispute.created",
    "charge.dispute.funds_withdrawn": "charge.dispute.created",
    "charge.dispute.funds_reinstated": "charge.dispute.created",
}

EXPONENTS = {"ISK": 2, "MGA": 0, "UGX": 2}
"""Currency → number of decimal places at Stripe. Only currencies with a different number in ISO 4217 are listed."""

_AMOUNT_FIELD = {"payment_intent.succeeded": "amount_received", "charge.succeeded": "amount_captured"}
_STATUSES_THAT_MATTER = frozenset({"failed", "canceled", "pending", "requires_action", "won", "lost", "warning_closed"})
_REFUND_TELLERS = ("refund.created", "refund.updated")
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
    return [Event(bounded_id(event_id), event_type, object_id, payload, key, account=account)]


def normalise(event: Event) -> list[MoneyReport]:
    """Return the money report of a Stripe event in a list.

    The list is empty if the event type is not in ``EVENT_TYPES``.
    """
    transaction_type = EVENT_TYPES.get(event.event_type)
    if transaction_type is None:
        return []
    currency = currency_at(event.payload, "data", "object", "currency")
    status = text_at(event.payload, "data", "object", "status")
    told_twice = event.event_type in _REFUND_TELLERS
    return [
        MoneyReport(
            event_id=event.event_id,
            transaction_type=transaction_type,
            amount=minor_units(_amount(event), currency, EXPONENTS),
            currency=currency,
            timestamp=instant_at(event.payload, "created"),
            object_id=event.object_id,
            status=status if status in _STATUSES_THAT_MATTER else None,
            fact=f"{transaction_type}:{event.object_id}" if told_twice else None,
            occurred_at=instant_at(event.payload, "data", "object", "created") if told_twice else None,
            booked_type="refund.created" if told_twice else None,
            test=event.payload.get("livemode") is False,
        )
    ]


def _amount(event: Event) -> int | None:
    if event.event_type != "charge.refunded":
        return whole_at(event.payload, "data", "object", _AMOUNT_FIELD.get(event.event_type, "amount"))
    # A charge contains only the total of its refunds. The amount of this refund is the new total minus the old total.
    after = whole_at(event.payload, "data", "object", "amount_refunded")
    before = whole_at(event.payload, "data", "previous_attributes", "amount_refunded")
    return None if after is None or before is None else after - before


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
    event_types=EVENT_TYPES,
    booked_by=BOOKED_BY,
    statuses={},
    verify=verify,
    identify=identify,
    normalise=normalise,
    is_usable=is_usable,
    account_is_foreign=True,
)

"""Signatures, events and money reports of PayPal's webhooks.

Sources: "Verify webhook signature", "Webhook event names", "Webhooks integration" (developer.paypal.com).

PayPal signs only the CRC-32 of the body. So an attacker who has a genuine delivery can make another body, with any
amount, for the same signature. To limit this attack, hookline accepts each transmission id (PayPal's id of the
delivery) only once, and only for four days. The attack is still possible, so confirm each amount with PayPal before you
move money because of an event.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterable, Mapping
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
    minor_units_of_decimal,
    reference_at,
    required_text,
    text_at,
)
from hookline.core.providers.table import verdict_on
from hookline.core.providers.tables.paypal import FAMILIES, TABLE
from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.core.values.strict_json import JsonObject
from hookline.core.values.timestamp import parse_rfc3339

ID_HEADER = "paypal-transmission-id"
TIME_HEADER = "paypal-transmission-time"
SIGNATURE_HEADER = "paypal-transmission-sig"
CERTIFICATE_HEADER = "paypal-cert-url"
ALGORITHM_HEADER = "paypal-auth-algo"
REQUIRED_HEADERS = (ID_HEADER, TIME_HEADER, SIGNATURE_HEADER, CERTIFICATE_HEADER, ALGORITHM_HEADER)


MAX_AGE_SECONDS = 4 * 86_400
"""Maximum age of a PayPal delivery in seconds: four days.

The age counts from the signed transmission time. PayPal retries for three days, and does not document whether a retry
has a new transmission time. So the signed time of the last retry is possibly three days old.
"""

CERTIFICATE_NAMES = {
    "live": "messageverificationcerts.paypal.com",
    "sandbox": "messageverificationcerts.sandbox.paypal.com",
}
"""Environment of PayPal → name of the certificates with which PayPal signs webhooks."""

_CERTIFICATE_URL = re.compile(r"https://api\.(?:sandbox\.)?paypal\.com/v1/notifications/certs/[A-Za-z0-9_-]{1,128}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def verify(delivery: Delivery, secrets: Iterable[str], now: int, settings: Settings) -> Verified:
    """Verify PayPal's signature: RSA with SHA-256 of ``transmission id|time|webhook id|CRC-32 of the body``.

    The ``secrets`` are webhook ids. They are not confidential, because only PayPal has the private key with which the
    signature is made. The certificate is fetched only if the headers have the right format, and only from a PayPal URL.
    """
    headers = delivery.headers
    signature, sent_at = _read_headers(delivery)
    webhook_ids = [webhook_id for webhook_id in secrets if is_usable(webhook_id)]
    if not webhook_ids or settings.certificates is None:
        raise SignatureRefused(Refusal.NO_SECRET)
    if not -TOLERANCE_SECONDS <= now - sent_at.timestamp() <= MAX_AGE_SECONDS:
        raise SignatureRefused(Refusal.EXPIRED)
    url = headers[CERTIFICATE_HEADER]
    source = settings.certificates()
    pem = source.find(url)
    start, end = f"{headers[ID_HEADER]}|{headers[TIME_HEADER]}|", f"|{zlib.crc32(delivery.body)}"
    messages = {webhook_id: (start + webhook_id + end).encode("ascii") for webhook_id in webhook_ids}
    signed_for = _signed_by_paypal(pem, settings, now, signature, messages)
    older = source.kept(url) if signed_for is None else None
    if older:
        signed_for = _signed_by_paypal(older, settings, now, signature, messages)
    if signed_for is None:
        raise SignatureRefused(Refusal.MISMATCH)
    source.keep(url, older or pem)
    return Verified(sent_at, (signed_for,))


def is_usable(secret: str) -> bool:
    """Return whether a secret has the form of a webhook id."""
    return bool(_ID.fullmatch(secret))


def identify(delivery: Delivery, payload: JsonObject, settings: Settings) -> list[Event]:  # noqa: ARG001
    """Return the only event of a PayPal delivery.

    The signed key contains the transmission id (PayPal's id of the delivery). The alias contains the event id,
    which is the same in each retry.
    """
    event_id, event_type = required_text(payload, "id"), required_text(payload, "event_type")
    object_id = text_at(payload, "resource", "id") or text_at(payload, "resource", "dispute_id") or event_id
    key, alias = signed_key(delivery), bounded_key(f"event:{event_id}")
    return [Event(bounded_id(event_id), event_type, object_id, payload, key, alias, account=_merchant(payload))]


def signed_key(delivery: Delivery) -> str:
    """Return the signed key of a delivery, which is made from the transmission id."""
    return f"transmission:{delivery.headers.get(ID_HEADER, '')}"


def normalise(event: Event, rules: BookingRules) -> list[MoneyReport]:  # noqa: ARG001
    """Return the money report of a PayPal event in a list. The list is empty if the event is not about money.

    In older events, the amount of a refund is negative. The money report has the amount without the minus sign.
    """
    status = _status(event)
    judged = verdict_on(TABLE, FAMILIES, event.event_type, status)
    if judged is None:
        return []
    path = ("resource", "dispute_amount" if judged.transaction_type == "dispute" else "amount")
    currency = currency_at(event.payload, *path, "currency_code") or currency_at(event.payload, *path, "currency")
    value = text_at(event.payload, *path, "value") or text_at(event.payload, *path, "total")
    object_id = text_at(event.payload, "resource", "id") or text_at(event.payload, "resource", "dispute_id")
    return [
        MoneyReport(
            event_id=event.event_id,
            transaction_type=judged.transaction_type,
            verdict=judged.verdict,
            status=status,
            amount=minor_units_of_decimal(value, currency),
            currency=currency,
            timestamp=instant_at(event.payload, "create_time"),
            object_id=event.object_id,
            fact=f"{judged.transaction_type}:{object_id}" if object_id else None,
            occurred_at=instant_at(event.payload, "resource", "create_time"),
            payment_id="" if judged.transaction_type == "payment" else _payment_id(event.payload),
            inquiry=text_at(event.payload, "resource", "dispute_life_cycle_stage") == "INQUIRY",
            reference=_reference(event.payload),
            respond_by=instant_at(event.payload, "resource", "seller_response_due_date"),
        )
    ]


def _status(event: Event) -> str:
    """Return the status or state of the resource. A dispute that is resolved has the code of its outcome instead."""
    if event.event_type == "CUSTOMER.DISPUTE.RESOLVED":
        return text_at(event.payload, "resource", "dispute_outcome", "outcome_code").lower()
    return (text_at(event.payload, "resource", "status") or text_at(event.payload, "resource", "state")).lower()


def _reference(payload: JsonObject) -> str:
    """Return the merchant's reference: the invoice, or the custom text of a payment without an invoice."""
    resource, disputed = payload.get("resource"), _first(payload, "disputed_transactions")
    objects = [resource if isinstance(resource, dict) else {}, disputed]
    fields = ("invoice_id", "invoice_number", "custom_id", "custom")
    return next((text for field in fields for each in objects if (text := reference_at(each, field))), "")


def _merchant(payload: JsonObject) -> str:
    """Return the merchant id of the payee or, in a dispute, of the seller. Many events do not contain it."""
    seller = text_at(_first(payload, "disputed_transactions"), "seller", "merchant_id")
    return text_at(payload, "resource", "payee", "merchant_id") or seller


def _payment_id(payload: JsonObject) -> str:
    """Return the id of the payment of a refund or dispute: the sale, the capture to which ``up`` links, or the payment.

    The seller's transaction id of a dispute is the id of the payment.
    """
    disputed = text_at(_first(payload, "disputed_transactions"), "seller_transaction_id")
    links = at(payload, "resource", "links")
    objects = [each for each in links if isinstance(each, dict)] if isinstance(links, list) else []
    linked = next((text_at(each, "href").rpartition("/")[2] for each in objects if each.get("rel") == "up"), "")
    sale, capture = text_at(payload, "resource", "sale_id"), text_at(payload, "resource", "capture_id")
    return disputed or sale or capture or linked


def _first(payload: JsonObject, field: str) -> JsonObject:
    """Return the first object of a list in the resource, or an empty object."""
    listed = at(payload, "resource", field)
    first = listed[0] if isinstance(listed, list) and listed else None
    return first if isinstance(first, dict) else {}


def _read_headers(delivery: Delivery) -> tuple[bytes, datetime]:
    """Return the signature and the signed time from PayPal's headers, after checking the format of these headers."""
    values = [delivery.headers.get(name, "") for name in REQUIRED_HEADERS]
    if not all(values):
        raise SignatureRefused(Refusal.MISSING)
    transmission_id, sent_at, signature, url, algorithm = values
    forms = (_ID.fullmatch(transmission_id), _CERTIFICATE_URL.fullmatch(url))
    try:
        decoded, instant = base64.b64decode(signature, validate=True), parse_rfc3339(sent_at)
    except ValueError:
        raise SignatureRefused(Refusal.MALFORMED) from None
    canonical = base64.b64encode(decoded).decode("ascii") == signature
    if not (all(forms) and canonical and algorithm == "SHA256withRSA"):
        raise SignatureRefused(Refusal.MALFORMED)
    return decoded, instant


def _signed_by_paypal(
    pem: bytes, settings: Settings, now: int, signature: bytes, messages: Mapping[str, bytes]
) -> str | None:
    """Return the webhook id whose message PayPal signed, or None. ``messages`` is webhook id → signed message."""
    from hookline.core.providers import paypal_authorities  # noqa: PLC0415 - import only for deliveries of PayPal
    from hookline.core.signatures import x509  # noqa: PLC0415 - import only for deliveries of PayPal

    try:
        authorities = (settings.trusted or paypal_authorities.PEM).encode("ascii")
        leaf = x509.trusted_leaf(pem, authorities, datetime.fromtimestamp(now, UTC))
    except ValueError:
        return None
    environments = (settings.paypal_environment,) if settings.paypal_environment else CERTIFICATE_NAMES
    if not any(CERTIFICATE_NAMES[environment] in leaf.names for environment in environments):
        return None
    return next((name for name, message in messages.items() if leaf.key.verifies(signature, message)), None)


PROVIDER = Provider(
    name="paypal",
    required_headers=REQUIRED_HEADERS,
    retry_horizon=timedelta(days=3),
    signs_time=True,
    table=TABLE,
    families=FAMILIES,
    verify=verify,
    identify=identify,
    normalise=normalise,
    is_usable=is_usable,
    unsigned=(
        "account",
        "event_id",
        "event_type",
        "inquiry",
        "object_id",
        "reference",
        "respond_by",
        "status",
        "transaction_count",
        "transactions",
    ),
    identifying_headers=(ID_HEADER,),
    signed_key=signed_key,
)

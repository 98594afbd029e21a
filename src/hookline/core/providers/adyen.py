"""Signatures, events and money reports of Adyen's webhooks.

Sources: "Verify HMAC signatures", "Webhook types", "Handle webhook events", "Currency codes" (docs.adyen.com).

Each event in an Adyen delivery has its own signature, which covers only eight fields. An attacker who has a genuine
delivery can change all other fields, such as the time of the event, and the signature stays valid. Adyen joins the
signed fields with colons, and does not escape colons inside a field. So hookline allows colons in only one of the
fields. Then there is only one way to split a signed text into its fields.

Adyen does not sign some events, such as reports. The setting ``adyenUnsignedTypes`` can let named types in with HTTP
basic credentials. Such an event is archived, but not published.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from hookline.core.errors import Rejected
from hookline.core.providers.contract import (
    TEST_MARK,
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
    content_key,
    currency_at,
    instant_at,
    minor_units,
    reference_at,
    text_at,
    whole_at,
)
from hookline.core.providers.table import verdict_on
from hookline.core.providers.tables.adyen import FAMILIES, TABLE, TABLE_WITH_MANUAL_CAPTURE
from hookline.core.signatures.basic_credentials import is_credentials, read_credentials, require_credentials
from hookline.core.signatures.hmac_body import BASE64, read_signature, require_match
from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.core.values.strict_json import JsonObject, decode, decode_leniently, encode

EXPONENTS = {"CLP": 2, "CVE": 0, "IDR": 0, "ISK": 2}
"""Currency → number of decimal places at Adyen. Only currencies with a different number in ISO 4217 are listed."""

MAX_ITEMS = 100
"""Maximum number of events in an Adyen delivery. A delivery with more events is rejected."""

_NO_COLON = re.compile(r"[ -9;-~]{1,128}")
_CODE = re.compile(r"[A-Z0-9_]{1,64}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_KEY = re.compile(r"(?:[0-9A-Fa-f]{2}){16,64}")


def verify(delivery: Delivery, secrets: Iterable[str], now: int, settings: Settings) -> Verified:  # noqa: ARG001
    """Verify the ``hmacSignature`` of each event in a delivery of Adyen. Adyen does not sign a time.

    The signature is the HMAC-SHA256 of eight fields of the event, as base64. An event that may come without it needs
    the right HTTP basic credentials of the delivery. If the strict decoder rejects the body, the fields come from the
    lenient decoder, and the result says why the body was rejected.
    """
    payload, refused = _decoded(delivery.body)
    items = items_of(payload)
    if not items:
        raise SignatureRefused(Refusal.MALFORMED)
    to_match = [item for item in items if not _may_be_unsigned(item, settings)]
    signed = [(read_signature(_signature_of(item), "hmacSignature", BASE64), signed_text(item)) for item in to_match]
    given = [read_credentials(delivery.headers)] if len(to_match) < len(items) else []
    live = list(secrets)
    keys = {secret: bytes.fromhex(secret) for secret in live if is_key(secret)}
    if signed and not keys:
        raise SignatureRefused(Refusal.NO_SECRET)
    used = [require_match([signature], keys, text, BASE64) for signature, text in signed]
    used += [require_credentials(each, live) for each in given]
    return Verified(None, tuple(dict.fromkeys(used)), payload, refused)


def is_usable(secret: str) -> bool:
    """Return whether a secret is an HMAC key or HTTP basic credentials."""
    return is_key(secret) or is_credentials(secret)


def is_key(secret: str) -> bool:
    """Return whether a secret is an HMAC key: 16 to 64 bytes in hex."""
    return bool(_KEY.fullmatch(secret))


def can_move_money(event_type: str) -> bool:
    """Return whether an event type is in the table, or belongs to a family of types that can move money."""
    return event_type in TABLE or event_type.startswith(FAMILIES)


def identify(delivery: Delivery, payload: JsonObject, settings: Settings) -> list[Event]:  # noqa: ARG001
    """Return the events of an Adyen delivery. An event id consists of signed fields.

    The object id is the reference of the payment, so the events of one payment stay in order. An event without a
    signature is withheld.
    """
    marked = TEST_MARK if payload.get("live") == "false" else ""
    return [_unsigned(item) if _is_unsigned(item) else _event(item, marked) for item in items_of(payload)]


def normalise(event: Event, rules: BookingRules) -> list[MoneyReport]:
    """Return the money report of an Adyen event in a list. The list is empty if the event is not about money."""
    success = text_at(event.payload, "success")
    judged = verdict_on(TABLE_WITH_MANUAL_CAPTURE if rules.captures else TABLE, FAMILIES, event.event_type, success)
    if judged is None:
        return []
    currency = currency_at(event.payload, "amount", "currency")
    of_payment = judged.transaction_type == "payment"
    return [
        MoneyReport(
            event_id=event.event_id,
            transaction_type=judged.transaction_type,
            verdict=judged.verdict,
            status=success,
            amount=minor_units(whole_at(event.payload, "amount", "value"), currency, EXPONENTS),
            currency=currency,
            timestamp=instant_at(event.payload, "eventDate"),
            object_id=event.object_id if of_payment else text_at(event.payload, "pspReference"),
            payment_id="" if of_payment else text_at(event.payload, "originalReference"),
            reference=reference_at(event.payload, "merchantReference"),
            respond_by=instant_at(event.payload, "additionalData", "defensePeriodEndsAt"),
        )
    ]


def items_of(payload: JsonObject) -> list[JsonObject]:
    """Return the JSON objects of the events in an Adyen delivery.

    The list is empty when an item of the delivery is malformed, or when there are more than ``MAX_ITEMS`` items.
    """
    wrapped = payload.get("notificationItems")
    wrappers = wrapped if isinstance(wrapped, list) else []
    items = [wrapper.get("NotificationRequestItem") if isinstance(wrapper, dict) else None for wrapper in wrappers]
    objects = [item for item in items if isinstance(item, dict)]
    return objects if len(objects) == len(items) <= MAX_ITEMS else []


def signed_texts(payload: JsonObject) -> list[bytes]:
    """Return the signed text of each event in an Adyen delivery. An event that nobody signed stands for itself.

    Raises:
        SignatureRefused: like ``signed_text``, and ``MISSING`` if an event that can move money has no signature.
    """
    items = items_of(payload)
    if not all(_has_signature(item) or _is_unsigned(item) for item in items):
        raise SignatureRefused(Refusal.MISSING)
    return [encode(item).encode() if _is_unsigned(item) else signed_text(item) for item in items]


def _decoded(body: bytes) -> tuple[JsonObject, Rejected | None]:
    """Return the decoded body, and why the strict decoder rejects it, or None."""
    try:
        return decode(body, mend=True), None
    except Rejected as refused:
        return decode_leniently(body), refused


def _event(item: JsonObject, marked: str) -> Event:
    psp_reference, code = text_at(item, "pspReference"), text_at(item, "eventCode")
    event_id = f"{psp_reference}:{code}:{text_at(item, 'success')}"
    object_id = text_at(item, "originalReference") or psp_reference
    account = text_at(item, "merchantAccountCode")
    return Event(bounded_id(event_id), code, object_id, item, bounded_key(event_id), account=account, marked=marked)


def _may_be_unsigned(item: JsonObject, settings: Settings) -> bool:
    """Return whether an event has no ``hmacSignature``, and the stack lets its type in without one."""
    return text_at(item, "eventCode") in settings.adyen_unsigned_types and not _has_signature(item)


def _is_unsigned(item: JsonObject) -> bool:
    """Return whether an event has no ``hmacSignature``, and its type is one that can come without it.

    ``verify`` accepts such an event only if a setting names its type. Whatever the setting is now, nobody signed it.
    """
    return not (_has_signature(item) or can_move_money(text_at(item, "eventCode")))


def _has_signature(item: JsonObject) -> bool:
    return at(item, "additionalData", "hmacSignature") is not None


def _unsigned(item: JsonObject) -> Event:
    """Return an event that nobody signed.

    Its key ends with a hash of the event, and the key of a signed event ends with ``true`` or ``false``. So its record
    key never hides a signed event.
    """
    code = text_at(item, "eventCode")
    key = content_key("unsigned", code, encode(item).encode())
    object_id = text_at(item, "pspReference") or bounded_id(key)
    return Event(bounded_id(key), code, object_id, item, key, withheld=True, unsigned=True)


def _signature_of(item: JsonObject) -> dict[str, str]:
    return {"hmacSignature": text_at(item, "additionalData", "hmacSignature")}


def signed_text(item: JsonObject) -> bytes:
    """Return the text that Adyen signs: eight fields of an event, joined by colons.

    Only the field ``merchantReference`` may contain colons.

    Raises:
        SignatureRefused: ``MALFORMED`` when a required field is missing or malformed.
    """
    psp_reference, account = text_at(item, "pspReference"), text_at(item, "merchantAccountCode")
    original, reference = _optional_text(item, "originalReference"), _optional_text(item, "merchantReference")
    value, currency = whole_at(item, "amount", "value"), text_at(item, "amount", "currency")
    code, success = text_at(item, "eventCode"), text_at(item, "success")
    unambiguous = (
        all(_NO_COLON.fullmatch(text) for text in (psp_reference, original or "-", account))
        and _CODE.fullmatch(code)
        and _CURRENCY.fullmatch(currency)
        and success in ("true", "false")
    )
    if value is None or not unambiguous:
        raise SignatureRefused(Refusal.MALFORMED)
    return ":".join((psp_reference, original, account, reference, str(value), currency, code, success)).encode()


def _optional_text(item: JsonObject, field: str) -> str:
    """Return a text, or an empty string if it is absent or null, which Adyen signs as an empty string.

    Raises:
        SignatureRefused: ``MALFORMED`` for a value of another type.
    """
    value = item.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise SignatureRefused(Refusal.MALFORMED)
    return value


PROVIDER = Provider(
    name="adyen",
    required_headers=(),
    retry_horizon=timedelta(days=30),
    signs_time=False,
    table=TABLE,
    families=FAMILIES,
    verify=verify,
    identify=identify,
    normalise=normalise,
    is_usable=is_usable,
    unsigned=("respond_by", "test", "transactions.metadata.marked_test", "transactions.timestamp"),
    signed_texts=signed_texts,
)

"""Code that signs webhooks in the format of each provider, for tests and samples. No Lambda function imports it."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from zlib import crc32

from hookline.core.providers import adyen, checkout, paypal, razorpay, shopify, square, stripe
from hookline.core.providers.contract import Delivery
from hookline.core.signatures import standard_webhooks
from hookline.core.signatures.basic_credentials import PREFIX
from hookline.core.signatures.hmac_body import BASE64, HEX, mac
from hookline.core.values.strict_json import decode, encode
from hookline.core.values.timestamp import format_utc

PAYPAL_CERTIFICATE_URL = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-development"
"""URL for the header in which PayPal sends the address of its certificate. No certificate exists at this URL."""


def sign(
    name: str,
    body: bytes,
    secret: str,
    now: int,
    *,
    event_id: str = "",
    url: str = "",
    rsa: "Callable[[bytes], bytes] | None" = None,
) -> Delivery:
    """Return a signed delivery as a provider sends it: the body and the provider's headers.

    Args:
        name: the provider's name.
        body: a body in JSON. For Adyen, the signatures are put into the body, which is encoded again.
        secret: the signing secret; for PayPal, the webhook id.
        now: time of signing, in Unix seconds.
        event_id: the event id, which Standard Webhooks, Shopify, Razorpay and PayPal send in a header.
        url: the endpoint's URL as registered at Square. Only Square includes the URL in the signed text.
        rsa: function that signs a message with RSASSA-PKCS1-v1_5 and SHA-256; only PayPal needs it.

    Raises:
        ValueError: if the secret has the wrong format, or if `rsa` is missing for PayPal.
    """
    if name == "adyen":
        return Delivery(_sign_items(body, secret), {})
    if name == "paypal":
        return Delivery(body, _paypal(body, secret, now, event_id, rsa))
    return Delivery(body, _SIGNERS[name](body, secret, now, event_id, url))


def can_sign(name: str, secret: str) -> bool:
    """Return whether a live secret of a provider signs webhooks. HTTP basic credentials of Adyen sign nothing."""
    return name != "adyen" or not secret.startswith(PREFIX)


def _stripe(body: bytes, secret: str, now: int, _event_id: str, _url: str) -> dict[str, str]:
    return {stripe.SIGNATURE_HEADER: f"t={now},v1={_mac(secret, f'{now}.'.encode() + body, HEX)}"}


def _standard_webhooks(body: bytes, secret: str, now: int, event_id: str, _url: str) -> dict[str, str]:
    values = (event_id, str(now), standard_webhooks.sign(secret, event_id, now, body))
    return dict(zip(standard_webhooks.SIGNATURE_HEADERS, values, strict=True))


def _square(body: bytes, secret: str, _now: int, _event_id: str, url: str) -> dict[str, str]:
    return {square.SIGNATURE_HEADER: _mac(secret, url.encode() + body, BASE64)}


def _checkout(body: bytes, secret: str, _now: int, _event_id: str, _url: str) -> dict[str, str]:
    return {checkout.SIGNATURE_HEADER: _mac(secret, body, HEX)}


def _razorpay(body: bytes, secret: str, _now: int, event_id: str, _url: str) -> dict[str, str]:
    return {razorpay.SIGNATURE_HEADER: _mac(secret, body, HEX), razorpay.EVENT_ID_HEADER: event_id}


def _shopify(body: bytes, secret: str, _now: int, event_id: str, _url: str) -> dict[str, str]:
    return {
        shopify.SIGNATURE_HEADER: _mac(secret, body, BASE64),
        shopify.TOPIC_HEADER: shopify.topic_of(decode(body)),
        shopify.EVENT_ID_HEADER: event_id,
    }


_SIGNERS = {
    "checkout": _checkout,
    "razorpay": _razorpay,
    "shopify": _shopify,
    "square": _square,
    "standard_webhooks": _standard_webhooks,
    "stripe": _stripe,
}


def _sign_items(body: bytes, secret: str) -> bytes:
    payload = decode(body)
    for item in adyen.items_of(payload):
        signature = _mac_with_key(bytes.fromhex(secret), adyen.signed_text(item), BASE64)
        held = item.get("additionalData")
        item["additionalData"] = {**(held if isinstance(held, dict) else {}), "hmacSignature": signature}
    return encode(payload).encode("ascii")


def _paypal(
    body: bytes, webhook_id: str, now: int, transmission_id: str, rsa: "Callable[[bytes], bytes] | None"
) -> dict[str, str]:
    if rsa is None:
        raise ValueError("a PayPal webhook needs an RSA key: pass rsa")
    sent_at = format_utc(datetime.fromtimestamp(now, UTC))
    message = f"{transmission_id}|{sent_at}|{webhook_id}|{crc32(body)}"
    signature = base64.b64encode(rsa(message.encode("ascii"))).decode("ascii")
    values = (transmission_id, sent_at, signature, PAYPAL_CERTIFICATE_URL, "SHA256withRSA")
    return dict(zip(paypal.REQUIRED_HEADERS, values, strict=True))


def _mac(secret: str, signed: bytes, form: "re.Pattern[str]") -> str:
    return _mac_with_key(secret.encode(), signed, form)


def _mac_with_key(key: bytes, signed: bytes, form: "re.Pattern[str]") -> str:
    if not key:
        raise ValueError("the signing secret must not be empty")
    return mac(key, signed, form).decode("ascii")

"""The signed bytes of a provider, sent through the real gateway to the stack under test."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from support.live.providers import Providers
from support.live.webhooks import ERROR_BODY

from hookline.core.signatures.hmac_body import BASE64, mac
from hookline.operate.sending.provider_webhooks import Webhook
from hookline.operate.sending.signing import sign

ODDITIES: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda body: body,
    "white space around": lambda body: b"\n \t" + body + b" \r\n\n",
    "unicode": lambda body: body.replace(b"Two tickets", "Zwei Kärtchen für 東京 🎟".encode()),
    "escapes": lambda body: body.replace(b"Two tickets", b"Two \\u00e4 \\ud83c\\udf9f \\/"),
}
CONTENT_TYPES = [
    "application/json",
    "application/json; charset=utf-8",
    "text/plain; charset=iso-8859-1",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "image/png",
]
NOT_UTF_8 = b'{"id":"evt_\xff\xfe\x00\x80","type":"x"}'


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
@pytest.mark.parametrize("oddity", ODDITIES)
def test_the_archive_holds_byte_for_byte_what_was_sent(oddity: str, content_type: str, providers: Providers) -> None:
    """White space, unicode and escapes stay the same, with any content type."""
    webhook = providers.signer("stripe").sign(ODDITIES[oddity](providers.body("stripe")))
    response = providers.post("stripe", webhook.body, {**webhook.headers, "content-type": content_type})
    assert (response.status_code, response.json()) == (200, {"status": "accepted", "events": 1})
    assert providers.looking.archived(webhook.archive_key) == webhook.body


@pytest.mark.parametrize("content_type", ["application/json", "application/octet-stream"])
@pytest.mark.parametrize("name", ["checkout", "razorpay", "shopify", "square", "standard_webhooks", "stripe"])
def test_signed_bytes_that_are_not_utf_8_are_refused_for_that_alone(
    name: str, content_type: str, providers: Providers
) -> None:
    """The answer is 400 and not 401. The signature is valid, so no byte changed on the way."""
    webhook = sign_raw(providers, name, NOT_UTF_8)
    response = providers.post(name, webhook.body, {**webhook.headers, "content-type": content_type})
    ERROR_BODY.validate(response.json())
    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed_json")
    assert providers.looking.archived(webhook.archive_key) is None


def sign_raw(providers: Providers, name: str, body: bytes) -> Webhook:
    """Sign bytes that are not JSON."""
    signer = providers.signer(name)
    if name == "shopify":  # Shopify's signer reads the topic from the body
        signature = mac(signer.secret.encode(), body, BASE64).decode()
        return Webhook(name, body, {**signer.sign(b'{"id":1}').headers, "x-shopify-hmac-sha256": signature})
    delivery = sign(name, body, signer.secret, int(time.time()), event_id="evt_raw", url=signer.square_url)
    return Webhook(name, delivery.body, dict(delivery.headers))

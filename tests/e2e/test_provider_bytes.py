"""The signed bytes of a provider, sent through the real gateway to the stack under test."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.live.providers import Providers
from support.live.webhooks import ARRIVAL_SECONDS

from hookline.core.signatures.hmac_body import BASE64, mac
from hookline.core.values.strict_json import decode_leniently
from hookline.operate.sending.provider_webhooks import Webhook
from hookline.operate.sending.signing import sign
from hookline.operate.unreadable import list_unreadable, replay

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
def test_signed_bytes_that_are_not_utf_8_are_kept_unread(name: str, content_type: str, providers: Providers) -> None:
    """The signature is valid, so no byte changed on the way. The archive has the exact bytes, and the bus no event."""
    body = NOT_UTF_8.replace(b"evt", f"{name} {content_type} {time.time_ns()}".encode())
    webhook = sign_raw(providers, name, body)
    response = providers.post(name, webhook.body, {**webhook.headers, "content-type": content_type})
    assert (response.status_code, response.json()) == (200, {"status": "unreadable", "events": 0})
    assert providers.looking.archived(webhook.archive_key) == body
    (record,) = [each for each in list_unreadable(providers.target) if each.archive_key == webhook.archive_key]
    assert (record.reason, record.message) == ("malformed_json", "the body is not UTF-8")
    again = providers.post(name, webhook.body, {**webhook.headers, "content-type": content_type})
    assert (again.status_code, again.json()) == (200, {"status": "unreadable", "events": 0})


def test_an_unreadable_body_is_booked_once_after_its_replay(name: str, local_providers: Providers) -> None:
    """A decoder of a later release can read the body. The provider's own retry of a readable body is then known."""
    providers = local_providers
    body = providers.webhook(name)
    broken = twice(providers, body)
    readable = replace(body, headers=broken.headers)
    response = providers.post(name, broken.body, dict(broken.headers))
    assert (response.status_code, response.json()) == (200, {"status": "unreadable", "events": 0})
    (record,) = [each for each in list_unreadable(providers.target) if each.archive_key == broken.archive_key]
    with providers.watch(readable) as arrivals:
        assert replay(providers.target, record, datetime.now(UTC), decode_leniently) == {"Accepted": 1}
        providers.wait_for_bus(readable)
        assert not arrivals.wait_for(readable.transactions, ARRIVAL_SECONDS)
    assert replay(providers.target, record, datetime.now(UTC), decode_leniently) == {"Duplicate": 1}
    assert record.key not in [each.key for each in list_unreadable(providers.target)]
    (done,) = [each for each in list_unreadable(providers.target, handled=True) if each.key == record.key]
    assert done.handled_at


def twice(providers: Providers, readable: Webhook) -> Webhook:
    """Return the same genuine webhook with a key that is twice in its body."""
    body, name = readable.body.rstrip()[:-1] + b',"twice":1,"twice":2}', readable.provider
    if name == "adyen":  # the signatures are inside
        return replace(readable, body=body)
    made = providers.signer(name).sign(body) if name == "paypal" else sign_raw(providers, name, body)
    topic = {header: value for header, value in readable.headers.items() if header == "x-shopify-topic"}
    return replace(made, headers={**made.headers, **topic})


def sign_raw(providers: Providers, name: str, body: bytes) -> Webhook:
    """Sign bytes that are not JSON."""
    signer, its_id = providers.signer(name), f"evt_{time.time_ns()}"
    if name == "shopify":  # Shopify's signer reads the topic from the body
        signature = mac(signer.secret.encode(), body, BASE64).decode()
        return Webhook(name, body, {**signer.sign(b'{"id":1}').headers, "x-shopify-hmac-sha256": signature})
    delivery = sign(name, body, signer.secret, int(time.time()), event_id=its_id, url=signer.square_url)
    return Webhook(name, delivery.body, dict(delivery.headers))

"""The webhook record of a genuine delivery whose body cannot be read."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from support.providers.deliveries import NAMES, settings, signed, unreadable
from support.records import changed

from hookline.core.errors import malformed_json
from hookline.core.providers.contract import Delivery, Settings
from hookline.core.providers.registry import provider
from hookline.core.signatures.refusal import SignatureRefused
from hookline.core.values.strict_json import decode, decode_leniently
from hookline.core.webhooks.unreadable_record import build, event_keys, record_keys
from hookline.core.webhooks.webhook_record import Receipt

NOW = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
RECEIPT = Receipt(NOW, None, "ab" * 32, "1a2b3c4d", True, "1-2-3", 35)


def test_a_record_says_why_and_has_what_a_replay_needs() -> None:
    """It never expires. An index on `problem` can list it."""
    delivery = Delivery(b"{", {"webhook-id": "msg_1", "webhook-signature": "v1,x", "webhook-timestamp": "1"}, "shop")
    key = record_keys(provider("standard_webhooks"), delivery, None)[0]
    assert build(key, provider("standard_webhooks"), delivery, malformed_json("why"), RECEIPT) == {
        "key": {"S": f"standard_webhooks unreadable:{hashlib.sha256(b'shop:msg_1').hexdigest()}"},
        "provider": {"S": "standard_webhooks"},
        "unreadable": {"S": "malformed_json"},
        "reason": {"S": "why"},
        "archive_key": {"S": "standard_webhooks/02/021fb596db81e6d02bf3d2586ee3981fe519f275c0ac9ca76bbcf2ebb4097d96"},
        "received_at": {"S": "2026-11-21T12:00:00.25Z"},
        "headers": {"S": '{"webhook-id":"msg_1"}'},
        "sender": {"S": "shop"},
        "verified": {"S": "v1"},
        "body_sha256": {"S": "ab" * 32},
        "secret_fingerprint": {"S": "1a2b3c4d"},
        "pan_like": {"BOOL": True},
        "trace_id": {"S": "1-2-3"},
        "problem": {"S": f"unreadable/{hashlib.sha256(key.encode()).hexdigest()[0]}"},
        "problem_at": {"S": "2026-11-21T12:00:00.25Z"},
    }


class ReadHeaders(dict[str, str]):
    """Headers that remember which of them were read."""

    def __init__(self, headers: Any) -> None:
        super().__init__(headers)
        self.read = set[str]()

    def __getitem__(self, name: str) -> str:
        """Return a header."""
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a header or a default."""
        self.read.add(name)
        return super().get(name, default)


@pytest.mark.parametrize("name", NAMES)
def test_the_kept_headers_are_those_that_identify_events(name: str) -> None:
    """A record has no other header, so no signature."""
    delivery = signed(name)
    headers = ReadHeaders(delivery.headers)
    provider(name).identify(changed(delivery, headers=headers), decode(delivery.body), settings())
    assert headers.read == set(provider(name).identifying_headers)


def test_adyen_has_a_key_for_each_signed_event() -> None:
    """An unsigned field makes no other key. The key of the event, which is known after it was booked, is beside it."""
    adyen, body = provider("adyen"), unreadable("adyen").body
    payload: dict[str, Any] = decode_leniently(body)
    (item,) = payload["notificationItems"]
    other: Any = json.loads(json.dumps(item).replace('"success": "true"', '"success": "false"'))
    assert item != other

    def keys(*items: Any, **unsigned: Any) -> list[str]:
        return record_keys(adyen, Delivery(b"", {}), {**payload, **unsigned, "notificationItems": [*items]})

    (first,), (second,) = keys(item), keys(other)
    assert first != second
    assert keys(other, item, twice=7) == [second, first]
    both = {**payload, "notificationItems": [item, other]}
    found = event_keys(adyen, Delivery(b"", {}), both, Settings())
    assert [key.rpartition(":")[2] for key in found] == ["true", "false"]


def test_an_event_of_adyen_that_can_move_money_needs_a_signature() -> None:
    """Otherwise a replay by a later release could book what nobody signed."""
    payload: dict[str, Any] = decode_leniently(unreadable("adyen").body)
    del payload["notificationItems"][0]["NotificationRequestItem"]["additionalData"]["hmacSignature"]
    with pytest.raises(SignatureRefused):
        record_keys(provider("adyen"), Delivery(b"", {}), payload)


@pytest.mark.parametrize("name", ["paypal", "standard_webhooks"])
def test_a_signed_id_makes_the_key_and_not_the_body(name: str) -> None:
    """Two events can have the same body, and PayPal signs only a checksum of the body."""
    (header,) = provider(name).identifying_headers

    def key(identifier: str, body: bytes = b"{", sender: str = "") -> str:
        return record_keys(provider(name), Delivery(body, {header: identifier}, sender), None)[0]

    assert key("id_1") == key("id_1", b"{{")
    assert key("id_1") != key("id_2")
    assert (key("id_1") != key("id_1", sender="shop")) is (name == "standard_webhooks")


def test_without_a_signed_id_the_body_makes_the_key() -> None:
    """A header that is not signed must not make one body many records."""
    found = {record_keys(provider("shopify"), Delivery(b"{", {"x-shopify-event-id": each}), None)[0] for each in "ab"}
    assert found == {f"shopify unreadable:{hashlib.sha256(b'{').hexdigest()}"}

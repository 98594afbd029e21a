"""The webhook record of a genuine delivery whose body cannot be read."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from support.providers.deliveries import NAMES, settings, signed, unreadable
from support.records import changed

from hookline.core.errors import malformed_json
from hookline.core.providers.contract import Delivery
from hookline.core.providers.registry import provider
from hookline.core.values.strict_json import decode, decode_leniently
from hookline.core.webhooks.unreadable_record import build, record_key
from hookline.core.webhooks.webhook_record import Receipt

NOW = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
RECEIPT = Receipt(NOW, None, "ab" * 32, "1a2b3c4d", True, "1-2-3", 35)


def test_a_record_says_why_and_has_what_a_replay_needs() -> None:
    """It never expires. An index on `problem` can list it."""
    delivery = Delivery(b"{", {"webhook-id": "msg_1", "webhook-signature": "v1,x", "webhook-timestamp": "1"}, "shop")
    key = record_key(provider("standard_webhooks"), delivery, None)
    assert build(key, provider("standard_webhooks"), delivery, malformed_json("why"), RECEIPT) == {
        "key": {"S": f"standard_webhooks:unreadable:{hashlib.sha256(b'shop:msg_1').hexdigest()}"},
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


def test_adyens_key_is_made_from_the_signed_texts() -> None:
    """Neither the order of the events, nor an event that is there twice, nor an unsigned field makes another key."""
    adyen, body = provider("adyen"), unreadable("adyen").body
    payload: dict[str, Any] = decode_leniently(body)
    other: dict[str, Any] = decode_leniently(body.replace(b'"success":"true"', b'"success":"false"'))
    (item,), (second,) = payload["notificationItems"], other["notificationItems"]
    assert item != second

    def key(*items: Any) -> str:
        return record_key(adyen, Delivery(b"", {}), {**payload, "notificationItems": [*items]})

    assert key(item) == record_key(adyen, Delivery(b"x", {}), {**payload, "twice": 7})
    assert key(item, second) == key(second, item) == key(second, item, item)
    assert len({key(item), key(second), key(item, second)}) == 3


def test_adyens_key_is_the_same_in_every_process() -> None:
    """The texts are sorted by their hashes, because the order of a set differs from one process to the next."""
    texts = [b"%d" % number for number in range(50)]
    adyen = changed(provider("adyen"), signed_texts=lambda _payload: texts)
    joined = b"".join(sorted(hashlib.sha256(text).digest() for text in texts))
    assert record_key(adyen, Delivery(b"", {}), {}) == f"adyen:unreadable:{hashlib.sha256(joined).hexdigest()}"


@pytest.mark.parametrize("name", ["paypal", "standard_webhooks"])
def test_a_signed_id_makes_the_key_and_not_the_body(name: str) -> None:
    """Two events can have the same body, and PayPal signs only a checksum of the body."""
    header = provider(name).id_header

    def key(identifier: str, body: bytes = b"{", sender: str = "") -> str:
        return record_key(provider(name), Delivery(body, {header: identifier}, sender), None)

    assert key("id_1") == key("id_1", b"{{")
    assert len({key("id_1"), key("id_2"), key("id_1", sender="shop")}) == 3


def test_without_a_signed_id_the_body_makes_the_key() -> None:
    """A header that is not signed must not make one body many records."""
    found = {record_key(provider("shopify"), Delivery(b"{", {"x-shopify-event-id": each}), None) for each in "ab"}
    assert found == {f"shopify:unreadable:{hashlib.sha256(b'{').hexdigest()}"}

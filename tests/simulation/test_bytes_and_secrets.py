"""Exact bytes, secret rotation, rejections, and logs without values."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.pipeline.cloud import Cloud
from support.pipeline.system import System
from support.pipeline.webhooks import EVENTS, SECRETS, signed, signed_bytes, stripe_payment
from support.records import changed

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.contract import Delivery
from hookline.functions import ingestion

CANARY = "4111111111111111"
HMAC_OF_BODY = sorted(set(EVENTS) - {"adyen"})
"""The providers that sign raw bytes."""


@pytest.fixture
def system() -> System:
    """Return the system with a live secret of each provider."""
    return System(Cloud())


def awkward(provider: str) -> bytes:
    """Return a provider's genuine event with unusual formatting, which a second serialisation would change."""
    text = json.dumps(EVENTS[provider], indent=3)
    return f' \r\n{text[:-1]}, "note": "\\u00e9 \N{EURO SIGN} \\/", "n": 1.10e2 }}\t'.encode()


@pytest.mark.parametrize("provider", sorted(EVENTS))
def test_a_genuine_event_of_each_provider_reaches_the_bus(system: System, provider: str) -> None:
    """The event passes archive, queue and table, and becomes one payment on the bus."""
    assert system.post(provider, signed(provider, EVENTS[provider], system.cloud.now))[0] == 200
    assert system.stored() == (1, 1, 1)
    system.process()
    (detail,) = system.details()
    assert (detail["provider"], detail["transaction_count"]) == (provider, 1)
    assert detail["transactions"][0]["transaction_type"] == "payment"


@pytest.mark.parametrize("provider", HMAC_OF_BODY)
def test_a_byte_order_mark_in_front_of_a_body_is_skipped(system: System, provider: str) -> None:
    """The signature covers the mark, the archive has it, and the event is booked."""
    delivery = signed_with_mark(provider, system)
    assert system.post(provider, delivery) == (200, {"status": "accepted", "events": 1})
    assert list(system.cloud.objects.values()) == [delivery.body]
    system.process()
    assert [detail["transaction_count"] for detail in system.details()] == [1]


def signed_with_mark(provider: str, system: System) -> Delivery:
    """Return a genuine delivery of a payment with a byte-order mark. Shopify's topic is that of the payment."""
    body = b"\xef\xbb\xbf" + json.dumps(EVENTS[provider]).encode()
    topic = {"x-shopify-topic": "order_transactions/create"} if provider == "shopify" else {}
    delivery = signed_bytes(provider, body, system.cloud.now)
    return changed(delivery, headers={**delivery.headers, **topic})


@pytest.mark.parametrize("flagged", [True, False], ids=["base64", "text"])
@pytest.mark.parametrize("provider", HMAC_OF_BODY)
def test_the_archive_holds_byte_for_byte_what_was_sent(system: System, provider: str, flagged: bool) -> None:
    """The signed bytes are archived, for base64 and for text."""
    delivery = signed(provider, awkward(provider), system.cloud.now)
    assert system.post(provider, delivery, flagged=flagged) == (200, {"status": "accepted", "events": 1})
    assert list(system.cloud.objects.values()) == [delivery.body]
    assert system.post(provider, delivery, flagged=not flagged)[1]["status"] == "duplicate"


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"\xef\xbb\xbf[]", b" ", b"[]", b'{"id":1,"id":2}', b"{" * 9])
@pytest.mark.parametrize("provider", HMAC_OF_BODY)
def test_a_signed_body_that_is_no_json_is_kept_and_never_published(system: System, provider: str, body: bytes) -> None:
    """The signature is valid, so the exact bytes are archived with a record, and nothing is sent to the queue."""
    status, answer = system.post(provider, signed_bytes(provider, body, system.cloud.now))
    assert (status, answer) == (200, {"status": "unreadable", "events": 0})
    assert system.stored() == (1, 0, 1)
    assert list(system.cloud.objects.values()) == [body]


def forged(delivery: Delivery) -> Delivery:
    """Return a delivery with a changed body."""
    return changed(delivery, body=delivery.body.replace(b"15", b"99").replace(b"1099", b"9999"))


@pytest.mark.parametrize("provider", sorted(EVENTS))
def test_forged_headerless_and_secretless_requests_leave_nothing(system: System, provider: str) -> None:
    """Each request gets a 4xx, and leaves no object, message or record."""
    delivery = signed(provider, EVENTS[provider], system.cloud.now)
    bare = Delivery(json.dumps(EVENTS[provider]).encode(), {})
    assert system.post(provider, forged(delivery))[0] == 401
    assert system.post(provider, bare)[0] == 401
    system.cloud.secrets[provider] = []
    system.restart()
    assert system.post(provider, delivery)[0] == 401
    system.cloud.secrets[provider] = [""]
    system.restart()
    assert system.post(provider, delivery)[0] == 401
    assert system.stored() == (0, 0, 0)


@pytest.mark.parametrize("provider", ["stripe", "standard_webhooks"])
def test_a_stale_request_is_refused_and_leaves_nothing(system: System, provider: str) -> None:
    """If the scheme signs a time, a delivery expires five minutes after signing."""
    delivery = signed(provider, EVENTS[provider], system.cloud.now)
    system.cloud.now += timedelta(seconds=301)
    status, answer = system.post(provider, delivery)
    assert (status, answer["error"]["code"]) == (401, "signature_expired")
    assert system.stored() == (0, 0, 0)


def test_processing_later_never_fails_for_age(system: System) -> None:
    """The verdict at receipt is final: a week later, the event is published with the original times."""
    received_at = "2026-11-21T12:00:00Z"
    system.post("stripe", signed("stripe", EVENTS["stripe"], system.cloud.now))
    assert system.cloud.items["stripe:evt_1"]["signed_at"] == {"S": received_at}
    system.cloud.now += timedelta(days=7)
    system.cloud.secrets["stripe"] = []
    system.process()
    (detail,) = system.details()
    assert (detail["received_at"], detail["signed_at"]) == (received_at, received_at)


def test_during_a_rotation_both_secrets_are_live_and_nothing_is_refused(system: System) -> None:
    """The steps are: add the new secret, switch the provider, remove the old secret."""
    old, new = SECRETS["stripe"], "whsec_new"
    number = 0

    def statuses(*secrets: str) -> set[int]:
        nonlocal number
        answers: set[int] = set()
        for secret in secrets * 5:
            number += 1
            system.cloud.now += timedelta(seconds=7)
            delivery = signed("stripe", stripe_payment(f"evt_{number}"), system.cloud.now, secret)
            answers.add(system.post("stripe", delivery)[0])
        return answers

    assert statuses(old) == {200}
    system.cloud.secrets["stripe"] = [old, new]
    assert statuses(new, old) == {200}
    system.cloud.secrets["stripe"] = [new]
    assert statuses(new) == {200}
    assert system.stored()[2] == number


def test_a_removed_secret_is_refused_within_the_cache_time(system: System) -> None:
    """A removed secret becomes invalid after at most 300 seconds."""
    system.post("stripe", signed("stripe", stripe_payment("evt_1"), system.cloud.now))
    system.cloud.secrets["stripe"] = ["whsec_new"]
    system.cloud.now += timedelta(seconds=300)
    assert system.post("stripe", signed("stripe", stripe_payment("evt_2"), system.cloud.now))[0] == 401
    assert list(system.cloud.items) == ["stripe:evt_1"]


def test_forged_requests_cannot_force_reads_of_the_secret(system: System) -> None:
    """With any number of requests, the secret is read once in five seconds."""
    delivery = forged(signed("stripe", EVENTS["stripe"], system.cloud.now))
    for _ in range(50):
        system.post("stripe", delivery)
    assert system.cloud.calls == ["GetSecretValue"]


def test_a_payload_with_a_card_number_is_flagged_and_not_logged(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    """The record and a metric have the flag, and no log line has the number."""
    payload = stripe_payment(f"evt_{CANARY}", note=f"card {CANARY} \r\nforged")
    delivery = signed("stripe", payload, system.cloud.now)
    system.post("stripe", Delivery(delivery.body, {**delivery.headers, "user-agent": CANARY}))
    system.post("stripe", Delivery(delivery.body, {**delivery.headers, "stripe-signature": f"t={CANARY},v1=x"}))
    system.process()
    out = capsys.readouterr().out
    accepted = json.loads(out.splitlines()[0])
    (record,) = system.cloud.items.values()
    assert record["pan_like"] == {"BOOL": True}
    assert (accepted["PanLike"], accepted["Accepted"]) == (1, 1)
    assert CANARY not in out
    assert "forged" not in out
    assert not any(secret in out for secret in SECRETS.values())


HEADERS = sorted(
    {name for provider in EVENTS for name in signed(provider, EVENTS[provider], Cloud().now).headers}
    | {"paypal-transmission-id", "paypal-transmission-time", "paypal-transmission-sig", "paypal-cert-url"}
    | {"paypal-auth-algo", "content-type"}
)


@given(
    provider=st.sampled_from([*PROVIDER_NAMES, "", "webhook", "nobody"]),
    body=st.none() | st.text() | st.sampled_from([json.dumps(event) for event in EVENTS.values()]),
    flagged=st.booleans() | st.none(),
    headers=st.none() | st.dictionaries(st.sampled_from(HEADERS), st.text() | st.none()),
    multiple=st.none() | st.dictionaries(st.sampled_from(HEADERS), st.none() | st.lists(st.text())),
)
def test_no_request_causes_a_5xx(provider: str, body: Any, flagged: Any, headers: Any, multiple: Any) -> None:
    """Every unsigned request gets a 4xx, and stores nothing."""
    system = System(Cloud())
    event = {
        "path": f"/webhook/{provider}",
        "body": body,
        "isBase64Encoded": flagged,
        "headers": headers,
        "multiValueHeaders": multiple,
    }
    assert 400 <= int(str(ingestion.respond(system.ingestion, event)["statusCode"])) < 500
    assert system.stored() == (0, 0, 0)


@given(data=st.binary(), provider=st.sampled_from(HMAC_OF_BODY))
def test_no_signed_bytes_cause_a_5xx(data: bytes, provider: str) -> None:
    """Any bytes with a genuine signature are stored, unless they are empty and the provider signs no empty body."""
    system = System(Cloud())
    status, answer = system.post(provider, signed_bytes(provider, data, system.cloud.now))
    if provider == "square" and not data:
        assert (status, system.stored()) == (401, (0, 0, 0))
    else:
        assert (status, system.stored()) == (200, (1, int(answer["status"] == "accepted"), 1))

"""Standard Webhooks signatures: required if the stack says so, and always verified if present."""

from __future__ import annotations

import base64
import json
import secrets
import time
import uuid
from collections.abc import Iterator

import pytest
from support.live.webhooks import ARRIVAL_SECONDS, Webhooks, assert_refused, eventually

from hookline.core.signatures.standard_webhooks import sign
from hookline.functions.secrets import MIN_SECONDS_BETWEEN_REFRESHES
from hookline.operate.sending.send import encode, signature_headers
from hookline.operate.target import Target


def new_secret() -> str:
    """Return a secret that no stack has."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def signed_at(secret: str, body: bytes, shift: int) -> dict[str, str]:
    """Return the headers of a sender whose clock is wrong by `shift` seconds."""
    webhook_id, moment = f"msg_{uuid.uuid4().hex}", int(time.time()) + shift
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": sign(secret, webhook_id, moment, body),
    }


@pytest.fixture
def secret(strict: Target) -> str:
    """Return the live secret of the stack that requires signatures."""
    return strict.signing_secrets()[0]


def test_a_signed_event_is_accepted_and_forwarded(strict_webhooks: Webhooks, secret: str) -> None:
    """The answer is 202, even with other signatures of unknown versions in the header."""
    first, second = encode(strict_webhooks.event("1")), encode(strict_webhooks.event("2"))
    several = signature_headers(secret, second)
    several["webhook-signature"] = f"v9,abc {several['webhook-signature']} v1a,def"
    with strict_webhooks.watch() as arrivals:
        assert strict_webhooks.send(first, signature_headers(secret, first)).status == 202
        assert strict_webhooks.send(second, several).status == 202
        assert not arrivals.wait_for([f"{strict_webhooks.prefix}{n}" for n in "12"], ARRIVAL_SECONDS)


def test_an_unsigned_event_is_refused(strict_webhooks: Webhooks) -> None:
    """The answer is 401 `signature_missing`."""
    assert_refused(strict_webhooks.send(strict_webhooks.event()), 401, "signature_missing")


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_signature_header_is_refused(header: str, strict_webhooks: Webhooks, secret: str) -> None:
    """All three headers are required."""
    body = encode(strict_webhooks.event())
    headers = signature_headers(secret, body)
    del headers[header]
    assert_refused(strict_webhooks.send(body, headers), 401, "signature_missing")


def test_a_forged_signature_is_refused(strict_webhooks: Webhooks) -> None:
    """This covers another secret, and a malformed signature."""
    body = encode(strict_webhooks.event())
    assert_refused(strict_webhooks.send(body, signature_headers(new_secret(), body)), 401, "signature_invalid")
    junk = signature_headers(new_secret(), body) | {"webhook-signature": "v1,junk"}
    assert_refused(strict_webhooks.send(body, junk), 401, "signature_invalid")


def test_a_signature_covers_body_and_headers(strict_webhooks: Webhooks, secret: str) -> None:
    """A changed byte of the body, another id or another time is rejected."""
    body = encode(strict_webhooks.event(amount="1.00"))
    headers = signature_headers(secret, body)
    later = str(int(headers["webhook-timestamp"]) + 1)
    assert_refused(strict_webhooks.send(body.replace(b"1.00", b"9.00"), headers), 401, "signature_invalid")
    assert_refused(strict_webhooks.send(body, headers | {"webhook-id": "msg_other"}), 401, "signature_invalid")
    assert_refused(strict_webhooks.send(body, headers | {"webhook-timestamp": later}), 401, "signature_invalid")


@pytest.mark.parametrize("shift", [-600, 600], ids=["stale", "ahead"])
def test_a_signature_of_another_time_is_refused(shift: int, strict_webhooks: Webhooks, secret: str) -> None:
    """A difference of more than five minutes gets 401 `signature_expired`, so a request cannot be sent again later."""
    body = encode(strict_webhooks.event())
    assert_refused(strict_webhooks.send(body, signed_at(secret, body, shift)), 401, "signature_expired")


@pytest.mark.parametrize("shift", [-200, 200], ids=["behind", "ahead"])
def test_a_sender_with_a_slightly_wrong_clock_is_accepted(shift: int, strict_webhooks: Webhooks, secret: str) -> None:
    """A difference of less than five minutes is accepted, in both directions."""
    body = encode(strict_webhooks.event())
    with strict_webhooks.watch() as arrivals:
        assert strict_webhooks.send(body, signed_at(secret, body, shift)).status == 202
        assert not arrivals.wait_for([f"{strict_webhooks.prefix}1"], ARRIVAL_SECONDS)


def test_a_signature_is_verified_even_where_none_is_required(target: Target, webhooks: Webhooks) -> None:
    """A request with any of the three headers must have a valid signature."""
    body = encode(webhooks.event())
    assert_refused(webhooks.send(body, signature_headers(new_secret(), body)), 401, "signature_invalid")
    if target.accepts_unsigned:
        assert_refused(webhooks.send(body, {"webhook-id": "msg_1"}), 401, "signature_missing")


@pytest.fixture
def rotating(production: Target) -> Iterator[Target]:
    """Return the local production stack, and restore its secrets after the test."""
    before = production.signing_secrets()
    yield production
    put_secrets(production, before)


def put_secrets(target: Target, live: list[str]) -> None:
    """Set the live secrets."""
    value = json.dumps({"transactions": live})
    target.client("secretsmanager").put_secret_value(SecretId=target.outputs["signing_secret_arn"], SecretString=value)


def test_a_new_secret_is_accepted_beside_the_old_one(rotating: Target, strict_webhooks: Webhooks) -> None:
    """The old secret stays valid, and the new one becomes valid within a minute."""
    old, new = rotating.signing_secrets()[0], new_secret()
    sent: list[str] = []

    def accepted(secret: str) -> bool:
        sent.append(strict_webhooks.prefix + str(len(sent)))
        body = encode(strict_webhooks.event(str(len(sent) - 1)))
        answer = strict_webhooks.send(body, signature_headers(secret, body))
        if answer.status != 202:
            sent.pop()
        return answer.status == 202

    with strict_webhooks.watch() as arrivals:
        assert accepted(old)
        put_secrets(rotating, [old, new])
        assert eventually(lambda: accepted(old) and accepted(new), ARRIVAL_SECONDS + MIN_SECONDS_BETWEEN_REFRESHES)
        assert accepted(old)
        assert not arrivals.wait_for(sent, ARRIVAL_SECONDS)


def test_the_old_secret_works_throughout_a_rotation(rotating: Target, strict_webhooks: Webhooks) -> None:
    """No request with the old secret is rejected while the secret's value changes."""
    old = rotating.signing_secrets()[0]
    bodies = [encode(strict_webhooks.event(str(n))) for n in range(30)]
    with strict_webhooks.watch() as arrivals:
        statuses: list[int] = []
        for n, body in enumerate(bodies):
            if n % 10 == 5:
                put_secrets(rotating, [new_secret(), old])
            statuses.append(strict_webhooks.send(body, signature_headers(old, body)).status)
        assert not arrivals.wait_for([f"{strict_webhooks.prefix}{n}" for n in range(30)], ARRIVAL_SECONDS)
    assert statuses == [202] * 30

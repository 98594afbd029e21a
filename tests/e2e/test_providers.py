"""A provider's webhook reaches the archive, the table, the bus and the right queue, on the stack under test.

The tests use only the stack's outputs, HTTP and AWS's own APIs, so they run locally and on AWS. On AWS there is no
private key of PayPal, so PayPal's tests are skipped.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from support.live.providers import NAMES, SETTLE_SECONDS, SIGN_A_TIME, STALE_SECONDS, Providers
from support.live.webhooks import ARRIVAL_SECONDS, ERROR_BODY

import hookline
from hookline.core.transactions.transaction import TRANSACTION_TYPES
from hookline.operate import secret_store
from hookline.operate.sending.provider_webhooks import Webhook, endpoint, for_route, send

SCHEMA_FILE = Path(str(hookline.__file__)).parent / "schemas" / "provider-event.v1.json"
DETAIL = Draft202012Validator(json.loads(SCHEMA_FILE.read_text()), format_checker=FormatChecker())


UNSIGNED_HEADERS = {"x-razorpay-event-id", "x-shopify-event-id"}
OTHER_SECRETS = {"adyen": "0123456789abcdef" * 4, "standard_webhooks": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"}

NEW_SECRETS = {**OTHER_SECRETS, "paypal": "5FA17E0123456789A", "stripe": "whsec_next-secret-of-stripe"}


def forged(webhook: Webhook) -> Webhook:
    """Return the same request with a changed body, or with a changed signature inside the body."""
    if webhook.provider == "adyen":
        body = json.loads(webhook.body)
        for wrapper in body["notificationItems"]:
            wrapper["NotificationRequestItem"]["additionalData"]["hmacSignature"] = "A" * 43 + "="
        return replace(webhook, body=json.dumps(body).encode())
    return replace(webhook, body=webhook.body.rstrip() + b" \n")


@pytest.mark.parametrize("kind", TRANSACTION_TYPES)
def test_a_genuine_webhook_goes_all_the_way(name: str, kind: str, providers: Providers) -> None:
    """It reaches the archive, the table, the bus, the log group, and only the queue of its type."""
    webhook = providers.webhook(name, kind)
    with providers.watch(webhook) as arrivals:
        answer = providers.send(webhook)
        assert (answer.status, answer.body) == (200, {"status": "accepted", "events": 1})
        assert arrivals.wait_for(webhook.transactions, ARRIVAL_SECONDS) == set()
        providers.wait_for_bus(webhook)
    assert [arrival.queue for arrival in arrivals.all()] == [kind]
    assert providers.looking.archived(webhook.archive_key) == webhook.body
    record = providers.looking.record(providers.keys(webhook)[0])
    assert record["archive_key"] == webhook.archive_key
    (event,) = providers.bus_events(webhook)
    DETAIL.validate(event["detail"])
    assert event["source"] == f"hookline.{name}"
    assert event["detail-type"] == event["detail"]["event_type"] == record["event_type"]
    assert event["detail"]["archive"]["key"] == webhook.archive_key
    (transaction,) = event["detail"]["transactions"]
    (arrival,) = arrivals.all()
    assert (arrival.message["event_id"], arrival.message["amount"]) == (transaction["event_id"], transaction["amount"])
    assert arrival.message["metadata"]["provider"] == name


def test_forged_stale_headerless_and_secretless_requests_leave_nothing(name: str, providers: Providers) -> None:
    """Each request gets a documented 4xx, and leaves no object, record, event or message."""
    genuine = [providers.webhook(name) for _ in range(3)]
    other = sign_with_another_secret(providers, name)
    late = int(time.time()) - STALE_SECONDS.get(name, 600)
    stale = [providers.signer(name).sign(providers.body(name), now=late)] if name in SIGN_A_TIME else []
    with providers.watch(*genuine, other, *stale) as arrivals:
        for webhook in (forged(genuine[0]), other):
            answer = providers.send(webhook)
            ERROR_BODY.validate(answer.body)
            assert (answer.status, answer.code) == (401, "signature_invalid")
        for webhook in stale:
            answer = providers.send(webhook)
            assert (answer.status, answer.code) == (401, "signature_expired")
        bare = providers.post(name, genuine[1].body if name != "adyen" else providers.body(name), {})
        assert bare.status_code in {400, 401}
        ERROR_BODY.validate(bare.json())
        providers.assert_left_nothing(*genuine, other, *stale)
    assert arrivals.all() == []


def sign_with_another_secret(providers: Providers, name: str) -> Webhook:
    """Return a well-formed request that is signed with a wrong secret."""
    secret = OTHER_SECRETS.get(name, f"other-{uuid.uuid4().hex[:8]}")
    return replace(providers.signer(name), secret=secret).sign(providers.body(name))


def test_each_header_that_the_provider_sends_is_demanded(name: str, providers: Providers) -> None:
    """A genuine request without one of the headers is rejected."""
    webhook = providers.webhook(name)
    for missing in webhook.headers.keys() - UNSIGNED_HEADERS:
        left = {header: value for header, value in webhook.headers.items() if header != missing}
        assert providers.send(replace(webhook, headers=left)).status in {400, 401}
    providers.assert_left_nothing(webhook)


@pytest.mark.parametrize("spelled", [str.lower, str.upper, str.title], ids=["lower", "upper", "title"])
def test_the_headers_are_known_however_they_are_spelled(
    name: str, spelled: Callable[[str], str], providers: Providers
) -> None:
    """The case of header names does not matter, even for headers that the gateway requires."""
    webhook = providers.webhook(name)
    headers = {spelled(header): value for header, value in webhook.headers.items()}
    with providers.watch(webhook) as arrivals:
        assert providers.send(replace(webhook, headers=headers)).code == "accepted"
        assert arrivals.wait_for(webhook.transactions, ARRIVAL_SECONDS) == set()


def test_a_repeat_is_answered_with_success_and_has_no_effect(name: str, providers: Providers) -> None:
    """The same bytes get 200 `duplicate`, and there is one bus event and one message."""
    webhook = providers.webhook(name, "refund")
    with providers.watch(webhook) as arrivals:
        codes = [providers.send(webhook).code for _ in range(3)]
        assert codes == ["accepted", "duplicate", "duplicate"]
        providers.wait_for_bus(webhook)
        assert arrivals.wait_for(webhook.transactions, ARRIVAL_SECONDS) == set()
        time.sleep(SETTLE_SECONDS)
    assert providers.looking.on_bus()[providers.names(webhook)[0]] == 1
    (arrival,) = arrivals.all()
    assert arrival.message["event_id"] in webhook.transactions


def test_the_same_event_again_on_the_bus_is_no_second_transaction(name: str, providers: Providers) -> None:
    """A replay of the bus archive has no effect, because the transaction id is known."""
    webhook = providers.webhook(name)
    with providers.watch(webhook) as arrivals:
        assert providers.send(webhook).status == 200
        providers.wait_for_bus(webhook)
        assert arrivals.wait_for(webhook.transactions, ARRIVAL_SECONDS) == set()
        (event,) = providers.bus_events(webhook)
        providers.put_on_bus(event)
        assert providers.looking.wait_for_count(providers.names(webhook)[0], 2, ARRIVAL_SECONDS)
        time.sleep(SETTLE_SECONDS)
    assert len(arrivals.all()) == 1


def test_a_message_with_the_headers_of_svix_goes_all_the_way_once(providers: Providers) -> None:
    """The gateway demands the headers of the route. The same message by the other route is a duplicate."""
    webhook = providers.webhook("standard_webhooks")
    by_svix, url = for_route(webhook, "svix"), endpoint(providers.target, "svix")
    with providers.watch(webhook) as arrivals:
        for missing in by_svix.headers:
            left = {header: value for header, value in by_svix.headers.items() if header != missing}
            assert send(replace(webhook, headers=left), url, providers.http).status == 400
        assert send(webhook, url, providers.http).status == 400
        assert send(by_svix, url, providers.http).code == "accepted"
        assert providers.send(webhook).code == "duplicate"
        assert arrivals.wait_for(webhook.transactions, ARRIVAL_SECONDS) == set()
    assert [arrival.queue for arrival in arrivals.all()] == ["payment"]


def test_both_secrets_of_every_provider_are_valid_during_a_rotation(local_providers: Providers) -> None:
    """After a second secret is added, webhooks with either secret are accepted, and no webhook is rejected."""
    providers = local_providers
    old = {name: providers.signer(name) for name in NAMES}
    secrets = {name: NEW_SECRETS.get(name, f"next-{uuid.uuid4().hex}") for name in NAMES}
    added: dict[str, str] = {}
    try:
        for name in NAMES:
            found = secret_store.add(providers.target, name, secrets[name]).fingerprints
            assert len(found) == 2
            added[name] = found[0]
        assert [providers.send(old[name].sign(providers.body(name))).status for name in NAMES] == [200] * len(NAMES)
        new = {name: providers.signer(name) for name in NAMES}
        assert {name: new[name].secret for name in NAMES} == secrets
        providers.until_accepted(new["stripe"].sign(providers.body("stripe")))
        both = [signers[name].sign(providers.body(name)) for signers in (old, new, old, new) for name in NAMES]
        assert {providers.send(webhook).status for webhook in both} == {200}
    finally:
        for name, fingerprint in added.items():
            secret_store.remove(providers.target, name, fingerprint)

"""Known traps 1 to 7 of provider webhooks, about the bytes that a signature covers; each test name has its trap."""

import base64
import json
from datetime import UTC, datetime
from zlib import crc32

import pytest
from support.outcome import outcome_of
from support.providers.certificates import WEBHOOK_NAME, authority, issue, webhook_certificate
from support.providers.deliveries import (
    NAMES,
    NOW,
    Fetched,
    booked,
    edited,
    events,
    is_genuine,
    judge,
    records,
    sample,
    sent,
    settings,
    signed,
    with_header,
)
from support.records import changed

from hookline.core.errors import Rejected
from hookline.core.providers.contract import Delivery
from hookline.core.signatures.refusal import Refusal
from hookline.core.values.strict_json import decode


def with_crc(body: bytes, wanted: int) -> bytes:
    """Return a body with printable padding that gives it a CRC-32.

    CRC-32 is linear. Each of the 48 characters of padding is ``@`` or ``A``, and elimination finds the choice.
    """
    start, end = body[:-1] + b',"pad":"', b'"}'
    size = 48
    empty = crc32(start + b"@" * size + end)
    basis: list[tuple[int, int]] = []
    for place in range(size):
        pad = b"@" * place + b"A" + b"@" * (size - place - 1)
        value, choice = crc32(start + pad + end) ^ empty, 1 << place
        for other, taken in basis:
            if value ^ other < value:
                value, choice = value ^ other, choice ^ taken
        if value:
            basis.append((value, choice))
            basis.sort(reverse=True)
    rest, chosen = wanted ^ empty, 0
    for value, choice in basis:
        if rest ^ value < rest:
            rest, chosen = rest ^ value, chosen ^ choice
    return start + bytes(ord("A") if chosen >> place & 1 else ord("@") for place in range(size)) + end


def test_trap_1_paypal_signs_only_a_crc_so_a_transmission_counts_once() -> None:
    """A forged body with a genuine signature has the same key as the genuine event.

    PayPal's signature cannot distinguish the two bodies. hookline limits the damage. A known transmission counts as a
    duplicate, and a transmission is accepted for a few days only.
    """
    genuine = signed("paypal", sample("paypal", "refund"))
    payload = edited("paypal", "refund")
    payload["id"] = "WH-ANOTHER-EVENT"
    payload["resource"]["amount"]["value"] = "99999.99"
    forged = changed(genuine, body=with_crc(json.dumps(payload).encode(), crc32(genuine.body)))
    assert crc32(forged.body) == crc32(genuine.body)
    assert is_genuine(judge("paypal", forged))
    assert records("paypal", forged)[0].amount == 9_999_999
    [event], [original] = events("paypal", forged), events("paypal", genuine)
    assert event.signed_key == original.signed_key
    assert judge("paypal", forged, now=NOW + 5 * 86_400) == Refusal.EXPIRED


def test_trap_1_a_paypal_event_sent_again_under_a_new_transmission_is_recognised_by_its_id() -> None:
    """PayPal's dashboard resends an event with a new transmission id, but the alias stays the same."""
    [first] = events("paypal", signed("paypal", event_id="transmission-1"))
    [again] = events("paypal", signed("paypal", event_id="transmission-2"))
    assert first.signed_key != again.signed_key
    assert first.alias == again.alias is not None


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/v1/notifications/certs/CERT-1",
        "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1",
        "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1",
        "https://evil.example\\@api.paypal.com/v1/notifications/certs/CERT-1",
        "https://user:word@api.paypal.com/v1/notifications/certs/CERT-1",
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "HTTPS://API.PAYPAL.COM/v1/notifications/certs/CERT-1",
        "https://api.paypal.com:443/v1/notifications/certs/CERT-1",
        "https://api.paypal.com./v1/notifications/certs/CERT-1",
        "https://apixpaypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/",
        "https://api.paypal.com/v1/notifications/certs/../redirect",
        "https://api.paypal.com/v1/notifications/certs/%2e%2e/redirect",
        "https://api.paypal.com/v1/notifications/certs/CERT-1?next=1",
        "https://api.paypal.com/v1/notifications/certs/CERT-1#part",
        "https://api.paypal.com/v1/notifications/certs/CERT-1/more",
        "https://api.paypal.com/v1/notifications/certs/CERT-1\n",
        "https://api.paypal.com/v1/payments/redirect",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "//api.paypal.com/v1/notifications/certs/CERT-1",
    ],
)
def test_trap_2_no_certificate_is_fetched_from_anywhere_but_paypal(address: str) -> None:
    """Any other URL is rejected before a request is made."""
    fetched = Fetched([], b"")
    delivery = with_header(signed("paypal"), "paypal-cert-url", address)
    assert judge("paypal", delivery, given=settings(certificates=fetched)) == Refusal.MALFORMED
    assert fetched.addresses == []


def test_trap_2_a_certificate_from_paypals_address_must_still_be_paypals() -> None:
    """A self-signed, foreign or expired certificate is rejected."""
    past = {"start": datetime(2024, 1, 1, tzinfo=UTC), "end": datetime(2025, 1, 1, tzinfo=UTC)}
    for holder in (
        issue(WEBHOOK_NAME, None),
        issue("shop.example", authority()),
        issue(f"{WEBHOOK_NAME}.evil.example", authority()),
        issue(WEBHOOK_NAME, authority(), **past),
    ):
        given = settings(certificates=Fetched([], holder.pem))
        assert judge("paypal", signed("paypal"), given=given) == Refusal.MISMATCH
    for pem in (b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", b"\xff" * 100):
        given = settings(certificates=Fetched([], pem))
        assert judge("paypal", signed("paypal"), given=given) == Refusal.MISMATCH


@pytest.mark.parametrize(("environment", "accepted"), [("live", True), ("sandbox", False), ("", True)])
def test_trap_2_a_certificate_of_the_other_environment_is_not_accepted(environment: str, accepted: bool) -> None:
    """Anybody can open a sandbox account at PayPal, so its certificates must not count for live money."""
    assert is_genuine(judge("paypal", signed("paypal"), given=settings(paypal_environment=environment))) is accepted


def test_trap_2_only_a_certificate_that_verified_a_delivery_is_kept() -> None:
    """A forged delivery with the URL of a genuine certificate keeps nothing."""
    kept: list[str] = []

    class Source:
        def find(self, url: str) -> bytes:
            return webhook_certificate().pem

        def kept(self, url: str) -> None:
            return None

        def keep(self, url: str, pem: bytes) -> None:
            kept.append(url)

    delivery, given = signed("paypal"), settings(certificates=Source)
    forged = changed(delivery, body=delivery.body + b" ")
    assert judge("paypal", forged, given=given) == Refusal.MISMATCH
    assert kept == []
    assert is_genuine(judge("paypal", delivery, given=given))
    assert kept == [delivery.headers["paypal-cert-url"]]


def test_trap_2_the_pinned_authorities_do_not_know_the_tests_authority() -> None:
    """By default, only DigiCert's authorities are trusted."""
    assert judge("paypal", signed("paypal"), given=settings(trusted=None)) == Refusal.MISMATCH
    assert judge("paypal", signed("paypal"), given=settings(certificates=None)) == Refusal.NO_SECRET


def test_trap_3_adyen_every_item_of_a_batch_must_be_genuine() -> None:
    """One changed, unsigned or malformed item rejects the whole batch."""
    for change in ({"success": "false"}, {"additionalData": {}}, None):
        payload = json.loads(signed("adyen", sample("adyen", "batch")).body)
        wrapper = payload["notificationItems"][1]
        if change is None:
            wrapper["NotificationRequestItem"] = "text"
        else:
            wrapper["NotificationRequestItem"] |= change
        assert not is_genuine(judge("adyen", Delivery(json.dumps(payload).encode(), {})))


def test_trap_3_adyen_a_time_that_anybody_can_change_decides_nothing() -> None:
    """A change of the unsigned time does not change the key. The time of receipt replaces an unreasonable time."""
    delivery = signed("adyen")
    edited = changed(delivery, body=delivery.body.replace(b"2026-11-21T10", b"1926-11-21T10"))
    assert edited != delivery
    assert is_genuine(judge("adyen", edited))
    assert events("adyen", edited)[0].signed_key == events("adyen", delivery)[0].signed_key
    assert booked("adyen", edited)[0]["timestamp"] == "2026-11-21T09:01:40Z"


def test_trap_3_adyen_the_same_key_twice_is_refused() -> None:
    """Two parsers could read such a body as two different events, so it is never read as an event."""
    delivery = signed("adyen")
    body = delivery.body.replace(b'"success":"true"', b'"success":"false","success":"true"')
    assert isinstance(judge("adyen", changed(delivery, body=body)), Rejected)


def test_trap_3_adyen_colons_cannot_move_from_one_field_to_another() -> None:
    """The signed fields are joined with colons that are not escaped.

    A colon is therefore rejected in every field except the merchant reference. Otherwise a genuine item could become
    another item with the same signature.
    """
    payload = edited("adyen")
    payload["notificationItems"][0]["NotificationRequestItem"]["merchantReference"] = "a:b"
    genuine = json.loads(sent("adyen", payload).body)
    item = genuine["notificationItems"][0]["NotificationRequestItem"]
    assert is_genuine(judge("adyen", Delivery(json.dumps(genuine).encode(), {})))
    account, psp_reference = item["merchantAccountCode"], item["pspReference"]
    for retold in (
        {"merchantAccountCode": f"{account}:a", "merchantReference": "b"},
        {
            "pspReference": f"{psp_reference}:",
            "originalReference": account,
            "merchantAccountCode": "a",
            "merchantReference": "b",
        },
    ):
        forged = {"notificationItems": [{"NotificationRequestItem": {**item, **retold}}]}
        assert judge("adyen", Delivery(json.dumps(forged).encode(), {})) == Refusal.MALFORMED


@pytest.mark.parametrize(("name", "header"), [("razorpay", "x-razorpay-event-id"), ("shopify", "x-shopify-event-id")])
def test_trap_4_a_changed_id_in_an_unsigned_header_changes_no_key(name: str, header: str) -> None:
    """A captured delivery with a new id has the same key. Without a valid id, the key is the event id."""
    delivery = signed(name)
    [original] = events(name, delivery)
    for value in ("forged", "", "é", "with space", "x" * 129):
        changed = with_header(delivery, header, value)
        assert is_genuine(judge(name, changed))
        [event] = events(name, changed)
        assert event.signed_key == original.signed_key
        assert event.event_id == ("forged" if value == "forged" else original.signed_key)
    assert original.object_id in original.signed_key


def test_trap_4_shopify_a_refund_cannot_be_passed_off_as_a_payment() -> None:
    """The topic is not signed. After verification, a body that contradicts its topic is not published."""
    delivery = signed("shopify", sample("shopify", "refund"))
    for topic in ("order_transactions/create", "disputes/create"):
        changed = with_header(delivery, "x-shopify-topic", topic)
        assert is_genuine(judge("shopify", changed))
        assert events("shopify", changed)[0].withheld


def test_trap_4_shopify_a_dispute_told_as_opened_again_has_the_same_key() -> None:
    """Both topics of a dispute give the same key, so a changed topic makes no second transaction."""
    update = with_header(signed("shopify", sample("shopify", "dispute")), "x-shopify-topic", "disputes/update")
    create = with_header(update, "x-shopify-topic", "disputes/create")
    assert events("shopify", update)[0].signed_key == events("shopify", create)[0].signed_key


@pytest.mark.parametrize("name", NAMES)
def test_trap_5_an_empty_secret_verifies_nothing(name: str) -> None:
    """Without a configured secret, every delivery is rejected."""
    delivery = signed(name)
    for secrets in ([], [""], [" "]):
        assert judge(name, delivery, secrets) == Refusal.NO_SECRET


def test_trap_5_square_without_a_registered_url_verifies_nothing() -> None:
    """Without a configured URL, every delivery of Square is rejected."""
    assert judge("square", signed("square"), given=settings(url="")) == Refusal.NO_SECRET


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"adyen"}))
@pytest.mark.parametrize("value", ["", "é", "\udc80", "\x00", "=" * 5000, "t=,v1=", "٣", "{}", "\r\nX: y"])
def test_trap_6_malformed_headers_are_refused(name: str, value: str) -> None:
    """Any malformed header gives a rejection, without another exception."""
    headers = dict.fromkeys(signed(name).headers, value)
    assert judge(name, Delivery(b"{}", headers)) in (Refusal.MISSING, Refusal.MALFORMED)


def test_trap_6_adyen_a_malformed_signature_inside_the_body_is_refused() -> None:
    """Adyen's signature must have the same format as a signature in a header."""
    for signature in ("é", "short", "", None, 7, ["x"]):
        payload = edited("adyen")
        payload["notificationItems"][0]["NotificationRequestItem"]["additionalData"]["hmacSignature"] = signature
        verdict = judge("adyen", Delivery(json.dumps(payload).encode(), {}))
        assert verdict in (Refusal.MISSING, Refusal.MALFORMED)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"adyen"}))
def test_trap_7_the_bytes_that_came_are_what_is_signed(name: str) -> None:
    """The same JSON with other formatting, and the base64 of the bytes, are rejected."""
    delivery = signed(name)
    for body in (
        json.dumps(json.loads(delivery.body)).encode(),
        delivery.body + b"\n",
        base64.b64encode(delivery.body),
    ):
        assert judge(name, changed(delivery, body=body)) == Refusal.MISMATCH


def test_trap_7_bytes_that_are_no_text_can_be_signed() -> None:
    """Verification works on bytes; the decoder rejects bytes that are not UTF-8."""
    assert is_genuine(judge("stripe", signed("stripe", b"\xff\xfe")))
    assert isinstance(outcome_of(decode, b"\xff\xfe"), Rejected)

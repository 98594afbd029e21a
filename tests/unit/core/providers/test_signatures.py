"""Deliveries that every provider's verification rejects: changed bytes, other secrets, random bytes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.outcome import outcome_of
from support.providers.deliveries import (
    NAMES,
    NOW,
    OTHER_SECRETS,
    SECRETS,
    is_genuine,
    judge,
    signed,
    with_header,
    without_header,
)
from support.providers.known import KNOWN
from support.records import changed

from hookline.core.errors import Rejected
from hookline.core.providers.contract import TOLERANCE_SECONDS, Delivery, Verified
from hookline.core.providers.registry import provider
from hookline.core.signatures.refusal import Refusal
from hookline.core.values.strict_json import decode

BODY_SIGNED_WHOLE = sorted(set(NAMES) - {"adyen"})
SIGNED_HEADERS = {name: known.signed_headers for name, known in KNOWN.items()}
HEADERS = [(name, header) for name, headers in SIGNED_HEADERS.items() for header in headers]

flips = st.tuples(st.integers(0, 10_000), st.integers(1, 255))
latin_1 = st.text(st.characters(max_codepoint=0xFF), max_size=100)


def flip(content: bytes, place: int, bits: int) -> bytes:
    """Return the bytes with some changed bits in one byte."""
    at = place % len(content)
    return content[:at] + bytes([content[at] ^ bits]) + content[at + 1 :]


@pytest.mark.parametrize("name", BODY_SIGNED_WHOLE)
@given(change=flips)
def test_no_byte_of_the_body_can_be_changed(name: str, change: tuple[int, int]) -> None:
    """Every byte of the body is signed."""
    delivery = signed(name)
    assert judge(name, changed(delivery, body=flip(delivery.body, *change))) == Refusal.MISMATCH


@pytest.mark.parametrize(("name", "header"), HEADERS)
@given(change=flips)
def test_no_byte_of_a_signed_header_can_be_changed(name: str, header: str, change: tuple[int, int]) -> None:
    """Every byte of the signature and of the signed header values matters.

    The URL of PayPal's certificate may change, if it is still one of PayPal's URLs. The URL is not signed, and the
    certificate must be PayPal's anyway.
    """
    delivery = signed(name)
    value = flip(delivery.headers[header].encode("latin-1"), *change).decode("latin-1")
    verdict = judge(name, with_header(delivery, header, value))
    allowed = header == "paypal-cert-url" and value.startswith("https://api.sandbox.paypal.com/v1/notifications/certs/")
    assert not is_genuine(verdict) or allowed


@pytest.mark.parametrize("name", NAMES)
@given(change=flips)
def test_no_byte_of_the_secret_can_be_changed(name: str, change: tuple[int, int]) -> None:
    """A secret with one different byte is another secret.

    Adyen's keys are in hexadecimal, where upper and lower case are the same.
    """
    secret = flip(SECRETS[name].encode(), *change).decode("latin-1")
    if name != "adyen" or secret.upper() != SECRETS[name].upper():
        assert judge(name, signed(name), [secret]) in (Refusal.MISMATCH, Refusal.NO_SECRET)


@settings(max_examples=50)
@pytest.mark.parametrize("name", NAMES)
@given(data=st.data(), body=st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused(name: str, data: st.DataObject, body: bytes) -> None:
    """Any body and headers are rejected, without another exception."""
    headers = {header: data.draw(latin_1) for header in SIGNED_HEADERS[name]}
    assert not is_genuine(judge(name, Delivery(body, headers)))


@pytest.mark.parametrize(("name", "header"), HEADERS)
@given(value=latin_1)
def test_any_value_of_one_header_is_refused(name: str, header: str, value: str) -> None:
    """A delivery with one wrong header is rejected, even if all other headers are genuine."""
    delivery = signed(name)
    if value != delivery.headers[header]:
        assert not is_genuine(judge(name, with_header(delivery, header, value)))


@pytest.mark.parametrize(("name", "header"), HEADERS)
def test_a_header_that_is_missing_or_empty_is_said_to_be_missing(name: str, header: str) -> None:
    """The reason distinguishes an unsigned delivery from a forged one."""
    assert judge(name, without_header(signed(name), header)) == Refusal.MISSING
    assert judge(name, with_header(signed(name), header, "")) == Refusal.MISSING


@pytest.mark.parametrize("name", NAMES)
def test_another_secret_is_a_mismatch(name: str) -> None:
    """A delivery that is signed with another secret is rejected."""
    assert judge(name, signed(name), [OTHER_SECRETS[name]]) == Refusal.MISMATCH


@pytest.mark.parametrize("name", NAMES)
def test_without_a_usable_secret_nothing_is_accepted(name: str) -> None:
    """An empty or blank secret counts as no secret."""
    for secrets in ([], [""], ["   "], ["", " "]):
        assert judge(name, signed(name), secrets) == Refusal.NO_SECRET


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"adyen", "shopify", "square"}))
def test_an_empty_body_with_its_signature_is_left_to_the_decoder(name: str) -> None:
    """The signature is valid, and the strict decoder then rejects the body with 400 instead of 401."""
    assert is_genuine(judge(name, signed(name, b"")))
    assert isinstance(outcome_of(decode, b""), Rejected)


@pytest.mark.parametrize("name", ["adyen", "square"])
def test_an_empty_body_is_refused_where_it_cannot_be_signed(name: str) -> None:
    """Adyen signs inside the body, and Square's signature would cover only the URL."""
    delivery = signed("square", b"") if name == "square" else Delivery(b"", {})
    assert not is_genuine(judge(name, delivery))


@pytest.mark.parametrize("name", ["stripe", "standard_webhooks"])
@pytest.mark.parametrize(
    ("seconds", "accepted"), [(-TOLERANCE_SECONDS - 1, 0), (-TOLERANCE_SECONDS, 1), (300, 1), (301, 0)]
)
def test_a_signed_time_may_be_five_minutes_off_either_way(name: str, seconds: int, accepted: int) -> None:
    """A difference of 300 seconds is accepted and 301 is not, in both directions."""
    verdict = judge(name, signed(name, now=NOW + seconds))
    assert verdict == Refusal.EXPIRED if not accepted else isinstance(verdict, Verified)


@pytest.mark.parametrize(("seconds", "accepted"), [(-301, 0), (-300, 1), (345_600, 1), (345_601, 0)])
def test_a_paypal_transmission_may_be_four_days_old_and_five_minutes_ahead(seconds: int, accepted: int) -> None:
    """PayPal retries for three days, and the window has one more day."""
    verdict = judge("paypal", signed("paypal", now=NOW - seconds))
    assert verdict == Refusal.EXPIRED if not accepted else isinstance(verdict, Verified)


@pytest.mark.parametrize("name", NAMES)
def test_secrets_are_not_read_for_headers_that_are_no_signature(name: str) -> None:
    """A request without a well-formed signature causes no read of secrets."""

    def unread():  # noqa: ANN202
        raise AssertionError
        yield

    for headers in ({}, dict.fromkeys(signed(name).headers, "é")):
        assert judge(name, Delivery(b'{"notificationItems":[{}]}', headers), unread()) in (
            Refusal.MISSING,
            Refusal.MALFORMED,
        )


def test_the_names_tested_are_all_there_are() -> None:
    """A new provider must list its headers here, unless it signs inside the body."""
    assert set(SIGNED_HEADERS) == set(NAMES)
    for name, headers in SIGNED_HEADERS.items():
        assert set(headers) <= {header.lower() for header in provider(name).required_headers}

"""Standard Webhooks, tested with the shared vectors, with an independent implementation, and with changed bytes."""

import base64
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.core.signatures.standard_webhooks import SIGNATURE_HEADERS, TOLERANCE_SECONDS, sign, verify
from hookline.core.signatures.standard_webhooks_key import same_key

VECTORS = Path(__file__).parents[4] / "shared" / "providers" / "vectors.json"
SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
OTHER_SECRET = "whsec_" + base64.b64encode(bytes(range(100, 124))).decode()
NOW = 1_760_000_000
BODY = b'{"event_id":"evt_1"}'

ids = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=64)


def signed(body: bytes = BODY, webhook_id: str = "msg_1", timestamp: int = NOW, secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a genuine delivery."""
    values = (webhook_id, str(timestamp), sign(secret, webhook_id, timestamp, body))
    return dict(zip(SIGNATURE_HEADERS, values, strict=True))


def refusal(headers: dict[str, str], body: bytes = BODY, secrets: Any = (SECRET,), now: int = NOW) -> str | None:
    """Return the reason of the rejection, or None if the delivery is accepted."""
    try:
        verify(headers, body, secrets, now)
    except SignatureRefused as refused:
        return refused.reason
    return None


def vectors() -> list[Any]:
    """Return the shared vectors of this scheme; empty if the file does not exist."""
    if not VECTORS.exists():
        return []
    every = json.loads(VECTORS.read_text("utf-8"))["vectors"]
    return [pytest.param(v, id=v["id"]) for v in every if v["provider"] == "standard_webhooks"]


def body_of(vector: dict[str, Any]) -> bytes:
    """Return a vector's body, which is given completely or as a recipe."""
    if "body_b64" in vector:
        return base64.b64decode(vector["body_b64"])
    recipe = vector["body_gen"]
    filling = bytes([recipe["fill_byte"]]) * recipe["fill_len"]
    return base64.b64decode(recipe["prefix_b64"]) + filling + base64.b64decode(recipe["suffix_b64"])


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors do not exist here")
@pytest.mark.parametrize("vector", vectors())
def test_judges_every_shared_vector_as_expected(vector: dict[str, Any]) -> None:
    """Each vector gets its expected verdict.

    One vector is a valid signature over an empty body, on which receivers may differ. It is valid here; the strict
    decoder then rejects the body, with 400 instead of 401.
    """
    verdict = refusal(vector["headers"], body_of(vector), vector["secrets"], vector["now"])
    assert ("valid" if verdict is None else "invalid") == vector["expected"]


@pytest.mark.parametrize("missing", SIGNATURE_HEADERS)
def test_all_three_headers_are_needed(missing: str) -> None:
    """A delivery with a missing or empty header counts as unsigned."""
    headers = signed()
    assert refusal({**headers, missing: ""}) is Refusal.MISSING
    del headers[missing]
    assert refusal(headers) is Refusal.MISSING


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("webhook-id", "a b"),
        ("webhook-id", "msg_é"),
        ("webhook-id", "x" * 257),
        ("webhook-timestamp", "1760000000.0"),
        ("webhook-timestamp", "01760000000"),
        ("webhook-timestamp", "+1760000000"),
        ("webhook-timestamp", " 1760000000"),
        ("webhook-timestamp", "1760000000,1760000000"),
        ("webhook-timestamp", "١٧٦٠٠٠٠٠٠٠"),
        ("webhook-timestamp", "9" * 400),
        ("webhook-signature", "v1"),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,AAAA"),
        ("webhook-signature", "v1," + "A" * 44),
        ("webhook-signature", "v1," + "A" * 43 + "=="),
        ("webhook-signature", "v2," + "A" * 43 + "="),
        ("webhook-signature", "v1," + "é" * 43 + "="),
        ("webhook-signature", "v1," + "A" * 43 + "=\n"),
        ("webhook-signature", "v1," + "A" * 43 + "= " + "x" * 5000),
    ],
)
def test_headers_of_another_form_are_refused_before_any_crypto(header: str, value: str) -> None:
    """A malformed header is rejected because of its format, without another exception."""
    assert refusal({**signed(), header: value}) is Refusal.MALFORMED


@pytest.mark.parametrize("skew", [-301, -300, -299, 0, 299, 300, 301])
def test_the_signed_time_may_differ_by_five_minutes_either_way(skew: int) -> None:
    """A difference of up to 300 seconds is accepted, and 301 seconds have expired."""
    expected = Refusal.EXPIRED if abs(skew) > TOLERANCE_SECONDS else None
    assert refusal(signed(timestamp=NOW + skew)) is expected


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_!!!!",
        "whsec_é",
        SECRET + "=",
        SECRET + "\n",
        SECRET[:-3],
        SECRET.replace("AAECAwQF", "AAECAwQ-"),
        "raw:15-characters..",
        "polar_whs_short",
        "whpk_" + SECRET.removeprefix("whsec_"),
        "whsec_" + base64.b64encode(bytes(15)).decode(),
        "whsec_" + base64.b64encode(bytes(16)).decode().replace("A==", "B=="),
        "whsk_" + SECRET.removeprefix("whsec_"),
    ],
)
def test_what_could_be_no_key_is_no_secret(secret: str) -> None:
    """An empty, short or malformed secret accepts no delivery, and cannot sign."""
    assert refusal(signed(), secrets=[secret]) is Refusal.NO_SECRET
    with pytest.raises(ValueError, match="at least 16 bytes"):
        sign(secret, "msg_1", NOW, BODY)


def test_no_secrets_accept_nothing() -> None:
    """Without any secret, every delivery is rejected."""
    assert refusal(signed(), secrets=[]) is Refusal.NO_SECRET


def test_any_live_secret_may_match_and_unusable_ones_are_passed_over() -> None:
    """During a rotation, both secrets verify, with or without prefix; invalid secrets are ignored."""
    for secret in (SECRET, OTHER_SECRET):
        bare = secret.removeprefix("whsec_")
        assert refusal(signed(secret=secret), secrets=["", OTHER_SECRET, SECRET]) is None
        assert refusal(signed(secret=bare), secrets=[secret]) is None
        assert refusal(signed(secret=secret), secrets=[bare]) is None
    assert refusal(signed(), secrets=[OTHER_SECRET]) is Refusal.MISMATCH


PADDED = base64.b64encode(bytes(range(16))).decode()
TEXT = "a text of 24 characters."


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        (SECRET, bytes(range(24))),
        (SECRET.removeprefix("whsec_"), bytes(range(24))),
        (f"v1,{SECRET}", bytes(range(24))),
        (f"whsec_{PADDED}", bytes(range(16))),
        (f"whsec_{PADDED.rstrip('=')}", bytes(range(16))),
        (PADDED.rstrip("="), bytes(range(16))),
        (f"raw:{TEXT.replace(' ', '_')}", TEXT.replace(" ", "_").encode()),
        (f"raw:{SECRET}", SECRET.encode()),
        ("polar_whs_0123456789", b"polar_whs_0123456789"),
        ("ws_0123456789abcdef", b"ws_0123456789abcdef"),
    ],
)
def test_a_secret_is_taken_as_its_sender_shows_it(secret: str, key: bytes) -> None:
    """Each form has one key. The independent package ``standardwebhooks`` signs with this key."""
    moment = datetime.fromtimestamp(NOW, UTC)
    values = ("msg_1", str(NOW), Webhook(key).sign("msg_1", moment, BODY.decode()))
    headers = dict(zip(SIGNATURE_HEADERS, values, strict=True))
    assert refusal(headers, secrets=[secret]) is None
    assert signed(secret=secret) == headers


def test_two_texts_of_one_key_are_one_secret() -> None:
    """Texts without a form are only equal to themselves."""
    bare = SECRET.removeprefix("whsec_")
    assert same_key(SECRET, bare)
    assert same_key("no key", "no key")
    assert not same_key(SECRET, OTHER_SECRET)
    assert not same_key("no key", "no other key")


def test_only_asymmetric_signatures_are_refused_with_their_own_reason() -> None:
    """The log then says what to change at the sender. With a signature of version v1, that one decides."""
    headers = signed()
    asymmetric = "v1a," + "A" * 86 + "=="
    for value in (asymmetric, f"{asymmetric} {asymmetric}", f"  {asymmetric}"):
        assert refusal({**headers, "webhook-signature": value}) is Refusal.ASYMMETRIC
    assert refusal({**headers, "webhook-signature": f"{asymmetric} v2,abc"}) is Refusal.MALFORMED
    assert refusal({**headers, "webhook-signature": "   "}) is Refusal.MALFORMED
    good, wrong = headers["webhook-signature"], sign(OTHER_SECRET, "msg_1", NOW, BODY)
    assert refusal({**headers, "webhook-signature": f"{asymmetric} {good}"}) is None
    assert refusal({**headers, "webhook-signature": f"{asymmetric} {wrong}"}) is Refusal.MISMATCH


def test_any_signature_may_match_and_unknown_versions_are_passed_over() -> None:
    """A sender may send several signatures, and one valid signature is enough."""
    headers = signed()
    wrong = sign(OTHER_SECRET, "msg_1", NOW, BODY)
    good = headers["webhook-signature"]
    for value in (f"{wrong} {good}", f"{good} {wrong}", f"v1a,xyz== garbage {good}", f"  {good} "):
        assert refusal({**headers, "webhook-signature": value}) is None
    assert refusal({**headers, "webhook-signature": f"{wrong} {wrong}"}) is Refusal.MISMATCH


def test_neither_secret_nor_signature_is_in_the_refusal() -> None:
    """The message contains only the reason."""
    with pytest.raises(SignatureRefused, match=r"^mismatch$"):
        verify(signed(), b"other", [SECRET], NOW)


@given(st.data(), st.binary(max_size=64), ids)
def test_flipping_any_byte_is_refused(data: st.DataObject, body: bytes, webhook_id: str) -> None:
    """A delivery with one changed byte in body, header or secret is rejected."""
    headers = signed(body, webhook_id)
    parts = {**headers, "body": body.decode("latin-1"), "secret": SECRET}
    assert refusal(headers, body) is None
    part = data.draw(st.sampled_from([name for name, text in parts.items() if text]))
    position = data.draw(st.integers(0, len(parts[part]) - 1))
    change = data.draw(st.integers(1, 255))
    text = parts[part]
    parts[part] = text[:position] + chr(ord(text[position]) ^ change) + text[position + 1 :]
    changed_headers = {name: parts[name] for name in SIGNATURE_HEADERS}
    assert refusal(changed_headers, parts["body"].encode("latin-1"), [parts["secret"]]) is not None


@given(st.dictionaries(st.sampled_from(SIGNATURE_HEADERS), st.text()), st.binary(), st.lists(st.text()))
def test_any_headers_and_secrets_are_refused_cleanly(headers: dict[str, str], body: bytes, secrets: list[str]) -> None:
    """Any text in headers and secrets gives a rejection, without another exception."""
    assert refusal(headers, body, secrets) is not None


@given(st.text(st.characters(exclude_categories=["Cs"])), ids)
def test_the_reference_implementation_accepts_what_is_signed_here(body: str, webhook_id: str) -> None:
    """The independent package ``standardwebhooks`` verifies our signatures."""
    headers = signed(body.encode(), webhook_id, int(time.time()))
    Webhook(SECRET).verify(body, headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER_SECRET).verify(body, headers, json_parse=False)


@given(st.text(st.characters(exclude_categories=["Cs"])), ids)
def test_what_the_reference_implementation_signs_is_accepted_here(body: str, webhook_id: str) -> None:
    """Our code verifies a signature of the package ``standardwebhooks``."""
    moment = datetime.fromtimestamp(NOW, UTC)
    values = (webhook_id, str(NOW), Webhook(SECRET).sign(webhook_id, moment, body))
    assert refusal(dict(zip(SIGNATURE_HEADERS, values, strict=True)), body.encode()) is None

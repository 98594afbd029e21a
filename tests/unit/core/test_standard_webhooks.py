"""Standard Webhooks: the shared vectors, an independent implementation, and every flipped byte."""

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
    """Return why a delivery is refused, or None when it is not."""
    try:
        verify(headers, body, secrets, now)
    except SignatureRefused as refused:
        return refused.reason
    return None


def vectors() -> list[Any]:
    """Return the shared vectors of this scheme; none where they are not at hand."""
    if not VECTORS.exists():
        return []
    every = json.loads(VECTORS.read_text("utf-8"))["vectors"]
    return [pytest.param(v, id=v["id"]) for v in every if v["provider"] == "standard_webhooks"]


def body_of(vector: dict[str, Any]) -> bytes:
    """Return a vector's body, which is given whole or as a recipe."""
    if "body_b64" in vector:
        return base64.b64decode(vector["body_b64"])
    recipe = vector["body_gen"]
    filling = bytes([recipe["fill_byte"]]) * recipe["fill_len"]
    return base64.b64decode(recipe["prefix_b64"]) + filling + base64.b64decode(recipe["suffix_b64"])


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not at hand")
@pytest.mark.parametrize("vector", vectors())
def test_judges_every_shared_vector_as_expected(vector: dict[str, Any]) -> None:
    """Each vector gets its verdict.

    The one vector on which receivers may differ, a valid signature over an empty body, is valid here: the
    strict decoder refuses that body afterwards, with 400 instead of 401.
    """
    verdict = refusal(vector["headers"], body_of(vector), vector["secrets"], vector["now"])
    assert ("valid" if verdict is None else "invalid") == vector["expected"]


@pytest.mark.parametrize("missing", SIGNATURE_HEADERS)
def test_all_three_headers_are_needed(missing: str) -> None:
    """A header that is missing or empty refuses the delivery as unsigned."""
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
    """Junk in a header is told by its form; no exception but the refusal comes out."""
    assert refusal({**signed(), header: value}) is Refusal.MALFORMED


@pytest.mark.parametrize("skew", [-301, -300, -299, 0, 299, 300, 301])
def test_the_signed_time_may_differ_by_five_minutes_either_way(skew: int) -> None:
    """Up to 300 seconds of difference are accepted, 301 are refused as expired."""
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
        SECRET[:-1],
        "whsec_" + base64.b64encode(bytes(15)).decode(),
        "whsec_" + base64.b64encode(bytes(16)).decode().replace("A==", "B=="),
        "whsk_" + SECRET.removeprefix("whsec_"),
    ],
)
def test_what_could_be_no_key_is_no_secret(secret: str) -> None:
    """An empty, short or malformed secret accepts nothing, and signs nothing."""
    assert refusal(signed(), secrets=[secret]) is Refusal.NO_SECRET
    with pytest.raises(ValueError, match="at least 16 bytes"):
        sign(secret, "msg_1", NOW, BODY)


def test_no_secrets_accept_nothing() -> None:
    """Without any secret the pipeline is closed."""
    assert refusal(signed(), secrets=[]) is Refusal.NO_SECRET


def test_any_live_secret_may_match_and_unusable_ones_are_passed_over() -> None:
    """During a rotation either secret verifies, with or without prefix, whatever stands beside it."""
    for secret in (SECRET, OTHER_SECRET):
        bare = secret.removeprefix("whsec_")
        assert refusal(signed(secret=secret), secrets=["", OTHER_SECRET, SECRET]) is None
        assert refusal(signed(secret=bare), secrets=[secret]) is None
        assert refusal(signed(secret=secret), secrets=[bare]) is None
    assert refusal(signed(), secrets=[OTHER_SECRET]) is Refusal.MISMATCH


def test_any_signature_may_match_and_unknown_versions_are_passed_over() -> None:
    """A sender that rotates sends several signatures; one good one is enough, wherever it stands."""
    headers = signed()
    wrong = sign(OTHER_SECRET, "msg_1", NOW, BODY)
    good = headers["webhook-signature"]
    for value in (f"{wrong} {good}", f"{good} {wrong}", f"v1a,xyz== garbage {good}", f"  {good} "):
        assert refusal({**headers, "webhook-signature": value}) is None
    assert refusal({**headers, "webhook-signature": f"{wrong} {wrong}"}) is Refusal.MISMATCH


def test_neither_secret_nor_signature_is_in_the_refusal() -> None:
    """The exception's words name the reason only."""
    with pytest.raises(SignatureRefused, match=r"^mismatch$"):
        verify(signed(), b"other", [SECRET], NOW)


@given(st.data(), st.binary(max_size=64), ids)
def test_flipping_any_byte_is_refused(data: st.DataObject, body: bytes, webhook_id: str) -> None:
    """One changed byte of body, header or secret makes a genuine delivery refused, and nothing else."""
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
    """No text in a header or a secret causes anything but a refusal."""
    assert refusal(headers, body, secrets) is not None


@given(st.text(st.characters(exclude_categories=["Cs"])), ids)
def test_the_reference_implementation_accepts_what_is_signed_here(body: str, webhook_id: str) -> None:
    """The ``standardwebhooks`` package, which is independent of this code, verifies its signatures."""
    headers = signed(body.encode(), webhook_id, int(time.time()))
    Webhook(SECRET).verify(body, headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER_SECRET).verify(body, headers, json_parse=False)


@given(st.text(st.characters(exclude_categories=["Cs"])), ids)
def test_what_the_reference_implementation_signs_is_accepted_here(body: str, webhook_id: str) -> None:
    """A signature of the ``standardwebhooks`` package verifies here."""
    moment = datetime.fromtimestamp(NOW, UTC)
    values = (webhook_id, str(NOW), Webhook(SECRET).sign(webhook_id, moment, body))
    assert refusal(dict(zip(SIGNATURE_HEADERS, values, strict=True)), body.encode()) is None

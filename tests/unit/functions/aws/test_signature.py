"""Signature Version 4, compared with AWS's published test cases and with botocore."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from hookline.functions.aws.errors import AwsError
from hookline.functions.aws.signature import RequestSigner

ACCESS_KEY = "AKIDEXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
PUBLISHED_AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)

HOST = {"host": "example.amazonaws.com"}
PUBLISHED = {
    "get-vanilla": ("GET", HOST, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    "post-vanilla": ("POST", HOST, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    "post-header-key-sort": (
        "POST",
        {**HOST, "my-header1": "value1"},
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ),
    "get-header-key-duplicate": (
        "GET",
        {**HOST, "my-header1": "value2,value2,value1"},
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    ),
    "get-header-value-multiline": (
        "GET",
        {**HOST, "my-header1": "value1,value2,value3"},
        "ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790",
    ),
}
"""Requests without a query from the "Signature Version 4 test suite", with their signatures."""

TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=","), min_size=1, max_size=30)
"""Header values without spaces and commas, as hookline sends them; they need no folding."""


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


@pytest.mark.parametrize(("method", "headers", "signature"), PUBLISHED.values(), ids=PUBLISHED)
def test_the_published_cases_have_the_published_signatures(method: str, headers: Any, signature: str) -> None:
    """The signer passes AWS's own test cases."""
    signed = RequestSigner("service", "us-east-1").sign(method, "/", headers, b"", PUBLISHED_AT.timestamp())
    names = ";".join(sorted((*headers, "x-amz-date")))
    scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
    assert signed["authorization"] == (
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"
    )


@given(
    method=st.sampled_from(["GET", "PUT", "POST"]),
    path=st.lists(st.from_regex(r"[A-Za-z0-9_~-]{1,8}", fullmatch=True), max_size=3).map(
        lambda parts: f"/{'/'.join(parts)}"
    ),
    values=st.dictionaries(st.sampled_from(["content-type", "x-amz-target", "x-amz-meta-a", "range"]), TEXT),
    body=st.binary(max_size=200),
    seconds=st.integers(0, 4_102_444_800),
    token=st.sampled_from(["", "session/token+with=signs"]),
)
def test_any_request_is_signed_as_botocore_signs_it(
    method: str, path: str, values: dict[str, str], body: bytes, seconds: int, token: str
) -> None:
    """The signature is byte for byte the same as botocore's."""
    headers = {"host": "dynamodb.eu-central-1.amazonaws.com", **values}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_SESSION_TOKEN", token)
        ours = RequestSigner("dynamodb", "eu-central-1").sign(method, path, headers, body, seconds)
        theirs = AWSRequest(method, f"https://{headers['host']}{path}", headers=values, data=body)
        patch.setattr("botocore.auth.get_current_datetime", lambda: datetime.fromtimestamp(seconds, UTC))
        SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY, token or None), "dynamodb", "eu-central-1").add_auth(theirs)
    assert ours["authorization"] == theirs.headers["Authorization"]
    assert ours["x-amz-date"] == theirs.headers["X-Amz-Date"]
    assert ours.get("x-amz-security-token") == theirs.headers.get("X-Amz-Security-Token")


@given(body=st.binary(max_size=200))
def test_a_digest_that_s3_is_told_is_the_one_that_is_signed(body: bytes) -> None:
    """S3 also needs the body's digest in a header, and the signature is the same as botocore's."""
    told = {"x-amz-content-sha256": hashlib.sha256(body).hexdigest()}
    headers = {"host": "payloads.s3.eu-central-1.amazonaws.com", **told}
    ours = RequestSigner("s3", "eu-central-1").sign("PUT", "/key", headers, body, 0)
    theirs = AWSRequest("PUT", f"https://{headers['host']}/key", headers=told, data=body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.auth.get_current_datetime", lambda: datetime.fromtimestamp(0, UTC))
        SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", "eu-central-1").add_auth(theirs)
    assert ours["authorization"] == theirs.headers["Authorization"]


def test_new_credentials_count_with_the_next_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signer reads the credentials from the environment for each request."""
    signer = RequestSigner("sqs", "us-east-1")
    first = signer.sign("POST", "/", HOST, b"", 0)["authorization"]
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    second = signer.sign("POST", "/", HOST, b"", 0)["authorization"]
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    assert signer.sign("POST", "/", HOST, b"", 0)["authorization"] == first != second


def test_a_signing_key_serves_one_day() -> None:
    """The date is part of the signing key, so a new day needs a new key."""
    signer = RequestSigner("sqs", "us-east-1")
    signer.sign("POST", "/", HOST, b"", 0)
    assert signer.sign("POST", "/", HOST, b"", 86_400) == RequestSigner("sqs", "us-east-1").sign(
        "POST", "/", HOST, b"", 86_400
    )


def test_without_credentials_nothing_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has its own code, and contains no value of the environment."""
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(AwsError, match=r"^NoCredentials$"):
        RequestSigner("sqs", "us-east-1").sign("POST", "/", HOST, b"")

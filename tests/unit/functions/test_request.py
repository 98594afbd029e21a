"""Reading of a proxy event: body, headers, content type and trace."""

import base64
from typing import Any

import pytest

from hookline.core.errors import Rejected
from hookline.functions.request import (
    MAX_BODY_BYTES,
    check_content_type,
    read_body,
    read_headers,
    trace_id,
)

ROOT = "1-65250000-0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ({}, b""),
        ({"body": None}, b""),
        ({"body": "", "isBase64Encoded": True}, b""),
        ({"body": '{"a":"é"}'}, b'{"a":"\xc3\xa9"}'),
        ({"body": "aGkK/w==", "isBase64Encoded": True}, b"hi\n\xff"),
        ({"body": "aGkK", "isBase64Encoded": False}, b"aGkK"),
        ({"body": "\ud800"}, b"\xed\xa0\x80"),
    ],
)
def test_reads_the_exact_bytes(event: dict[str, Any], body: bytes) -> None:
    """The body has the sender's bytes, decoded once if API Gateway encoded them; no body is an empty body."""
    assert read_body(event) == body


@pytest.mark.parametrize("body", ["a", "aGk", "aG k", "aGkK!", "é", "{}"])
def test_a_body_that_is_not_base64_as_it_says_is_refused(body: str) -> None:
    """A body with the base64 flag that is not strict base64 gets 400."""
    with pytest.raises(Rejected) as caught:
        read_body({"body": body, "isBase64Encoded": True})
    assert (caught.value.status, caught.value.code) == (400, "malformed_json")


@pytest.mark.parametrize("excess", [0, 1, 4_000_000])
def test_the_body_is_bounded(excess: int) -> None:
    """A body of 262,144 bytes is read, and one more byte gets 413, even before base64 is decoded."""
    body = b"x" * (MAX_BODY_BYTES + excess)
    for event in (
        {"body": body.decode()},
        {"body": base64.b64encode(body).decode(), "isBase64Encoded": True},
    ):
        if not excess:
            assert read_body(event) == body
            continue
        with pytest.raises(Rejected) as caught:
            read_body(event)
        assert (caught.value.status, caught.value.code) == (413, "payload_too_large")


def test_the_limit_counts_bytes_rather_than_characters() -> None:
    """A character of two bytes counts twice."""
    with pytest.raises(Rejected):
        read_body({"body": "é" * (MAX_BODY_BYTES // 2) + "x"})


def test_collects_every_value_of_a_header() -> None:
    """Names in both maps are compared without case; null maps and null values are ignored."""
    event = {
        "headers": {"Content-Type": "a", "X-Null": None, "webhook-id": "1"},
        "multiValueHeaders": {"content-type": ["a", "b"], "Webhook-Id": ["1"], "X-Null": None},
    }
    found = read_headers(event)
    assert {name: set(values) for name, values in found.items()} == {"content-type": {"a", "b"}, "webhook-id": {"1"}}


def test_reads_the_headers_that_api_gateway_sends() -> None:
    """API Gateway sends every name in both maps, with all values in one of them."""
    event = {"headers": {"A": "2", "b": "3"}, "multiValueHeaders": {"A": ["1", "2"], "b": ["3"]}}
    assert read_headers(event) == {"a": ["1", "2"], "b": ["3"]}


def test_without_headers_there_are_none() -> None:
    """Missing maps and null maps count as empty."""
    assert read_headers({}) == read_headers({"headers": None, "multiValueHeaders": None}) == {}


@pytest.mark.parametrize(
    "value",
    [
        "application/json",
        "Application/JSON",
        " application/json ; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; version=1; charset=utf-8",
        "application/json;",
    ],
)
def test_accepts_json_in_utf_8(value: str) -> None:
    """Case, spaces, quotes and other parameters do not matter."""
    check_content_type({"content-type": {value}})


@pytest.mark.parametrize(
    "values",
    [
        set[str](),
        {""},
        {"text/plain"},
        {"application/json-patch+json"},
        {"application/jsonx"},
        {"text/plain; application/json"},
        {"application/json; charset=latin-1"},
        {"application/json; charset=utf-8; charset=utf-16"},
        {"application/json; charset="},
        {"application/json", "text/plain"},
    ],
)
def test_refuses_any_other_content_type(values: set[str]) -> None:
    """A missing, other or ambiguous type, or another charset, gets 415."""
    with pytest.raises(Rejected) as caught:
        check_content_type({"content-type": values})
    assert (caught.value.status, caught.value.code) == (415, "unsupported_media_type")


def test_without_a_content_type_header_there_is_no_type() -> None:
    """A missing header also gets 415."""
    with pytest.raises(Rejected):
        check_content_type({})


@pytest.mark.parametrize(
    "trace", [f"Root={ROOT}", f"Self=1-2-3;Root={ROOT};Parent=x;Sampled=1", f"Sampled=0; Root={ROOT}"]
)
def test_the_trace_is_the_root_of_the_header_or_of_the_runtime(trace: str) -> None:
    """The header comes first, then the runtime's own trace."""
    assert trace_id({}, {"x-amzn-trace-id": {trace}}, "") == ROOT
    assert trace_id({}, {}, trace) == ROOT
    assert trace_id({}, {"x-amzn-trace-id": {"junk"}}, trace) == ROOT


def test_without_a_trace_the_request_id_stands_in() -> None:
    """An invalid header is ignored; without any id, the trace is "unknown"."""
    event = {"requestContext": {"requestId": "req-1"}}
    assert trace_id(event, {"x-amzn-trace-id": {"Root=4111111111111111"}}, "") == "req-1"
    assert trace_id({"requestContext": None}, {}, "") == "unknown"
    assert trace_id({"requestContext": {}}, {}, "Root=") == "unknown"

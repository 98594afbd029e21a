"""Requests that API Gateway's model or the validator rejects, always with a JSON body."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from support.live.webhooks import ARRIVAL_SECONDS, ERROR_BODY, Webhooks, assert_refused

MODEL = "invalid_body"
"""The code of API Gateway's own rejection; the validator never uses it, so no function ran."""

WRONG_TYPES: list[tuple[str, Any]] = [
    ("event_id", 5),
    ("event_id", None),
    ("event_id", ""),
    ("event_id", "x" * 129),
    ("transaction_type", 5),
    ("transaction_type", ["payment"]),
    ("transaction_type", "gift"),
    ("amount", True),
    ("amount", None),
    ("amount", {"value": 1}),
    ("timestamp", None),
    ("timestamp", ["2026-01-31T12:00:00Z"]),
    ("currency", 978),
    ("metadata", "text"),
    ("metadata", []),
]
BAD_VALUES: list[tuple[str, Any]] = [
    ("event_id", "a b"),
    ("event_id", "é"),
    ("event_id", "tab\t"),
    ("amount", "0"),
    ("amount", 0),
    ("amount", "-1.00"),
    ("amount", "1,00"),
    ("amount", "1e3"),
    ("amount", "0.1234567"),
    ("amount", "1234567890123456789"),
    ("timestamp", "yesterday"),
    ("timestamp", "2026-01-31 12:00:00Z"),
    ("timestamp", "2026-02-30T12:00:00Z"),
    ("timestamp", "1999-12-31T23:59:59Z"),
    ("timestamp", "2999-01-01T00:00:00Z"),
    ("timestamp", 1769860800000),
    ("currency", "eur"),
    ("currency", "XXX"),
]


@pytest.mark.parametrize("field", ["event_id", "transaction_type", "amount", "timestamp"])
def test_a_missing_field_is_refused_at_the_gateway(field: str, webhooks: Webhooks) -> None:
    """The answer is 400 from API Gateway's model; the validator would answer `missing_field`."""
    event = webhooks.event()
    del event[field]
    assert_refused(webhooks.send(event), 400, MODEL)


@pytest.mark.parametrize(("field", "value"), WRONG_TYPES, ids=lambda value: json.dumps(value)[:20])
def test_a_field_that_breaks_the_model_is_refused_at_the_gateway(field: str, value: Any, webhooks: Webhooks) -> None:
    """The model rejects wrong types, and values that a schema can reject."""
    assert_refused(webhooks.send(webhooks.event(**{field: value})), 400, MODEL)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"a=b"])
def test_a_body_that_is_no_json_object_is_refused_at_the_gateway(body: bytes, webhooks: Webhooks) -> None:
    """Such a body never invokes a function."""
    assert_refused(webhooks.send(body), 400, MODEL)


@pytest.mark.parametrize(
    "metadata",
    [
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": ' + "[" * 40 + "]" * 40 + "}",
        '{"a": ' + "9" * 65 + "}",
        '{"a": "\\ud800"}',
    ],
    ids=["duplicate key", "NaN", "too deep", "long number", "lone surrogate"],
)
def test_ambiguous_json_is_refused(metadata: str, webhooks: Webhooks) -> None:
    """The answer is 400 from API Gateway or from the validator, because API Gateway accepts some of these bodies."""
    body = json.dumps(webhooks.event(metadata="HERE")).replace('"HERE"', metadata).encode()
    answer = webhooks.send(body)
    ERROR_BODY.validate(answer.body)
    assert (answer.status, answer.code) in {(400, MODEL), (400, "malformed_json")}


@pytest.mark.parametrize(("field", "value"), BAD_VALUES, ids=lambda value: json.dumps(value)[:22])
def test_a_value_that_no_transaction_has_is_refused_by_the_validator(
    field: str, value: Any, webhooks: Webhooks
) -> None:
    """The answer is 422 with the name of the field, without the value."""
    answer = webhooks.send(webhooks.event(**{field: value}))
    assert_refused(answer, 422, "invalid_field", field)
    assert len(str(value)) < 3 or str(value) not in answer.body["error"]["message"]


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "application/jsonx"],
)
def test_another_content_type_is_refused(content_type: str, webhooks: Webhooks) -> None:
    """The answer is 415 from the validator; API Gateway applies the model to every content type."""
    answer = webhooks.send(webhooks.event(), {"content-type": content_type})
    assert_refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_a_content_type_that_means_json_in_utf_8_is_accepted(content_type: str, webhooks: Webhooks) -> None:
    """Parameters and upper case are allowed."""
    with webhooks.watch() as arrivals:
        assert webhooks.send(webhooks.event(), {"content-type": content_type}).status == 202
        assert not arrivals.wait_for([f"{webhooks.prefix}1"], ARRIVAL_SECONDS)


def test_a_body_over_256_kib_is_refused_and_one_of_almost_256_kib_is_not(webhooks: Webhooks) -> None:
    """The message of the event must also fit. A body of more than 262,144 bytes is not parsed."""
    empty = len(json.dumps(webhooks.event(metadata={"text": ""})))
    largest = webhooks.event(metadata={"text": "x" * 260_000})
    for length in (262_144 - empty, 262_145 - empty):
        too_large = webhooks.event("2", metadata={"text": "x" * length})
        assert_refused(webhooks.send(too_large), 413, "payload_too_large")
    with webhooks.watch() as arrivals:
        assert webhooks.send(largest).status == 202
        assert not arrivals.wait_for([f"{webhooks.prefix}1"], ARRIVAL_SECONDS)


def test_an_event_that_no_queue_could_take_is_refused(webhooks: Webhooks) -> None:
    """The text is short in UTF-8 but long in ASCII; a message is ASCII, and SQS accepts 256 KiB."""
    body = json.dumps(webhooks.event(metadata={"text": "€" * 45_000}), ensure_ascii=False).encode()
    assert_refused(webhooks.send(body), 413, "payload_too_large")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_is_not_found(method: str, webhooks: Webhooks, http: httpx.Client) -> None:
    """The answer is 404 as JSON, instead of API Gateway's 403 with `Missing Authentication Token`."""
    answer = http.request(method, webhooks.target.webhook_url, json=webhooks.event())
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    ERROR_BODY.validate(answer.json())


@pytest.mark.parametrize("path", ["", "other", "webhook/stripe"])
def test_another_path_is_not_found(path: str, webhooks: Webhooks, http: httpx.Client) -> None:
    """Every path except /webhook gets 404 as JSON."""
    answer = http.post(webhooks.target.webhook_url.removesuffix("webhook") + path, json=webhooks.event())
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    ERROR_BODY.validate(answer.json())

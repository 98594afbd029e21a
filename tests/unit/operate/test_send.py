"""The sender of events to a webhook endpoint."""

from __future__ import annotations

import json

import httpx
import pytest
from standardwebhooks.webhooks import Webhook
from support.fakes.stack import FakeStack, serving

from hookline.operate.sending.send import Answer, Sender, encode, new_event

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def transport(answer: httpx.Response | Exception, seen: list[httpx.Request]) -> httpx.Client:
    """Return a client that gets this answer."""

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx.Client(transport=httpx.MockTransport(handle))


def test_an_event_is_posted_as_json_and_the_answer_is_read() -> None:
    """Without a secret, the request has no signature headers."""
    stack, event = FakeStack(), new_event("refund", "evt-1", "12.50", "USD")
    with serving(stack) as target, httpx.Client() as client:
        answer = Sender(target.webhook_url, None, client).send_event(event)
    assert (answer.status, answer.code) == (202, "accepted")
    assert answer.milliseconds > 0
    assert json.loads(stack.bodies["evt-1"]) == event
    assert event["transaction_type"] == "refund"
    assert stack.seen[0]["content-type"] == "application/json"
    assert not any(name.startswith("webhook-") for name in stack.seen[0])


def test_with_a_secret_requests_carry_a_signature_that_the_reference_library_accepts() -> None:
    """The official Standard Webhooks library verifies the three headers."""
    seen: list[httpx.Request] = []
    body = encode(new_event("payment", "evt-1"))
    Sender("http://test/", SECRET, transport(httpx.Response(202, json={}), seen)).send(body)
    assert Webhook(SECRET).verify(body, dict(seen[0].headers)) == json.loads(body)


def test_own_headers_take_precedence() -> None:
    """A test can send a wrong content type."""
    seen: list[httpx.Request] = []
    Sender("http://test/", None, transport(httpx.Response(415), seen)).send(b"{}", {"content-type": "text/plain"})
    assert seen[0].headers["content-type"] == "text/plain"


def test_an_unreachable_endpoint_is_an_answer_with_status_0() -> None:
    """A run continues after a request without an answer; the code names the error."""
    answer = Sender("http://test/", None, transport(httpx.ConnectError("refused"), [])).send(b"{}")
    assert (answer.status, answer.code) == (0, "ConnectError")


@pytest.mark.parametrize("content", [b"<html>", b"[1]", b'"text"', b""])
def test_an_answer_that_is_no_json_object_has_an_empty_body(content: bytes) -> None:
    """A proxy between sender and API may answer with another content type."""
    answer = Sender("http://test/", None, transport(httpx.Response(502, content=content), [])).send(b"{}")
    assert (answer.status, answer.body, answer.code) == (502, {}, "")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"status": "duplicate"}, "duplicate"),
        ({"error": {"code": "event_conflict"}}, "event_conflict"),
        ({"error": {}}, ""),
        ({"error": "Forbidden"}, ""),
        ({"message": "Forbidden"}, ""),
    ],
)
def test_the_code_of_an_answer_is_its_status_or_its_errors_code(body: dict[str, object], code: str) -> None:
    """A body of another form gives an empty code."""
    assert Answer(200, body, 0, 0).code == code

"""A running stack gives exactly the example answers of docs/openapi.yaml."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from e2e.test_signatures import new_secret, signed_at
from support.live.webhooks import ARRIVAL_SECONDS, Webhooks

from hookline.operate.demo import secret_for
from hookline.operate.sending.send import Sender, encode, signature_headers
from hookline.operate.target import Target

OPENAPI: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "docs" / "openapi.yaml").read_text())
OPERATION: dict[str, Any] = OPENAPI["paths"]["/webhook"]["post"]
EXAMPLES = {
    (status, name): example["value"]
    for status, response in OPERATION["responses"].items()
    for name, example in response["content"]["application/json"]["examples"].items()
}
PAYMENT = OPERATION["requestBody"]["content"]["application/json"]["examples"]["payment"]["value"]
DOCUMENTED_ID = PAYMENT["event_id"]
GATEWAYS_WORDS = {"invalid_body"}
NOT_PROVOKED = {
    "missing_field": "API Gateway's model refuses it first; unit tests show it",
    "wrong_type": "API Gateway's model refuses it first; unit tests show it",
    "too_many_requests": "it takes more than 1,000 requests in a second, and the emulator does not throttle",
    "refused": "it takes a fault outside the stack, such as a firewall",
    "internal": "it takes a fault of the validator; unit tests show it",
    "unavailable": "it takes a damaged stack; the tests of the flow show it",
    "timeout": "it takes a damaged stack",
    "internal_error": "it takes a damaged stack",
}

Request = Callable[[Webhooks, dict[str, Any]], tuple[bytes, dict[str, str]]]
REQUESTS: dict[str, Request] = {
    "accepted": lambda _, event: (encode(event), {}),
    "duplicate": lambda _, event: (encode(event), {}),
    "invalid_body": lambda _, event: (encode({k: v for k, v in event.items() if k != "amount"}), {}),
    "malformed_json": lambda _, event: (encode(event).replace(b"{", b'{"event_id": "", ', 1), {}),
    "event_conflict": lambda _, event: (encode(event | {"amount": "4990"}), {}),
    "payload_too_large": lambda _, event: (encode(event | {"metadata": {"text": "x" * 262_144}}), {}),
    "unsupported_media_type": lambda _, event: (encode(event), {"content-type": "text/plain"}),
    "invalid_field": lambda _, event: (encode(event | {"amount": 0}), {}),
    "signature_missing": lambda _, event: (encode(event), {"webhook-id": "msg_1"}),
    "signature_invalid": lambda _, event: (encode(event), signature_headers(new_secret(), encode(event))),
    "signature_expired": lambda hooks, event: (
        encode(event),
        signed_at(hooks.target.signing_secrets()[0], encode(event), -600),
    ),
}
NEEDS_AN_ACCEPTED_EVENT = {"duplicate", "event_conflict"}
NEEDS_OWN_SIGNATURE = {"signature_missing", "signature_invalid", "signature_expired"}


def test_every_example_is_asked_for_or_has_a_reason() -> None:
    """A new example must be added to one of the lists."""
    assert {name for _, name in EXAMPLES} == REQUESTS.keys() | NOT_PROVOKED.keys() | {"not_found"}


@pytest.mark.parametrize(("status", "name"), [key for key in EXAMPLES if key[1] in REQUESTS])
@pytest.mark.parametrize("stack", ["target", "strict"])
def test_an_example_is_what_the_stack_answers(
    status: str, name: str, stack: str, request: pytest.FixtureRequest, webhooks: Webhooks
) -> None:
    """Status and body are equal except for the event id, for signed and unsigned requests."""
    target: Target = request.getfixturevalue(stack)
    hooks = Webhooks(target, secret_for(target), webhooks.http, webhooks.prefix)
    event = PAYMENT | {"event_id": hooks.prefix + "1"}
    sender = Sender(target.webhook_url, None if name in NEEDS_OWN_SIGNATURE else hooks.secret, hooks.http)
    with hooks.watch() as arrivals:
        if name in NEEDS_AN_ACCEPTED_EVENT:
            assert sender.send(encode(event)).status == 202
        answer = sender.send(*REQUESTS[name](hooks, event))
        if name in NEEDS_AN_ACCEPTED_EVENT | {"accepted"}:
            assert not arrivals.wait_for([event["event_id"]], ARRIVAL_SECONDS)
    expected = json.loads(json.dumps(EXAMPLES[status, name]).replace(DOCUMENTED_ID, event["event_id"]))
    if name in GATEWAYS_WORDS:
        answer.body["error"]["message"] = expected["error"]["message"]
    assert (str(answer.status), answer.body) == (status, expected)


def test_the_example_of_an_unknown_path_is_what_the_stack_answers(target: Target, http: httpx.Client) -> None:
    """A GET request gets the same answer."""
    answer = http.get(target.webhook_url)
    assert (str(answer.status_code), answer.json()) == ("404", EXAMPLES["404", "not_found"])


@pytest.mark.parametrize("name", ["payment", "refund"])
def test_an_example_of_a_request_is_accepted(name: str, webhooks: Webhooks) -> None:
    """A reader who copies the example gets 202."""
    example = OPERATION["requestBody"]["content"]["application/json"]["examples"][name]["value"]
    event = example | {"event_id": webhooks.prefix + "1"}
    with webhooks.watch() as arrivals:
        assert webhooks.send(event).status == 202
        assert not arrivals.wait_for([event["event_id"]], ARRIVAL_SECONDS)
    assert arrivals.all()[0].queue == example["transaction_type"]

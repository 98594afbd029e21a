"""The demo."""

from __future__ import annotations

import base64
import json
import subprocess
from itertools import pairwise

import pytest
from support.fakes.errors import client_error
from support.fakes.secrets_manager import FakeSecretsManager
from support.fakes.stack import FakeStack, serving

from hookline.core.signatures.standard_webhooks import verify
from hookline.errors import UserError
from hookline.operate import demo
from hookline.operate.demo import curl, run_demo, secret_for
from hookline.operate.demo_steps import transaction_steps
from hookline.operate.target import Target

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()


@pytest.fixture(autouse=True)
def _settle_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait; the fake stack delivers unexpected messages before it answers."""
    monkeypatch.setattr(demo, "SETTLE_SECONDS", 0.05)


def signed(value: str | Exception) -> FakeStack:
    """Return a stack that requires signatures."""
    stack = FakeStack(secrets=FakeSecretsManager(value))
    stack.outputs["allow_unsigned"] = False
    return stack


@pytest.mark.parametrize(
    ("allowed", "on_aws", "locally"), [(True, True, True), (False, False, False), ("local", False, True)]
)
def test_unsigned_requests_are_sent_only_where_they_are_accepted(
    allowed: bool | str, on_aws: bool, locally: bool
) -> None:
    """The value `local` counts in local mode only, where the endpoint is on this machine."""
    url = "https://a1b2c3.execute-api.us-east-1.amazonaws.com/dev/webhook"
    assert Target({"allow_unsigned": allowed, "webhook_url": url}, str).accepts_unsigned is on_aws
    here = {"allow_unsigned": allowed, "webhook_url": "http://127.0.0.1:4566/dev/transactions/webhook"}
    assert Target(here, str).accepts_unsigned is locally


def test_on_a_sound_stack_every_line_is_as_expected() -> None:
    """Seven requests get the expected answers, three messages arrive, and each step is announced."""
    said: list[str] = []
    with serving(FakeStack()) as target:
        lines = run_demo(target, said.append)
    assert [line.as_expected for line in lines] == [True] * 7
    assert [line.answer.status for line in lines] == [202, 202, 202, 200, 409, 400, 400]
    assert [line.arrival_milliseconds is None for line in lines] == [False] * 3 + [True] * 4
    assert said == [*(f"sending {step.title}" for step in transaction_steps("x")), "waiting for the messages"]


def test_a_message_in_the_wrong_queue_is_not_as_expected() -> None:
    """Only the lines of the misplaced payment and refund fail."""
    with serving(FakeStack(wrong=True)) as target:
        lines = run_demo(target)
    assert [line.as_expected for line in lines] == [False, False, True, True, True, True, True]


def test_a_message_that_does_not_come_is_not_as_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer 202 without a message is not enough."""
    monkeypatch.setattr(demo, "ARRIVAL_SECONDS", 0.2)
    stack = FakeStack()

    def fail(_title: str) -> None:
        stack.sqs.errors.extend([client_error("ServiceUnavailable", 503)] * 1_000)

    with serving(stack) as target:
        lines = run_demo(target, fail)
    assert [line.as_expected for line in lines] == [False, False, False, True, True, True, True]
    assert lines[0].arrival_milliseconds is None


def test_a_refused_event_that_reaches_a_queue_is_not_as_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rejected event must have no effect."""
    stack, fair = FakeStack(), FakeStack.answer

    def leak(self: FakeStack, body: bytes) -> tuple[int, dict[str, object]]:
        status, answer = fair(self, body)
        if status == 400 and body.endswith(b"}"):
            self.sqs.put(self.outputs["refunds_queue_url"], body.decode())
        return status, answer

    monkeypatch.setattr(FakeStack, "answer", leak)
    with serving(stack) as target:
        lines = run_demo(target)
    assert [line.as_expected for line in lines] == [True] * 6 + [False]


def test_without_an_endpoint_no_line_is_as_expected() -> None:
    """If the emulator is not running, all seven requests end without an answer."""
    stack = FakeStack()
    lines = run_demo(stack.target)
    assert {(line.answer.status, line.as_expected) for line in lines} == {(0, False)}


def test_a_stack_that_requires_signatures_gets_signed_requests() -> None:
    """The demo reads the secret from Secrets Manager."""
    stack = signed(json.dumps({"transactions": [SECRET]}))
    with serving(stack) as target:
        lines = run_demo(target)
    assert all(line.as_expected for line in lines)
    assert all("webhook-signature" in headers for headers in stack.seen)


@pytest.mark.parametrize("value", ["{}", '{"transactions": []}', client_error("ResourceNotFoundException")])
def test_a_secret_without_a_value_is_named(value: str | Exception) -> None:
    """The message names the secret."""
    with pytest.raises(UserError, match=r"its secret has no value yet: set the value of arn:aws:secrets"):
        secret_for(signed(value).target)


def test_the_command_line_for_an_unsigned_stack_sends_a_new_event_each_second() -> None:
    """The shell fills in the id and the time, and the event is valid."""
    text = _arguments(curl(FakeStack().target))
    assert text[:3] == ["-i", FakeStack().target.webhook_url, "-H"]
    event = json.loads(text[-1])
    assert event["event_id"] == f"evt-{event['timestamp']}"
    assert isinstance(event["timestamp"], int)


def test_the_command_line_for_a_signed_stack_carries_a_valid_signature() -> None:
    """The signature is valid for the headers and body that the shell passes to curl."""
    arguments = _arguments(curl(signed(json.dumps({"transactions": [SECRET]})).target))
    headers = dict(value.split(": ", 1) for flag, value in pairwise(arguments) if flag == "-H")
    verify(headers, arguments[-1].encode(), [SECRET], int(headers["webhook-timestamp"]))
    assert json.loads(arguments[-1])["transaction_type"] == "payment"


def _arguments(command: str) -> list[str]:
    """Return the arguments that the shell passes to curl."""
    script = 'curl() { for argument in "$@"; do printf "%s\\n" "$argument"; done; }\n' + command
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.splitlines()

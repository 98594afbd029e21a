"""`hookline trigger`."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from support.fakes.project import Recorder
from support.fakes.providers import BothSystems
from support.fakes.secrets_manager import FakeSecretsManager
from support.fakes.stack import serving
from typer.testing import CliRunner

from hookline.cli import options
from hookline.cli.main import app
from hookline.operate.target import Target


def run(*arguments: str, stdin: str = "") -> Any:
    """Run the command."""
    return CliRunner().invoke(app, ["trigger", *arguments], input=stdin, catch_exceptions=False)


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accept any folder as a project."""
    monkeypatch.setattr(options, "find_project", lambda _folder: "project")


def found(monkeypatch: pytest.MonkeyPatch, target: Target, where: str = "local_target") -> Recorder:
    """Make the command find this stack."""
    recorder = Recorder(target)
    monkeypatch.setattr(options, where, recorder)
    return recorder


def test_one_event_is_sent_and_its_answer_and_id_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The output is one line with the status, the code and the event id."""
    stack = BothSystems()
    with serving(stack) as target:
        recorder = found(monkeypatch, target)
        result = run("stripe", "payment", "--override", "data.object.amount_received=1", "--stack", "staging")
    assert (result.exit_code, recorder.calls) == (0, [("project", "staging")])
    (body,) = stack.archive.objects.values()
    assert result.stdout == f"200 accepted  {json.loads(body)['id']}\n"
    assert json.loads(body)["data"]["object"]["amount_received"] == 1


def test_a_stack_with_real_consumers_gets_no_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """On AWS, the command needs the setting `verifiable`, and sends nothing without it."""
    stack = BothSystems()
    stack.sqs.meta = SimpleNamespace(endpoint_url="https://sqs.us-east-1.amazonaws.com")
    found(monkeypatch, stack.target, "aws_target")
    result = run("stripe", "payment", "--aws")
    assert result.exit_code == 1
    assert "hookline:verifiable: true" in result.stderr
    assert stack.seen == []


def test_many_events_are_counted_on_a_bar_and_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event has its own id."""
    with serving(BothSystems()) as target:
        found(monkeypatch, target)
        result = run("adyen", "refund", "--count", "20")
    assert result.exit_code == 0
    assert len(set(result.stdout.splitlines())) == 20


def test_a_refusal_is_exit_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """The endpoint rejects a webhook that is signed with a wrong secret."""
    with serving(BothSystems()) as target:
        found(monkeypatch, target, "aws_target")
        result = run("square", "dispute", "--aws", "--secret-stdin", stdin="another\n")
    assert (result.exit_code, result.stdout.split()[:2]) == (1, ["401", "signature_invalid"])
    assert result.stderr.startswith("✗ 1 of 1 webhooks not accepted by http://127.0.0.1:")


def test_any_url_can_be_sent_to_with_a_secret_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command uses no stack, and does not print the secret."""
    with serving(BothSystems(provider_secrets=FakeSecretsManager('{"checkout": ["s3cret"]}'))) as target:
        url = f"{target.outputs['api_endpoint']}/checkout"
        result = run("checkout", "payment", "--to", url, "--secret-stdin", "--same", stdin="s3cret\n")
    assert (result.exit_code, result.stdout[:13]) == (0, "200 accepted ")
    assert "s3cret" not in result.output


def test_the_route_of_svix_gets_its_own_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only Standard Webhooks has this route."""
    with serving(BothSystems()) as target:
        found(monkeypatch, target)
        result = run("standard_webhooks", "payment", "--svix")
        assert (result.exit_code, result.stdout[:13]) == (0, "200 accepted ")
        refused = run("stripe", "payment", "--svix")
    assert refused.exit_code == 1
    assert "stripe has no endpoint for the headers of svix: only standard_webhooks has it" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("stripe",), "give a provider and an event: `hookline trigger --list` shows all of them"),
        ((), "give a provider and an event"),
        (("strip", "payment"), "there is no provider strip"),
        (("stripe", "payment", "--to", "http://127.0.0.1:9"), "--to requires --secret-stdin"),
        (("stripe", "payment", "--to", "http://127.0.0.1:9", "--secret-stdin"), "no secret of stripe on standard"),
    ],
)
def test_what_cannot_be_sent_is_one_message(arguments: tuple[str, ...], words: str) -> None:
    """The exit status is 1, and standard output is empty."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr


def test_the_samples_are_listed() -> None:
    """Each line has the two arguments for `hookline trigger`."""
    lines = run("--list").stdout.splitlines()
    assert {"stripe payment", "adyen batch", "paypal dispute"} <= set(lines)
    assert len(lines) >= 24

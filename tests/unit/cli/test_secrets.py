"""`hookline secrets`."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import typer
from support.fakes.providers import BothSystems
from support.fakes.secrets_manager import FakeSecretsManager
from typer.testing import CliRunner

from hookline.cli import options, terminal
from hookline.cli.main import app
from hookline.cli.secrets import CACHE_MINUTES
from hookline.core.signatures.fingerprint import fingerprint
from hookline.functions.secrets import CACHE_SECONDS

OLD, NEW = "whsec_old-value-of-stripe", "whsec_new-value-of-stripe"
SALT = "a random salt"


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> BothSystems:
    """Return a stack with one secret of Stripe, both as the local stack and as the AWS stack."""
    stack = BothSystems(provider_secrets=FakeSecretsManager(json.dumps({"stripe": [OLD], "salt": SALT})))
    monkeypatch.setattr(options, "find_project", lambda _folder: "project")
    for where in ("local_target", "aws_target"):
        monkeypatch.setattr(options, where, lambda _project, _stack: stack.target)
    return stack


def run(*arguments: str, stdin: str = "") -> Any:
    """Run the command, and verify that its output contains no secret."""
    result = CliRunner().invoke(app, ["secrets", *arguments], input=stdin, catch_exceptions=False)
    assert "value" not in result.output
    return result


def short(secret: str) -> str:
    """Return the fingerprint of a secret in this stack."""
    return fingerprint(secret, SALT)


def live(stack: BothSystems) -> list[str]:
    """Return Stripe's stored secrets."""
    return json.loads(str(stack.provider_secrets.value))["stripe"]


def test_the_list_shows_fingerprints(stack: BothSystems) -> None:
    """Each row has the provider, the number of secrets, and their fingerprints."""
    rows = [line.split() for line in run("list").stdout.splitlines()]
    assert ["stripe", "1", short(OLD)] in rows
    assert ["adyen", "0", "-"] in rows
    assert ["transactions", "0", "-"] in rows


def test_a_secret_is_set_from_standard_input(stack: BothSystems) -> None:
    """Afterwards, the new secret is the only live one."""
    result = run("set", "stripe", stdin=f"{NEW}\n")
    assert (result.exit_code, live(stack)) == (0, [NEW])
    assert f"✓ stripe: 1 live, {short(NEW)}" in result.stdout


@pytest.mark.parametrize("command", ["set", "rotate"])
def test_an_operator_can_insist_on_a_secret_of_another_form(stack: BothSystems, command: str) -> None:
    """Without the option, the command fails and names it."""
    refused = run(command, "stripe", stdin="short\n")
    assert (refused.exit_code, live(stack)) == (1, [OLD])
    assert "--force" in refused.output
    assert run(command, "stripe", "--force", stdin="short\n").exit_code == 0
    assert live(stack)[0] == "short"


def test_a_rotation_says_how_it_ends(stack: BothSystems) -> None:
    """The output contains a working command that removes the old secret."""
    result = run("rotate", "stripe", "--stack", "prod", "--aws", stdin=f"{NEW}\n")
    assert live(stack) == [NEW, OLD]
    command = result.stdout.splitlines()[-1]
    assert command == f"hookline secrets remove stripe {short(OLD)} --stack prod --aws"
    ended = run(*command.split()[2:])
    assert (ended.exit_code, live(stack)) == (0, [NEW])
    assert f"for {CACHE_MINUTES} more minutes" in ended.stdout
    assert CACHE_MINUTES * 60 == CACHE_SECONDS


def test_a_rotation_of_credentials_does_not_end_with_the_removal_of_a_key(stack: BothSystems) -> None:
    """Credentials and HMAC keys of Adyen are in one list, and only secrets of the same kind follow each other."""
    key, old, new = "AB" * 32, "basic:user:old-value-of-adyen", "basic:user:new-value-of-adyen"
    stack.provider_secrets.value = json.dumps({"adyen": [key, old], "salt": SALT})
    commands = [line for line in run("rotate", "adyen", stdin=f"{new}\n").stdout.splitlines() if "remove" in line]
    assert commands[1:] == [f"hookline secrets remove adyen {short(old)}"]


def test_the_command_for_the_default_stack_is_short(stack: BothSystems) -> None:
    """The command contains no unnecessary option."""
    assert (
        run("rotate", "stripe", stdin=f"{NEW}\n").stdout.splitlines()[-1]
        == f"hookline secrets remove stripe {short(OLD)}"
    )


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (("set", "stripe"), "", "there is no secret of stripe on standard input"),
        (("rotate", "stripe"), OLD, "is already live"),
        (("remove", "stripe", short(OLD)), "", "is the last live secret of stripe"),
        (("set", "strip"), "x", "the stack has no secrets of strip"),
    ],
)
def test_a_refusal_is_one_message(arguments: tuple[str, ...], stdin: str, words: str, stack: BothSystems) -> None:
    """The exit status is 1, and the stored secrets do not change."""
    result = run(*arguments, stdin=stdin)
    assert (result.exit_code, live(stack)) == (1, [OLD])
    assert words in result.stderr


def test_on_a_terminal_a_secret_is_asked_for_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The prompt hides the input, as for a password."""
    asked: list[tuple[str, dict[str, bool]]] = []

    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            """Return True, as a terminal does."""
            return True

    def prompt(what: str, **how: bool) -> str:
        asked.append((what, how))
        return " typed "

    monkeypatch.setattr(terminal.sys, "stdin", Keyboard())
    monkeypatch.setattr(typer, "prompt", prompt)
    assert terminal.read_secret("secret of stripe") == "typed"
    assert asked == [("secret of stripe", {"hide_input": True, "err": True})]

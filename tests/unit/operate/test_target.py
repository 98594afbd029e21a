"""The search for a stack: on this machine, or on AWS with the Pulumi CLI."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from support.fakes.errors import client_error
from support.fakes.secrets_manager import FakeSecretsManager
from support.fakes.stack import OUTPUTS, FakeStack

from hookline.errors import UserError
from hookline.local.project import Project
from hookline.operate import target as module
from hookline.operate.target import aws_target, local_target

PulumiFake = Callable[[str], Path]


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PulumiFake:
    """Return a function that installs a shell script as `pulumi`, first on the PATH."""

    def install(script: str) -> Path:
        file = tmp_path / "pulumi"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return tmp_path

    return install


def answering(**config: str) -> str:
    """Return a shell script that answers for a deployed stack with these `aws:` settings."""
    settings = {f"aws:{key}": {"value": value, "secret": False} for key, value in config.items()}
    outputs = {"webhook_url": "https://x"}
    return f"if [ $1 = config ]; then echo '{json.dumps(settings)}'; else echo '{json.dumps(outputs)}'; fi"


def test_queues_and_dead_letters_are_named_by_transaction_type() -> None:
    """The plural names of outputs become the singular transaction types."""
    target = FakeStack().target
    assert target.webhook_url == OUTPUTS["webhook_url"]
    assert target.queue_urls["payment"] == "https://sqs/payments-queue"
    assert target.dead_letter_urls["dispute"] == "https://sqs/disputes-dlq"


def test_the_live_secrets_are_those_of_transactions() -> None:
    """Secrets of other sources in the same JSON object are ignored."""
    stack = FakeStack(secrets=FakeSecretsManager('{"transactions": ["a", "b"], "stripe": ["c"]}'))
    assert stack.target.signing_secrets() == ["a", "b"]


def test_a_secret_without_a_value_has_no_live_secrets() -> None:
    """For such a secret, Secrets Manager answers ResourceNotFoundException."""
    stack = FakeStack(secrets=FakeSecretsManager(client_error("ResourceNotFoundException")))
    assert stack.target.signing_secrets() == []


def test_a_secret_that_may_not_be_read_is_an_error() -> None:
    """AccessDenied does not mean that the stack has no secrets."""
    stack = FakeStack(secrets=FakeSecretsManager(client_error("AccessDeniedException")))
    with pytest.raises(ClientError, match="AccessDenied"):
        stack.target.signing_secrets()


def test_a_local_stack_is_found_by_its_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clients call the emulator."""
    cloud = SimpleNamespace(client=lambda service: f"client of {service}")
    home = SimpleNamespace(find=lambda: SimpleNamespace(cloud=lambda: cloud), certificate=None)
    monkeypatch.setattr(module, "outputs", lambda _project, stack: {"webhook_url": stack})
    target = local_target(SimpleNamespace(home=home), "dev")
    assert (target.webhook_url, target.client("sqs")) == ("dev", "client of sqs")


def test_an_emulator_that_ends_meanwhile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator may stop after the outputs are read."""
    monkeypatch.setattr(module, "outputs", lambda _project, _stack: {})
    with pytest.raises(UserError, match="hookline up"):
        local_target(SimpleNamespace(home=SimpleNamespace(find=lambda: None)), "dev")


def test_an_aws_stack_is_what_pulumi_says(pulumi: PulumiFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outputs come from `pulumi stack output` in the project's folder. Each client is made once, for us-east-1."""
    pulumi(f'echo "$@" >> {tmp_path}/asked; {answering()}')
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    target = aws_target(Project(tmp_path), "prod")
    assert target.webhook_url == "https://x"
    of_stack = f"--json --stack prod --cwd {tmp_path}"
    assert (tmp_path / "asked").read_text().splitlines() == [f"stack output {of_stack}", f"config {of_stack}"]
    sqs = target.client("sqs")
    assert sqs.meta.region_name == "us-east-1"
    assert target.client("sqs") is sqs


def test_the_aws_profile_of_the_stack_is_used(
    pulumi: PulumiFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, the commands would look at the account of other credentials, also of those in the environment."""
    credentials = tmp_path / "credentials"
    credentials.write_text("[payments]\naws_access_key_id = OF-PAYMENTS\naws_secret_access_key = x\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of another account")
    pulumi(answering(profile="payments"))
    sqs = aws_target(Project(tmp_path), "prod").client("sqs")
    assert sqs._request_signer._credentials.access_key == "OF-PAYMENTS"
    assert sqs.meta.region_name == "us-east-1"


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:4566", "http://localhost:4566"])
def test_an_emulator_needs_no_profile(
    pulumi: PulumiFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    """In a rehearsal the keys are in the environment, and no profile of the user is known."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, endpoint)
    pulumi(answering(profile="payments"))
    sqs = aws_target(Project(tmp_path), "prod").client("sqs")
    assert (sqs.meta.endpoint_url, sqs._request_signer._credentials.access_key) == (endpoint, endpoint)


def test_a_missing_aws_profile_is_named(pulumi: PulumiFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the profile and where it comes from."""
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    pulumi(answering(profile="payments"))
    with pytest.raises(UserError, match="no AWS profile payments, which the stack prod has as aws:profile"):
        aws_target(Project(tmp_path), "prod")


def test_a_stack_that_is_not_deployed_is_named(pulumi: PulumiFake, tmp_path: Path) -> None:
    """A stack without outputs has no endpoint."""
    pulumi("echo {}")
    with pytest.raises(UserError, match="the stack prod is not deployed: deploy it with `pulumi up --stack prod`"):
        aws_target(Project(tmp_path), "prod")


def test_what_pulumi_complains_about_is_passed_on(pulumi: PulumiFake, tmp_path: Path) -> None:
    """The message contains the command and its error."""
    pulumi("echo 'error: no stack named prod found' >&2; exit 255")
    with pytest.raises(UserError, match=r"pulumi stack output .*failed: error: no stack named prod found"):
        aws_target(Project(tmp_path), "prod")


def test_a_missing_pulumi_cli_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says that the Pulumi CLI is not installed."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="the Pulumi CLI is not installed"):
        aws_target(Project(tmp_path), "prod")

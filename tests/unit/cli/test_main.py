"""The `hookline` command."""

from __future__ import annotations

import io
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from support.fakes.emulator import FakeCloud
from support.fakes.errors import client_error, unreachable
from support.fakes.project import FakeEmulator, FakeHome, FakeProject, Recorder, cloud_with, problem
from support.fakes.providers import BothSystems
from support.fakes.stack import OUTPUTS, FakeStack, serving
from typer.testing import CliRunner

from hookline import cli
from hookline.cli import main, options, terminal
from hookline.cli.main import app
from hookline.errors import UserError
from hookline.local import deploy
from hookline.local.provision.provisioner import Changes
from hookline.local.provision.removal import Progress
from hookline.operate.demo import DemoLine
from hookline.operate.demo_steps import DemoStep
from hookline.operate.sending.send import Answer
from hookline.program.engine import Warn

ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:transactions-signing-secret-dev-f5705a"
LONG = {"signing_secret_arn": ARN, "webhook_url": "http://127.0.0.1:4566/" + "x" * 120, "allow_unsigned": True}
ERRORS = [problem(), client_error("AccessDenied"), unreachable(), PermissionError(13, "Permission denied", ".hookline")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project's folder, and make it the current folder."""
    (tmp_path / "Pulumi.yaml").write_text("name: hookline\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Any:
    """Run the command, and raise any exception other than SystemExit."""
    result = CliRunner().invoke(app, list(arguments))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def replace(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, result: Any) -> Recorder:
    """Replace a function with a recorder."""
    recorder = Recorder(result)
    monkeypatch.setattr(where, name, recorder)
    return recorder


def running(monkeypatch: pytest.MonkeyPatch, cloud: FakeCloud | None) -> None:
    """Replace the project with one whose emulator has this cloud, or with one without an emulator."""
    home = FakeHome(FakeEmulator(cloud) if cloud else None)
    monkeypatch.setattr(main, "find_project", lambda _folder: FakeProject(home=home))


# up


def test_up_says_what_changed_and_where_to_post(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output has the counts of changes, without zeros, and the endpoint."""
    done = SimpleNamespace(changes=Changes(made=["a", "b"], kept=["c"]), outputs={"webhook_url": "http://x/webhook"})
    up = replace(monkeypatch, deploy, "up", done)
    result = run("up", "--stack", "prod", "--port", "4600")
    assert result.exit_code == 0
    assert "stack prod: 2 made, 1 unchanged in " in result.stdout
    assert "POST http://x/webhook" in result.stdout
    project, stack, port, _ = up.calls[0]
    assert (project.path, stack, port) == (folder.resolve(), "prod", 4600)


def test_progress_is_quiet_when_piped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal, standard error stays empty."""
    replace(monkeypatch, deploy, "up", SimpleNamespace(changes=Changes(), outputs={"webhook_url": "x"}))
    assert run("up").stderr == ""


def test_progress_is_visible_on_a_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, the user sees the resource that is being created."""
    screen, deadline = io.StringIO(), time.monotonic() + 30

    def up(_project: object, _stack: str, _port: int | None, progress: Progress, **_: object) -> None:
        progress("making", "a queue")
        while "making a queue" not in screen.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
        raise UserError("stop here")

    monkeypatch.setattr(main, "err", Console(file=screen, force_terminal=True, force_interactive=True))
    monkeypatch.setattr(deploy, "up", up)
    run("up")
    assert "making a queue" in screen.getvalue()


def test_up_shows_the_warnings_of_the_program(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings go to standard error. Their brackets are no markup."""

    def up(*_: object, warn: Warn) -> SimpleNamespace:
        warn("this change loses data [all]")
        return SimpleNamespace(changes=Changes(), outputs={})

    monkeypatch.setattr(deploy, "up", up)
    assert run("up").stderr == "warning: this change loses data [all]\n"


# down


@pytest.mark.parametrize(("arguments", "stack"), [((), "dev"), (("-s", "prod"), "prod"), (("--all",), None)])
def test_down_destroys_one_stack_or_all(
    arguments: tuple[str, ...], stack: str | None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output names the destroyed stacks."""
    down = replace(monkeypatch, main.local, "down", ["dev", "prod"])
    assert "destroyed: dev, prod" in run("down", *arguments).stdout
    assert down.calls[0][1] == stack


def test_down_with_nothing_running_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second `down` succeeds."""
    replace(monkeypatch, main.local, "down", [])
    result = run("down")
    assert (result.exit_code, result.stdout) == (0, "nothing to destroy: nothing is running here\n")


# status


def test_status_with_nothing_running_says_how_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit status is 1, so that scripts can test for it."""
    running(monkeypatch, None)
    result = run("status")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nothing is running here: start it with `hookline up`" in result.stderr


def test_status_counts_the_messages_of_each_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table covers queues, dead-letter queues and the router's failures."""
    cloud = cloud_with({"dev": OUTPUTS})
    cloud.sqs.put(OUTPUTS["refunds_queue_url"], "{}")
    running(monkeypatch, cloud)
    result = run("status")
    assert result.exit_code == 0
    assert "emulator at http://127.0.0.1:4566 (process 4711)" in result.stdout
    rows = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines() if line.split()}
    assert rows["refunds_queue"] == ["1", "0"]
    assert len([name for name in rows if name.endswith(("_queue", "_dlq"))]) == 7


def test_status_of_a_half_provisioned_stack_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack without outputs shows no queues; other stacks are still shown."""
    running(monkeypatch, cloud_with({"dev": OUTPUTS}, ("broken",)))
    result = run("status")
    assert result.exit_code == 0
    assert "stack broken is not complete: complete it with `hookline up --stack broken`" in result.stdout
    assert "stack dev: " in result.stdout


def test_status_shows_a_queue_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user may have deleted a queue by hand."""
    cloud = cloud_with({"dev": OUTPUTS})
    cloud.sqs.missing.add(OUTPUTS["payments_dlq_url"])
    running(monkeypatch, cloud)
    assert ["payments_dlq", "gone", "gone"] in [line.split() for line in run("status").stdout.splitlines()]


def test_status_passes_on_why_a_queue_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a missing queue is shown as gone; any other error ends the command."""
    cloud = cloud_with({"dev": OUTPUTS})
    cloud.sqs.errors.append(client_error("AccessDenied", 403))
    running(monkeypatch, cloud)
    result = run("status")
    assert result.exit_code == 1
    assert "AWS or the emulator rejected a call: " in result.stderr


def test_status_of_an_emulator_that_dies_meanwhile_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator may stop after it is found and before the first call."""
    cloud = FakeCloud()
    cloud.table.error = unreachable()
    running(monkeypatch, cloud)
    result = run("status")
    assert result.exit_code == 1
    assert result.stderr.startswith("✗ AWS or the emulator does not respond: Could not connect")


# outputs


def test_outputs_are_aligned_and_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long values are not cut, and `:secret:` does not become an emoji."""
    replace(monkeypatch, main.local, "outputs", LONG)
    assert run("outputs").stdout.splitlines() == [
        "allow_unsigned      true",
        f"signing_secret_arn  {ARN}",
        f"webhook_url         {LONG['webhook_url']}",
    ]


def test_one_output_is_printed_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell script can use the output."""
    replace(monkeypatch, main.local, "outputs", LONG)
    assert run("outputs", "signing_secret_arn").stdout == f"{ARN}\n"
    assert run("outputs", "allow_unsigned").stdout == "true\n"


def test_outputs_as_json(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--json` works for all outputs and for one output."""
    replace(monkeypatch, main.local, "outputs", LONG)
    assert json.loads(run("outputs", "--json").stdout) == LONG
    assert json.loads(run("outputs", "webhook_url", "--json").stdout) == LONG["webhook_url"]


def test_an_unknown_output_is_refused_with_those_there_are(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message lists the known outputs."""
    replace(monkeypatch, main.local, "outputs", LONG)
    result = run("outputs", "url")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no output url: choose from allow_unsigned, signing_secret_arn, webhook_url" in result.stderr


def test_a_stack_without_outputs_prints_an_empty_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program may export no outputs."""
    replace(monkeypatch, main.local, "outputs", {})
    assert run("outputs").stdout == "\n"


# demo


def test_demo_shows_where_each_webhook_ended_and_a_command_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output has seven lines with a tick, the endpoint, and a curl command."""
    with serving(FakeStack()) as target:
        found = replace(monkeypatch, options, "local_target", target)
        result = run("demo", "--stack", "prod")
    assert result.exit_code == 0
    assert result.stdout.count("✓") == 8
    assert "same id, new amount  409 event_conflict  -" in result.stdout
    assert "7 of 7 as expected" in result.stdout
    assert result.stdout.rstrip().splitlines()[-1].startswith(f"curl -i {target.webhook_url} -H ")
    assert found.calls[0][1] == "prod"


def test_demo_of_both_systems_says_where_to_look(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output names the archive, the bus and both endpoints.

    A stack without the transactions system gets no curl command.
    """
    stack = BothSystems()
    with serving(stack) as target:
        replace(monkeypatch, options, "local_target", target)
        both = run("demo")
        del stack.outputs["webhook_url"], stack.outputs["forward_failures_queue_url"]
        alone = run("demo")
    assert (both.exit_code, alone.exit_code) == (0, 0)
    assert "14 of 14 as expected" in both.stdout
    places = (
        "  archive       s3://payloads\n  bus           log group /aws/events/provider-events\n  providers     POST "
    )
    assert places in both.stdout
    assert "7 of 7 as expected" in alone.stdout
    assert ("curl" in both.stdout, "curl" in alone.stdout) == (True, False)


def test_demo_on_aws_finds_the_stack_through_pulumi(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--aws` uses the stack on AWS."""
    with serving(FakeStack()) as target:
        found = replace(monkeypatch, options, "aws_target", target)
        assert run("demo", "--stack", "prod", "--aws").exit_code == 0
    assert found.calls[0][1] == "prod"


def test_demo_fails_if_one_line_is_not_as_expected(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line shows the expected effects, and no curl command follows."""
    accepted = Answer(202, {"status": "accepted"}, 0, 1)
    lines = [
        DemoLine(DemoStep("payment", b"", 202, ("e1",), {"e1": "payment"}), accepted, []),
        DemoLine(DemoStep("no amount", b"", 400, ("e2",)), accepted, []),
        DemoLine(DemoStep("malformed body", b"", 400), Answer(400, {"error": {"code": "invalid_body"}}, 0, 1), []),
    ]
    replace(monkeypatch, options, "local_target", FakeStack().target)
    monkeypatch.setattr(main, "run_demo", Recorder(lines, ("sending a payment",)))
    result = run("demo")
    assert result.exit_code == 1
    assert "✗ expected 202, payments" in result.stdout
    assert "✗ expected 400, no message" in result.stdout
    assert result.stderr == "✗ 2 of 3 are not as expected\n"
    assert "curl" not in result.stdout


def test_demo_fits_the_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal of 80 columns, the table wraps no line."""
    screen = io.StringIO()
    monkeypatch.setattr(terminal, "out", Console(file=screen, force_terminal=True, width=80))
    with serving(FakeStack()) as target:
        replace(monkeypatch, options, "local_target", target)
        run("demo")
    assert len([line for line in screen.getvalue().splitlines() if "✓" in line]) == 7


# all commands


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("command", ["up", "down", "outputs", "demo"])
def test_an_error_is_one_message_and_exit_status_1(
    command: str, error: Exception, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An expected error gives one line on standard error, without a traceback."""
    monkeypatch.setattr(deploy, "up", Recorder(error))
    monkeypatch.setattr(main, "local", SimpleNamespace(down=Recorder(error), outputs=Recorder(error)))
    replace(monkeypatch, options, "local_target", error)
    result = run(command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("✗ ")
    assert str(error) in result.stderr
    assert result.stderr.count("\n") == 1


def test_interrupting_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the command with exit status 130."""
    monkeypatch.setattr(deploy, "up", Recorder(KeyboardInterrupt()))
    result = run("up")
    assert (result.exit_code, result.stderr) == (130, "stopped\n")


def test_the_project_is_found_from_a_folder_below(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with git, commands work in any folder of the project."""
    inner = folder / "src" / "deep"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    outputs = replace(monkeypatch, main.local, "outputs", {"a": "b"})
    run("outputs")
    assert outputs.calls[0][0].path == folder.resolve()


def test_a_named_project_must_hold_a_program(folder: Path) -> None:
    """`--project` does not search parent folders, so a typing error finds no other project."""
    (folder / "empty").mkdir()
    result = run("outputs", "--project", str(folder / "empty"))
    assert result.exit_code == 1
    assert f"there is no Pulumi.yaml in {folder.resolve()}/empty: change to" in result.stderr


def test_without_a_project_the_message_says_where_it_looked(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside a project, the command fails."""
    outside = tmp_path_factory.mktemp("outside")
    monkeypatch.chdir(outside)
    result = run("status")
    assert result.exit_code == 1
    assert f"there is no Pulumi.yaml in {outside.resolve()} or above it" in result.stderr


def test_the_version_is_that_of_the_package() -> None:
    """`--version` prints one line."""
    assert CliRunner().invoke(app, ["--version"]).stdout == f"{version('hookline')}\n"


def test_init_makes_a_project_and_says_what_to_do_next(tmp_path: Path) -> None:
    """The printed commands are complete, and a second `init` changes nothing."""
    folder = tmp_path / "my shop"
    result = CliRunner().invoke(app, ["init", str(folder)])
    assert result.exit_code == 0
    assert result.stdout.endswith(f"cd '{folder}'\nhookline up\nhookline demo\n")
    assert (folder / "Pulumi.yaml").exists()
    again = CliRunner().invoke(app, ["init", str(folder)])
    assert again.exit_code == 1
    assert "choose an empty folder" in again.stderr


def test_without_its_libraries_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package can be installed without the libraries of the command."""
    monkeypatch.setitem(sys.modules, "hookline.cli.main", None)
    with pytest.raises(SystemExit, match=r"pip install 'hookline\[cli\]'"):
        cli.run()


def test_the_command_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The script of the package starts the command."""
    monkeypatch.setattr(sys, "argv", ["hookline", "--version"])
    with pytest.raises(SystemExit, match="0"):
        cli.run()
    assert capsys.readouterr().out == f"{version('hookline')}\n"

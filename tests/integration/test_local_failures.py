"""Each failure gives one clear error, leaves no process running, and damages no other stack."""

from __future__ import annotations

import importlib.util
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.local_projects import (
    assert_nothing_runs,
    inventory,
    real_project,
    small_project,
    write_stack,
)
from support.waiting import wait_until

from hookline.errors import UserError
from hookline.local import deploy, stack
from hookline.local.process.emulator import free_port
from hookline.local.project import Project

HEAD = "import pulumi, pulumi_aws as aws\n"
QUEUE = HEAD + "aws.sqs.Queue('q', name='q')\n"
BROKEN_HANDLER = (
    HEAD
    + """
role = aws.iam.Role("r", name="r", assume_role_policy='{"Statement": []}')
code = pulumi.AssetArchive({"app.py": pulumi.StringAsset("def handler(:")})
aws.lambda_.Function("f", name="f", role=role.arn, runtime="python3.11", handler="app.handler", code=code)
"""
)
# A background shell may ignore SIGINT for its children, so the program restores the default handler.
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from hookline.cli.main import app
app()
"""
COMMAND = [sys.executable, "-c", PROGRAM]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Return a project with one queue, not yet deployed."""
    project = small_project(tmp_path, QUEUE)
    yield project
    project.home.stop()


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        (BROKEN_HANDLER, r"the function f fails at its first call: .*invalid syntax"),
        (
            HEAD + "aws.secretsmanager.Secret('s', name='s', recovery_window_in_days=7)",
            r"aws:secretsmanager/secret:Secret s: .*'recoveryWindowInDays'",
        ),
        (
            HEAD + "aws.dynamodb.Table('t', name='t', hash_key='id', range_key='n', billing_mode='PAY_PER_REQUEST',"
            " attributes=[aws.dynamodb.TableAttributeArgs(name='id', type='S')])",
            r"aws:dynamodb/table:Table t: local mode does not know the argument 'rangeKey'",
        ),
        (HEAD + "aws.ecr.Repository('t')", r"aws:ecr/repository:Repository t: local mode does not know this resource"),
        (HEAD + "aws.get_availability_zones()", r"getAvailabilityZones: local mode does not know this function"),
        ("import nothing_of_this_name", r"ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("raise SystemExit(1)", r"SystemExit: 1"),
    ],
)
def test_a_program_that_cannot_be_provisioned_is_one_clear_error(project: Project, program: str, problem: str) -> None:
    """The message names the resource, and the new emulator is stopped."""
    project.program.write_text(program)
    with pytest.raises(UserError, match=problem):
        deploy.up(project, "dev")
    assert_nothing_runs(project)


def test_a_bad_setting_is_one_clear_error(tmp_path: Path) -> None:
    """The message is the program's own, with the name of the setting."""
    project = real_project(tmp_path, expiryDays="zero")
    with pytest.raises(UserError, match='hookline:expiryDays is "zero": it must be a whole number'):
        deploy.up(project, "dev")
    assert_nothing_runs(project)


def test_a_wanted_port_that_is_taken_is_one_clear_error(project: Project) -> None:
    """The message names the option; a free port works, also a second time."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UserError, match="is taken: choose another with --port"):
            deploy.up(project, "dev", taken.getsockname()[1])
    assert_nothing_runs(project)
    port = free_port()
    assert deploy.up(project, "dev", port).emulator.port == port
    assert deploy.up(project, "dev", port).changes.made == []
    with pytest.raises(UserError, match=f"runs on port {port} already: `hookline down --all` stops it"):
        deploy.up(project, "dev", free_port())


def test_a_missing_emulator_is_one_clear_error(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the command that installs it."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ministack" else find(name))
    with pytest.raises(UserError, match="run `make`"):
        deploy.up(project, "dev")
    assert_nothing_runs(project)


def test_a_failing_second_stack_goes_and_the_first_one_stays(project: Project) -> None:
    """This also holds if the second stack uses a name of the first one."""
    cloud = deploy.up(project, "dev").emulator.cloud()
    before = inventory(cloud)
    write_stack(project.path, "second")
    with pytest.raises(UserError, match="aws:sqs/queue:Queue q: q of the stack dev has this name already"):
        deploy.up(project, "second")
    assert inventory(cloud) == before
    project.program.write_text(HEAD + "aws.sqs.Queue('x', name='x')\naws.ecr.Repository('t')")
    with pytest.raises(UserError, match="does not know this resource type"):
        deploy.up(project, "second")
    assert inventory(cloud) == before
    assert stack.down(project, None) == ["dev"]
    assert_nothing_runs(project)


def test_what_the_user_has_made_by_hand_survives_a_failure(project: Project) -> None:
    """A table with the same name does not count as the program's own."""
    cloud = deploy.up(project, "dev").emulator.cloud()
    key = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST"}
    schema = [{"AttributeName": "id", "KeyType": "HASH"}]
    cloud.call("dynamodb", "create_table", TableName="mine", KeySchema=schema, **key)
    table = "aws.dynamodb.Table('t', name='mine', hash_key='id', billing_mode='PAY_PER_REQUEST', attributes=[a])"
    project.program.write_text(f"{QUEUE}a = aws.dynamodb.TableAttributeArgs(name='id', type='S')\n{table}\n")
    for _ in range(2):
        with pytest.raises(UserError, match=r"aws:dynamodb/table:Table t: .*ResourceInUseException"):
            deploy.up(project, "dev")
    assert "mine" in inventory(cloud)["tables"]


def test_a_second_command_at_the_same_time_is_told_to_wait(project: Project) -> None:
    """The second command fails, and the first one continues."""
    with project.home.exclusive():
        for command in (["up"], ["down"]):
            second = subprocess.run(
                [*COMMAND, *command, "--project", str(project.path)], capture_output=True, text=True, check=False
            )
            assert second.returncode == 1
            assert "another hookline command is running here: wait until it has finished" in second.stderr


def test_an_interrupted_up_leaves_nothing_running(project: Project) -> None:
    """Ctrl-C during the first `up` stops everything."""
    project.program.write_text(QUEUE + "import pathlib, time\npathlib.Path('ready').touch()\ntime.sleep(600)\n")
    command = subprocess.Popen(
        [*COMMAND, "up", "--project", str(project.path)],
        cwd=project.path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_until((project.path / "ready").exists)
    command.send_signal(signal.SIGINT)
    command.communicate(timeout=60)
    assert command.returncode == 130
    assert_nothing_runs(project)

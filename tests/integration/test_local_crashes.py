"""After a kill at any moment, the next `up` repairs the stack, and `down` removes everything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.local_projects import assert_nothing_runs, processes_of, real_project, small_project
from support.waiting import wait_until

from hookline.local import deploy, stack
from hookline.local.project import Project
from hookline.operate.demo import run_demo
from hookline.operate.target import Target, local_target

FUNCTION = """
import pulumi, pulumi_aws as aws
role = aws.iam.Role("r", name="r", assume_role_policy='{"Statement": []}')
code = pulumi.AssetArchive({"app.py": pulumi.StringAsset("def handler(event, context): print(1)")})
aws.lambda_.Function("f", name="f", role=role.arn, runtime="python3.11", handler="app.handler", code=code)
"""
# `hookline up`, which at a chosen step kills itself or the emulator that it has started.
KILLED_UP = """
import os, signal, sys, threading
from pathlib import Path
from hookline.local import deploy
from hookline.local.process import home
from hookline.local.provision import state
from hookline.local.project import Project

victim, steps, project = sys.argv[1], int(sys.argv[2]), Project(Path(sys.argv[3]))
lock = threading.Lock()

def kill():
    if victim == "command":
        os.kill(os.getpid(), signal.SIGKILL)
    os.killpg(project.home._read().pid, signal.SIGKILL)

def counted(function):
    def call(*arguments):
        global steps
        with lock:
            steps -= 1
            if steps == 0:
                kill()
        return function(*arguments)
    return call

state.State.save = counted(state.State.save)
home.Home._write = counted(home.Home._write)
home.Home._answering = counted(home.Home._answering)
try:
    deploy.up(project, "dev")
except deploy.UserError as error:
    sys.exit(str(error))
"""


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Project]:
    """Return the real program, not yet deployed."""
    project = real_project(tmp_path, allowUnsigned="true", systems="[transactions]")
    yield project
    project.home.stop()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Project]:
    """Return a project with one function, not yet deployed."""
    project = small_project(tmp_path, FUNCTION)
    yield project
    project.home.stop()


def killed_up(project: Project, victim: str, steps: int) -> subprocess.CompletedProcess[str]:
    """Run `up` in its own process, with a kill at a step."""
    arguments = [victim, str(steps), str(project.path)]
    command = [sys.executable, "-c", KILLED_UP, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def works(project: Project) -> bool:
    """Return whether all seven requests of the demo end as expected."""
    return all(line.as_expected for line in run_demo(local_target(project, "dev")))


def test_an_up_killed_in_the_middle_is_made_good_by_the_next(real: Project) -> None:
    """Afterwards the whole flow works, and `down` removes everything."""
    assert killed_up(real, "command", 90).returncode == -signal.SIGKILL
    deploy.up(real, "dev")
    assert works(real)
    assert stack.down(real, "dev") == ["dev"]
    assert_nothing_runs(real)


@pytest.mark.parametrize("steps", [1, 4])
def test_an_up_killed_at_its_beginning_is_made_good_by_the_next(small: Project, steps: int) -> None:
    """The kills are before the emulator's record, and before the first complete resource."""
    assert killed_up(small, "command", steps).returncode == -signal.SIGKILL
    deploy.up(small, "dev")
    assert stack.down(small, "dev") == ["dev"]
    assert_nothing_runs(small)


def test_down_after_a_killed_up_leaves_nothing(small: Project) -> None:
    """The kills are before the emulator answers, and before the first complete resource."""
    for steps, gone in ((2, []), (4, ["dev"])):
        assert killed_up(small, "command", steps).returncode == -signal.SIGKILL
        assert stack.down(small, "dev") in ([], gone)
        assert_nothing_runs(small)


def test_an_emulator_killed_in_the_middle_of_up_is_one_clear_error_and_the_next_up_works(small: Project) -> None:
    """The whole process group is killed; the command reports it and cleans up."""
    killed = killed_up(small, "emulator", 4)
    assert killed.returncode == 1
    assert "Connection" in killed.stderr or "connect" in killed.stderr
    assert "Traceback" not in killed.stderr
    assert_nothing_runs(small)
    assert deploy.up(small, "dev").changes.made


@pytest.mark.parametrize("victim", ["group", "leader", "emulator"])
def test_whatever_dies_of_a_running_emulator_nothing_outlives_down(small: Project, victim: str) -> None:
    """`down` also ends the functions' processes, and `up` can start again."""
    running = deploy.up(small, "dev").emulator
    members = processes_of(small.path)
    assert len(members) == 3, "the daemon, the emulator, and a function"
    module = b"-m\0hookline.local.process.gated_emulator\0"
    emulator = next(pid for pid in members if Path(f"/proc/{pid}/cmdline").read_bytes().endswith(module))
    os.kill({"group": -running.pid, "leader": running.pid, "emulator": emulator}[victim], signal.SIGKILL)
    wait_until(lambda: small.home.find() is None)
    if victim == "leader":
        assert stack.down(small, "dev") == []
    else:
        assert deploy.up(small, "dev").changes.kept == []
        assert stack.down(small, "dev") == ["dev"]
    assert_nothing_runs(small)


def test_the_emulator_writes_into_its_folder_only(project: Project, target: Target) -> None:
    """All open files of the emulator and the functions, and their TMPDIR, are in the project's folder."""
    members = processes_of(project.path)
    assert len(members) >= 4, "the daemon, the emulator, and two functions"
    for pid in members:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        assert f"TMPDIR={project.home.scratch}".encode() in environment
        opened = [Path(os.readlink(descriptor)) for descriptor in Path(f"/proc/{pid}/fd").iterdir()]
        assert [file for file in opened if file.is_file() and not file.is_relative_to(project.path)] == []

"""A rehearsal: its emulator, its provider plugin and its environment variables."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc
from support.fakes.emulator import CREDENTIALS
from support.fakes.project import FakeEmulator, FakeHome

from hookline.errors import UserError
from hookline.local.rehearsal.rehearsal import rehearsal, run

OWN = {"AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "t", "PULUMI_ACCESS_TOKEN": "p", "PULUMI_HOME": "/elsewhere"}


@dataclass
class Emulator(FakeEmulator):
    """A running emulator with its keys."""

    access_key: str = CREDENTIALS.access_key
    secret_key: str = CREDENTIALS.secret_key


@dataclass
class Home(FakeHome):
    """A folder with room for the stacks."""

    scratch: Path = Path()

    def start(self, port: int | None = None) -> Emulator:
        """Start a new emulator."""
        return Emulator(super().start(port).its_cloud)


@dataclass
class Project:
    """A project that can be rehearsed."""

    rehearsal: Home = field(default_factory=Home)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a project, and set a user's own AWS and Pulumi variables."""
    for name, value in OWN.items():
        monkeypatch.setenv(name, value)
    return Project(Home(scratch=tmp_path))


def test_commands_reach_only_the_emulator(project: Project, tmp_path: Path) -> None:
    """None of the user's AWS and Pulumi variables is left, and everything else is."""
    with rehearsal(project) as variables:
        assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
        assert variables["AWS_ACCESS_KEY_ID"] == CREDENTIALS.access_key
        assert variables["PULUMI_BACKEND_URL"] == (tmp_path / "stacks").as_uri()
        assert (tmp_path / "stacks").is_dir()
        assert not {*OWN.values()} & {*variables.values()}
        assert variables["PATH"] == os.environ["PATH"]


def test_the_engine_finds_the_plugin(project: Project) -> None:
    """The provider plugin answers on the port that the variable names."""
    with rehearsal(project) as variables:
        package, port = variables["PULUMI_DEBUG_PROVIDERS"].split(":")
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            answer = provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty())
    assert (package, answer.version[0]) == ("aws", "7")


def test_the_emulator_ends_with_the_rehearsal(project: Project) -> None:
    """It ends after an error too."""
    with pytest.raises(ZeroDivisionError), rehearsal(project):
        raise ZeroDivisionError
    assert project.rehearsal.events == ["start", "stop"]


def test_a_command_runs_with_the_variables() -> None:
    """Its exit status is returned."""
    code = "import os, sys; sys.exit(int(os.environ['STATUS']))"
    assert run([sys.executable, "-c", code], {"STATUS": "7"}) == 7


def test_ctrl_c_interrupts_only_the_command() -> None:
    """The rehearsal goes on until the command has ended in its own way, and then Ctrl-C works as before."""
    before = signal.getsignal(signal.SIGINT)
    code = "import os, signal; os.kill(os.getppid(), signal.SIGINT); os.kill(os.getpid(), signal.SIGINT)"
    assert run([sys.executable, "-c", code], {}) != 0
    assert signal.getsignal(signal.SIGINT) == before


def test_a_command_that_does_not_exist_is_named() -> None:
    """The user learns which one."""
    with pytest.raises(UserError, match="no-such-command cannot be run: No such file or directory"):
        run(["no-such-command"], {})

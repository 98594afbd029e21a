"""A rehearsal: its emulator, its provider plugin and its environment variables."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc
from support.fakes.emulator import CREDENTIALS
from support.fakes.project import FakeEmulator, FakeHome

from hookline.errors import UserError
from hookline.local.rehearsal.rehearsal import Place, rehearsal, run

OWN = {
    "ENV": "/own/rc",
    "BASH_ENV": "/own/bashrc",
    "AWS_PROFILE": "work",
    "AWS_SESSION_TOKEN": "t",
    "PULUMI_ACCESS_TOKEN": "p",
    "PULUMI_HOME": "/elsewhere",
}


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

    rehearsal: Home
    path: Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a project, and set a user's own AWS and Pulumi variables."""
    for name, value in OWN.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "Pulumi.prod.yaml").write_text("encryptionsalt: of-the-user\n")
    return Project(Home(scratch=tmp_path), tmp_path / "shop")


def test_commands_reach_only_the_emulator(project: Project, tmp_path: Path) -> None:
    """None of the user's AWS and Pulumi variables is left, nor what names a start file. Everything else is."""
    with rehearsal(project) as place:
        variables = place.environment
        assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
        assert variables["AWS_ACCESS_KEY_ID"] == CREDENTIALS.access_key
        assert variables["PULUMI_BACKEND_URL"] == (tmp_path / "stacks").as_uri()
        assert (tmp_path / "stacks").is_dir()
        assert not {*OWN.values()} & {*variables.values()}
        assert variables["PATH"] == os.environ["PATH"]


def test_the_engine_finds_the_plugin(project: Project) -> None:
    """The provider plugin answers on the port that the variable names."""
    with rehearsal(project) as place:
        package, port = place.environment["PULUMI_DEBUG_PROVIDERS"].split(":")
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            answer = provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty())
    assert (package, answer.version[0]) == ("aws", "7")


def test_a_command_works_in_a_copy_of_the_project(project: Project) -> None:
    """What it writes to the settings of a stack never reaches the user's own file."""
    with rehearsal(project) as place:
        assert run(["sh", "-c", "echo written >> Pulumi.prod.yaml"], place) == 0
        assert (place.folder / "Pulumi.prod.yaml").read_text() == "written\n"
    assert (project.path / "Pulumi.prod.yaml").read_text() == "encryptionsalt: of-the-user\n"


def test_the_emulator_ends_with_the_rehearsal(project: Project) -> None:
    """It ends after an error too."""
    with pytest.raises(ZeroDivisionError), rehearsal(project):
        raise ZeroDivisionError
    assert project.rehearsal.events == ["start", "stop"]


def test_a_command_runs_with_the_variables(tmp_path: Path) -> None:
    """Its exit status is returned."""
    code = "import os, sys; sys.exit(int(os.environ['STATUS']))"
    assert run([sys.executable, "-c", code], Place(tmp_path, {"STATUS": "7"})) == 7


def test_ctrl_c_interrupts_only_the_command(tmp_path: Path) -> None:
    """The rehearsal goes on until the command has ended in its own way, and then Ctrl-C works as before."""
    before = signal.getsignal(signal.SIGINT)
    code = "import os, signal; os.kill(os.getppid(), signal.SIGINT); os.kill(os.getpid(), signal.SIGINT)"
    assert run([sys.executable, "-c", code], Place(tmp_path, {})) != 0
    assert signal.getsignal(signal.SIGINT) == before


def test_a_command_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """The user learns which one."""
    with pytest.raises(UserError, match="no-such-command cannot be run: No such file or directory"):
        run(["no-such-command"], Place(tmp_path, {}))

"""The command `hookline rehearse`."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hookline.cli.main import app
from hookline.local.rehearsal import rehearsal as rehearsals
from hookline.local.rehearsal.rehearsal import Place

PLACE = Place(Path("/copy"), {"of": "the rehearsal"})


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the commands that are run, each in a rehearsal in name only; they end with status 3."""
    found: list[list[str]] = []

    @contextmanager
    def rehearsal(project: Any) -> Generator[Place]:
        assert project.path == tmp_path.resolve()
        yield PLACE

    def run(command: list[str], place: Place) -> int:
        assert place == PLACE
        found.append(command)
        return 3

    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    (tmp_path / "pulumi").touch(mode=0o700)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(rehearsals, "rehearsal", rehearsal)
    monkeypatch.setattr(rehearsals, "run", run)
    return found


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ("/usr/bin/bash", ["/usr/bin/bash", "--norc", "--noprofile"]),
        ("/bin/zsh", ["/bin/zsh", "-f"]),
        ("/bin/fish", ["/bin/sh"]),
        ("", ["/bin/sh"]),
    ],
)
def test_without_a_command_there_is_a_shell(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, shell: str, words: list[str]
) -> None:
    """It reads no start file, which could lead to the user's own stacks. What to type is shown before."""
    monkeypatch.setenv("SHELL", shell)
    result = CliRunner().invoke(app, ["rehearse"])
    assert (result.exit_code, commands) == (3, [words])
    assert "pulumi up --stack dev" in result.stderr


def test_a_command_is_run_as_it_is(commands: list[list[str]]) -> None:
    """Its options are its own, and its exit status is that of the rehearsal."""
    words = ["pulumi", "up", "--stack", "dev", "--help"]
    result = CliRunner().invoke(app, ["rehearse", *words])
    assert (result.exit_code, commands, result.stderr) == (3, [words], "")


def test_without_the_pulumi_cli_nothing_starts(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says where to get the CLI."""
    monkeypatch.setenv("PATH", "/nowhere")
    result = CliRunner().invoke(app, ["rehearse"])
    assert (result.exit_code, commands) == (1, [])
    assert "the Pulumi CLI is not installed" in result.stderr

"""The help texts of the commands."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
import typer.cli
import typer.main
from typer.testing import CliRunner

from hookline.cli.main import app

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "docs" / "cli.md"
COMMANDS = typer.main.get_group(app).commands


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    """Each command has a description, a help text for each option, and an example."""
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0
    assert COMMANDS[name].help
    assert f"`hookline {name}" in (COMMANDS[name].epilog or "")
    assert all(getattr(parameter, "help", None) for parameter in COMMANDS[name].params)


def test_without_arguments_the_commands_are_listed() -> None:
    """A user sees all commands without knowing `--help`."""
    text = CliRunner().invoke(app, []).output
    assert all(name in text for name in COMMANDS)


def test_the_reference_is_what_the_commands_say() -> None:
    """docs/cli.md is equal to the text generated from the commands."""
    group = typer.main.get_group(app)
    text = typer.cli.get_docs_for_click(obj=group, ctx=typer.Context(group), name="hookline")
    refresh = ".venv/bin/typer hookline.cli.main utils docs --name hookline --output docs/cli.md"
    assert REFERENCE.read_text().rstrip() == text.rstrip(), f"refresh it: {refresh}"
    assert all(f"## `hookline {name}`" in text for name in COMMANDS)

"""What the commands share: where the output goes, how errors end, and which project is meant."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hookline.errors import UserError
from hookline.local.project import Project

PIPED_WIDTH = 200
"""Columns of a table that is not printed on a terminal, so that no value is cut."""

# No emoji: an ARN may hold `:secret:`.
out = Console(soft_wrap=True, emoji=False, highlight=False)
err = Console(stderr=True, soft_wrap=True, emoji=False, highlight=False)


@contextmanager
def friendly() -> Generator[None]:
    """Turns an error that is no fault of this program into one message and exit status 1."""
    try:
        yield
    except UserError as error:
        fail(str(error))
    except ClientError as error:
        fail(f"the cloud refused: {error}")
    except BotoCoreError as error:
        fail(f"the cloud does not answer: {error}")
    except OSError as error:
        fail(str(error))
    except KeyboardInterrupt:
        err.print("stopped")
        raise typer.Exit(130) from None


def fail(message: str) -> NoReturn:
    """Prints one message and ends the command with exit status 1."""
    err.print(f"[red]✗[/] {escape(message)}")
    raise typer.Exit(1) from None


def read_secret(what: str) -> str:
    """Asks for a secret without showing it, or reads the first line of standard input where that is no terminal.

    Raises:
        UserError: if there is none.
    """
    at_terminal = sys.stdin.isatty()
    secret: str = typer.prompt(what, hide_input=True, err=True) if at_terminal else sys.stdin.readline()
    if not secret.strip():
        raise UserError(f"there is no {what} on standard input")
    return secret.strip()


def print_table(table: Table) -> None:
    """Prints a table as wide as the terminal, or as it needs to be where there is none."""
    if not out.is_terminal:
        out.width = PIPED_WIDTH
    out.print(table)


def find_project(folder: Path | None) -> Project:
    """The project in this folder; without one, in the current folder or the nearest above it.

    Raises:
        UserError: if there is no Pulumi.yaml.
    """
    here = (folder or Path()).resolve()
    for candidate in [here] if folder else [here, *here.parents]:
        if (candidate / "Pulumi.yaml").is_file():
            return Project(candidate)
    above = "" if folder else " or above it"
    raise UserError(f"there is no Pulumi.yaml in {here}{above}: go to the project's folder, or name it with --project")

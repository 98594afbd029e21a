"""Code that the commands share: output, errors, secrets from the terminal, and the search for the project."""

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
"""Width of a table that is not printed on a terminal, in columns; wide enough to cut no value."""

# No emoji: rich would replace a part of an ARN, such as `:secret:`.
out = Console(soft_wrap=True, emoji=False, highlight=False)
err = Console(stderr=True, soft_wrap=True, emoji=False, highlight=False)


@contextmanager
def friendly() -> Generator[None]:
    """Turn an expected error into one message and exit status 1."""
    try:
        yield
    except UserError as error:
        fail(str(error))
    except ClientError as error:
        fail(f"AWS or the emulator rejected a call: {error}")
    except BotoCoreError as error:
        fail(f"AWS or the emulator does not respond: {error}")
    except OSError as error:
        fail(str(error))
    except KeyboardInterrupt:
        err.print("stopped")
        raise typer.Exit(130) from None


def fail(message: str) -> NoReturn:
    """Print one message and exit with status 1."""
    err.print(f"[red]✗[/] {escape(message)}")
    raise typer.Exit(1) from None


def read_secret(what: str) -> str:
    """Read a secret from a hidden prompt, or from the first line of standard input if that is not a terminal.

    Raises:
        UserError: if the secret is empty.
    """
    at_terminal = sys.stdin.isatty()
    secret: str = typer.prompt(what, hide_input=True, err=True) if at_terminal else sys.stdin.readline()
    if not secret.strip():
        raise UserError(f"there is no {what} on standard input")
    return secret.strip()


def print_table(table: Table) -> None:
    """Print a table: at most as wide as the terminal, or up to `PIPED_WIDTH` without a terminal."""
    if not out.is_terminal:
        out.width = PIPED_WIDTH
    out.print(table)


def find_project(folder: Path | None) -> Project:
    """Return the project in a folder; without a folder, in the current folder or the nearest one above it.

    Raises:
        UserError: if there is no Pulumi.yaml.
    """
    here = (folder or Path()).resolve()
    for candidate in [here] if folder else [here, *here.parents]:
        if (candidate / "Pulumi.yaml").is_file():
            return Project(candidate)
    above = "" if folder else " or above it"
    raise UserError(f"there is no Pulumi.yaml in {here}{above}: change to the project's folder, or use --project")

"""Functions for all `hookline` commands: print output and errors, read a secret, and find the project."""

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
"""Width in characters of a table that goes to a file or pipe. It is large enough that no value is cut."""

# `emoji=False`, because rich would replace a part of an ARN, such as `:secret:`, with an emoji.
out = Console(soft_wrap=True, emoji=False, highlight=False)
err = Console(stderr=True, soft_wrap=True, emoji=False, highlight=False)


@contextmanager
def friendly() -> Generator[None]:
    """Turn an expected error in the `with` block into a message and exit status 1, and Ctrl-C into exit status 130."""
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
    """Print an error message and exit with status 1."""
    err.print(f"[red]✗[/] {escape(message)}")
    raise typer.Exit(1) from None


def read_secret(what: str) -> str:
    """Read a secret from a hidden prompt. If standard input is not a terminal, read its first line instead.

    Args:
        what: name of the secret in the prompt.

    Raises:
        UserError: if the secret is empty.
    """
    at_terminal = sys.stdin.isatty()
    secret: str = typer.prompt(what, hide_input=True, err=True) if at_terminal else sys.stdin.readline()
    if not secret.strip():
        raise UserError(f"there is no {what} on standard input")
    return secret.strip()


def print_table(table: Table) -> None:
    """Print a table. Its maximum width is the terminal's, or `PIPED_WIDTH` if the output is not a terminal."""
    if not out.is_terminal:
        out.width = PIPED_WIDTH
    out.print(table)


def find_project(folder: Path | None) -> Project:
    """Return the Pulumi project in a folder.

    Args:
        folder: the folder with Pulumi.yaml; None for the current folder or the nearest folder above it.

    Raises:
        UserError: if there is no Pulumi.yaml.
    """
    here = (folder or Path()).resolve()
    for candidate in [here] if folder else [here, *here.parents]:
        if (candidate / "Pulumi.yaml").is_file():
            return Project(candidate)
    above = "" if folder else " or above it"
    raise UserError(f"there is no Pulumi.yaml in {here}{above}: change to the project's folder, or use --project")

"""The command `hookline rehearse`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

from hookline.cli.options import Folder
from hookline.cli.terminal import err, find_project, friendly
from hookline.errors import UserError

INTRODUCTION = """In this shell, `pulumi` and all AWS clients work on an emulator on this machine. Try:

  pulumi stack init dev
  pulumi up --stack dev
  pulumi destroy --stack dev

This is a copy of the project's folder. `exit` removes all that you made, and your changes of settings."""
_WITHOUT_START_FILES = {"bash": ("--norc", "--noprofile"), "zsh": ("-f",)}


def rehearse(
    command: Annotated[
        list[str] | None, typer.Argument(help="A command to run instead of a shell, with its arguments.")
    ] = None,
    project: Folder = None,
) -> None:
    """Open a shell in which the real Pulumi CLI deploys to an emulator on this machine instead of AWS.

    `pulumi`, boto3, the AWS CLI and `hookline … --aws` all work on this emulator, which starts empty and needs no
    AWS account. The shell has none of your AWS and Pulumi environment variables, and reads no start file such as
    `.bashrc`. It opens in a copy of the project's folder. The emulator, its stacks and changed settings end with the
    shell.
    """
    from hookline.local.rehearsal.rehearsal import rehearsal, run  # noqa: PLC0415 - importing Pulumi takes a second

    with friendly():
        if shutil.which("pulumi") is None:
            raise UserError("the Pulumi CLI is not installed: see https://www.pulumi.com/docs/install/")
        with rehearsal(find_project(project)) as place:
            if not command:
                err.print(INTRODUCTION, highlight=False)
            status = run(command or _shell(), place)
    raise typer.Exit(status)


def _shell() -> list[str]:
    """Return the command of a shell without start files, which could set the user's AWS and Pulumi variables again."""
    shell = os.environ.get("SHELL", "")
    options = _WITHOUT_START_FILES.get(Path(shell).name)
    return [shell, *options] if options else ["/bin/sh"]

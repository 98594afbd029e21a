"""Options of the command line that several `hookline` commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hookline.cli.terminal import find_project
from hookline.operate.target import Target, aws_target, local_target

Stack = Annotated[str, typer.Option("--stack", "-s", help="The stack; its settings are in Pulumi.STACK.yaml.")]
Folder = Annotated[
    Path | None,
    typer.Option("--project", help="The folder with Pulumi.yaml; default: this folder or the nearest one above it."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Aws = Annotated[bool, typer.Option("--aws", help="Use the stack on AWS; its outputs come from `pulumi stack output`.")]


def find_target(project: Path | None, stack: str, *, aws: bool) -> Target:
    """Return the stack that a command works on, on AWS or in local mode.

    Raises:
        UserError: if there is no such project, or the stack is not running.
    """
    return (aws_target if aws else local_target)(find_project(project), stack)

"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hookline.cli.terminal import find_project
from hookline.operate.target import Target, aws_target, local_target

Stack = Annotated[str, typer.Option("--stack", "-s", help="The stack: Pulumi.STACK.yaml holds its settings.")]
Folder = Annotated[
    Path | None,
    typer.Option("--project", help="The folder that holds Pulumi.yaml; default: this folder or the nearest above."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Aws = Annotated[bool, typer.Option("--aws", help="Use the stack deployed to AWS, by `pulumi stack output`.")]


def find_target(project: Path | None, stack: str, *, aws: bool) -> Target:
    """The stack that a command is about.

    Raises:
        UserError: if there is no such stack.
    """
    return (aws_target if aws else local_target)(find_project(project), stack)

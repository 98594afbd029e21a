"""The stacks that run in local mode: `hookline down` destroys them, and other commands read their outputs."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hookline.errors import UserError
from hookline.local.cloud import Cloud
from hookline.local.project import Project
from hookline.local.provision import state as states
from hookline.local.provision.removal import Progress, no_progress, remove_all
from hookline.local.provision.state import State


def down(project: Project, stack: str | None, progress: Progress = no_progress) -> list[str]:
    """Destroy a stack of local mode, or all stacks if `stack` is None. Stop the emulator if no stack remains.

    Returns:
        The names of the destroyed stacks.

    Raises:
        UserError: if another command is running, or the emulator fails.
    """
    with project.home.exclusive():
        emulator = project.home.find()
        if emulator is None:
            project.home.stop()  # removes the files that a crash left
            return []
        try:
            return _destroy(project, emulator.cloud(), stack, progress)
        except (ClientError, BotoCoreError) as error:
            if stack is None:
                project.home.stop()
                return []
            raise UserError(f"the emulator failed: {error}. `hookline down --all` stops it") from error


def _destroy(project: Project, cloud: Cloud, stack: str | None, progress: Progress) -> list[str]:
    there = states.stacks(cloud)
    doomed = [s for s in there if stack in {None, s}]
    if stack is None or doomed == there:
        progress("stopping", "the emulator")
        project.home.stop()
    else:
        for gone in doomed:
            remove_all(cloud, State(cloud, gone), progress)
    return doomed


def outputs(project: Project, stack: str) -> dict[str, Any]:
    """Return the outputs of a stack in local mode. Raise `UserError` if the stack does not run."""
    emulator = project.home.find()
    found = State(emulator.cloud(), stack).outputs() if emulator else None
    if found is None:
        raise UserError(f"the stack {stack} does not run here: start it with `hookline up --stack {stack}`")
    return found

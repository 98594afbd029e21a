"""The deployment of one stack of a Pulumi program to the emulator on this machine, for `hookline up`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hookline.errors import UserError
from hookline.local.cloud import Cloud, is_missing
from hookline.local.development_secrets import development_secrets
from hookline.local.process.emulator import Emulator
from hookline.local.project import Project
from hookline.local.provision import state as states
from hookline.local.provision.provisioner import Changes, Provisioner
from hookline.local.provision.removal import Progress, no_progress, remove_all
from hookline.local.provision.state import State
from hookline.local.resources import INVOKES, MAKERS, UPDATERS
from hookline.program.engine import ProgramError, Registration, Warn, drop, run_program

FUNCTION = "aws:lambda/function:Function"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type token


@dataclass(frozen=True)
class Provisioned:
    """A running stack: its emulator, its outputs, and what the last `hookline up` changed."""

    emulator: Emulator
    outputs: dict[str, Any]
    changes: Changes = field(default_factory=Changes)


def up(
    project: Project, stack: str, port: int | None = None, progress: Progress = no_progress, warn: Warn = drop
) -> Provisioned:
    """Start the emulator if it does not run, and make the resources of a stack match the Pulumi program.

    Args:
        project: the folder with the Pulumi program.
        stack: the name of the stack.
        port: the TCP port of the emulator; None for 4566, or a free port.
        progress: gets the step and the resource of each step.
        warn: gets the text of each warning that the program logs.

    Raises:
        UserError: if a step fails. If `up` started the emulator, it stops the emulator again.
    """
    name, config = project.name(), project.config(stack)
    with project.home.exclusive():
        running = project.home.find()
        if running and port not in {None, running.port}:
            raise UserError(f"the emulator runs on port {running.port} already: `hookline down --all` stops it")
        progress("starting", "the emulator")
        emulator = running or project.home.start(port)
        try:
            return _provision(project, name, stack, config, emulator, progress, warn)
        except BaseException as error:
            _clean_up(project, stack, emulator, started=running is None)
            raise _explain(project, error) from error


def _provision(
    project: Project, name: str, stack: str, config: dict[str, str], emulator: Emulator, progress: Progress, warn: Warn
) -> Provisioned:
    cloud = emulator.cloud()
    states.prepare(cloud)
    state = State(cloud, stack)
    stood = state.outputs() is not None
    provisioner = Provisioner(cloud, state, MAKERS, UPDATERS, INVOKES, progress)
    deployment = run_program(project.program, project=name, stack=stack, config=config, provider=provisioner, warn=warn)
    provisioner.remove_what_is_gone()
    kept = set(provisioner.changes.kept if stood else ())
    progress("warming", "the functions")
    _warm(cloud, [f for f in deployment.by_type(FUNCTION) if f.urn not in kept], provisioner)
    _give_development_secrets(cloud, [s for s in deployment.by_type(SECRET) if s.urn not in kept])
    state.save_outputs(deployment.outputs)
    return Provisioned(emulator, deployment.outputs, provisioner.changes)


def _warm(cloud: Cloud, functions: Sequence[Registration], provisioner: Provisioner) -> None:
    """Invoke each new or changed function once without records, to find a function that fails at import."""
    names: list[str] = [function.inputs["name"] for function in functions]
    with ThreadPoolExecutor(4) as pool:
        problems = list(pool.map(_problem, repeat(cloud), names))
    for function, problem in zip(functions, problems, strict=True):
        if problem:
            provisioner.mark_changed(function.urn)
    if any(problems):
        raise UserError("; ".join(filter(None, problems)))


def _problem(cloud: Cloud, name: str) -> str:
    answer = cloud.call("lambda", "invoke", FunctionName=name, Payload=b'{"Records": []}')
    if not answer.get("FunctionError"):
        return ""
    error = json.loads(answer["Payload"].read() or b"{}")
    return f"the function {name} fails at its first call: {error.get('errorType')}: {error.get('errorMessage')}"


def _give_development_secrets(cloud: Cloud, resources: Sequence[Registration]) -> None:
    """Give a random value to each Secrets Manager secret without a value, so that signed webhooks work at once."""
    for resource in resources:
        name = resource.inputs["name"]
        if not _has_value(cloud, name):
            value = json.dumps(development_secrets(name))
            cloud.call("secretsmanager", "put_secret_value", SecretId=name, SecretString=value)


def _has_value(cloud: Cloud, secret: str) -> bool:
    try:
        return "SecretString" in cloud.call("secretsmanager", "get_secret_value", SecretId=secret)
    except ClientError as error:
        if is_missing(error):
            return False
        raise


def _clean_up(project: Project, stack: str, emulator: Emulator, *, started: bool) -> None:
    """Clean up after `up` failed. If `up` started the emulator, stop the emulator.

    Otherwise, remove the stack's resources if no earlier `hookline up` completed the stack.
    """
    if started:
        project.home.stop()
        return
    cloud = emulator.cloud()
    try:
        if State(cloud, stack).outputs() is None:
            remove_all(cloud, State(cloud, stack))
    except (ClientError, BotoCoreError):
        return  # the emulator has ended, so its resources do not exist any more


def _explain(project: Project, error: BaseException) -> BaseException:
    if isinstance(error, ProgramError):
        return UserError(str(error))
    if isinstance(error, (ClientError, BotoCoreError)):
        return UserError(f"the emulator failed: {error}. See its log {project.home.log}")
    return error

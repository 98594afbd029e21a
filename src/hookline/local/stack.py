"""What `hookline up` and `down` do: one stack of the program in this folder, in the emulator on this machine."""

from __future__ import annotations

import base64
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import BotoCoreError, ClientError

from hookline.local import state as states
from hookline.local.cloud import Cloud, is_missing
from hookline.local.emulator import Emulator, Home, LocalError
from hookline.local.engine import Deployment, ProgramError, run_program
from hookline.local.provisioner import Changes, Progress, Provisioner, remove_all
from hookline.local.resources import INVOKES, MAKERS, UPDATERS
from hookline.local.state import State

FUNCTION = "aws:lambda/function:Function"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type token


def _no_progress(_verb: str, _name: str) -> None: ...


@dataclass(frozen=True)
class Project:
    """A folder with a Pulumi program.

    Attributes:
        path: the folder that holds `Pulumi.yaml`.
    """

    path: Path

    @property
    def home(self) -> Home:
        """Where local mode keeps its files."""
        return Home(self.path / ".hookline")

    @property
    def program(self) -> Path:
        """The program itself."""
        return self.path / "__main__.py"

    def name(self) -> str:
        """The project's name; raises `LocalError` if the folder holds no Pulumi program."""
        file = self.path / "Pulumi.yaml"
        if not file.exists():
            raise LocalError(f"there is no Pulumi.yaml in {self.path}: run this in the project's folder")
        return yaml.safe_load(file.read_text())["name"]

    def config(self, stack: str) -> dict[str, str]:
        """The settings of a stack, as Pulumi stores them; raises `LocalError` if there are none or one is encrypted."""
        file = self.path / f"Pulumi.{stack}.yaml"
        if not file.exists():
            known = sorted(f.name.split(".")[1] for f in self.path.glob("Pulumi.*.yaml"))
            raise LocalError(f"there is no {file.name}: the stacks here are {', '.join(known) or 'none'}")
        values = (yaml.safe_load(file.read_text()) or {}).get("config") or {}
        return {key: _setting(file, key, value) for key, value in values.items()}


@dataclass(frozen=True)
class Provisioned:
    """A stack that runs."""

    emulator: Emulator
    outputs: dict[str, Any]
    changes: Changes = field(default_factory=Changes)


def up(project: Project, stack: str, port: int | None = None, progress: Progress = _no_progress) -> Provisioned:
    """Starts the emulator if none runs, and makes the stack what the program says.

    Raises:
        LocalError: if anything fails; nothing that this call started is left running.
    """
    name, config = project.name(), project.config(stack)
    with project.home.exclusive():
        running = project.home.find()
        if running and port not in {None, running.port}:
            raise LocalError(f"the emulator runs on port {running.port} already: `hookline down --all` stops it")
        progress("starting", "the emulator")
        emulator = running or project.home.start(port)
        try:
            return _provision(project, name, stack, config, emulator, progress)
        except BaseException as error:
            _clean_up(project, stack, emulator, started=running is None)
            raise _explain(project, error) from error


def down(project: Project, stack: str | None, progress: Progress = _no_progress) -> list[str]:
    """Destroys a stack, or all of them if `stack` is None; the last one takes the emulator with it.

    Returns:
        The names of the stacks that were destroyed.
    """
    with project.home.exclusive():
        emulator = project.home.find()
        if emulator is None:
            project.home.stop()  # whatever a crash left behind
            return []
        cloud = emulator.cloud()
        there = states.stacks(cloud)
        doomed = [s for s in there if stack in {None, s}]
        if doomed != there:
            for gone in doomed:
                remove_all(cloud, State(cloud, gone), progress)
        else:
            progress("stopping", "the emulator")
            project.home.stop()
        return doomed


def outputs(project: Project, stack: str) -> dict[str, Any]:
    """The outputs of a running stack; raises `LocalError` if it does not run."""
    emulator = project.home.find()
    found = State(emulator.cloud(), stack).outputs() if emulator else None
    if found is None:
        raise LocalError(f"the stack {stack} does not run here: start it with `hookline up --stack {stack}`")
    return found


def _provision(
    project: Project, name: str, stack: str, config: dict[str, str], emulator: Emulator, progress: Progress
) -> Provisioned:
    cloud = emulator.cloud()
    states.prepare(cloud)
    state = State(cloud, stack)
    provisioner = Provisioner(cloud, state, MAKERS, UPDATERS, INVOKES, progress)
    deployment = run_program(project.program, project=name, stack=stack, config=config, provider=provisioner)
    provisioner.remove_what_is_gone()
    progress("warming", "the functions")
    _warm(cloud, deployment, provisioner.changes)
    _give_development_secrets(cloud, deployment)
    state.save_outputs(deployment.outputs)
    return Provisioned(emulator, deployment.outputs, provisioner.changes)


def _warm(cloud: Cloud, deployment: Deployment, changes: Changes) -> None:
    """Runs each new function once with an empty batch: one that cannot even be imported fails here, not later."""
    new = {*changes.made, *changes.replaced, *changes.updated}
    names = [f.inputs["name"] for f in deployment.by_type(FUNCTION) if f.urn in new]
    with ThreadPoolExecutor(4) as pool:
        for problem in pool.map(lambda name: _problem(cloud, name), names):
            if problem:
                raise LocalError(problem)


def _problem(cloud: Cloud, name: str) -> str:
    answer = cloud.call("lambda", "invoke", FunctionName=name, Payload=b'{"Records": []}')
    if not answer.get("FunctionError"):
        return ""
    error = json.loads(answer["Payload"].read() or b"{}")
    return f"the function {name} fails at its first call: {error.get('errorType')}: {error.get('errorMessage')}"


def _give_development_secrets(cloud: Cloud, deployment: Deployment) -> None:
    """Gives every secret that has no value yet a random signing secret, so that signed webhooks work at once."""
    for resource in deployment.by_type(SECRET):
        name = resource.inputs["name"]
        if not _has_value(cloud, name):
            key = base64.b64encode(secrets.token_bytes(32)).decode()
            value = json.dumps({"transactions": [f"whsec_{key}"]})
            cloud.call("secretsmanager", "put_secret_value", SecretId=name, SecretString=value)


def _has_value(cloud: Cloud, secret: str) -> bool:
    try:
        return "SecretString" in cloud.call("secretsmanager", "get_secret_value", SecretId=secret)
    except ClientError as error:
        if is_missing(error):
            return False
        raise


def _clean_up(project: Project, stack: str, emulator: Emulator, *, started: bool) -> None:
    """After a failure: a stack that never stood goes, and so does an emulator that was started for it."""
    if started:
        project.home.stop()
        return
    cloud = emulator.cloud()
    try:
        if State(cloud, stack).outputs() is None:
            remove_all(cloud, State(cloud, stack))
    except (ClientError, BotoCoreError):
        return  # the emulator is gone, and everything with it


def _explain(project: Project, error: BaseException) -> BaseException:
    if isinstance(error, ProgramError):
        return LocalError(str(error))
    if isinstance(error, (ClientError, BotoCoreError)):
        return LocalError(f"the emulator failed: {error}; its log: {project.home.log}")
    return error


def _setting(file: Path, key: str, value: object) -> str:
    if isinstance(value, dict) and "secure" in value:
        raise LocalError(f"{file.name}: {key} is encrypted, and local mode has no key to read it")
    return value if isinstance(value, str) else json.dumps(value)

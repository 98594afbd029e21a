"""A rehearsal: an emulator, a provider plugin, the variables that lead commands to both, and a copy of the project."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from hookline.errors import UserError
from hookline.local.cloud import REGION, Cloud
from hookline.local.process.emulator import HOST, Emulator
from hookline.local.project import Project
from hookline.local.rehearsal.project_copy import copy_project
from hookline.local.rehearsal.provider import EmulatorProvider
from hookline.local.resources import INVOKES, MAKERS, UPDATERS

_START_FILES = {"BASH_ENV", "ENV"}
"""The variables that name a file which a shell reads when it starts."""
THREADS = 16
LARGEST_MESSAGE = 400 << 20
"""The Pulumi engine's own limit for one message, in bytes."""


@dataclass(frozen=True)
class Place:
    """Where the commands of a rehearsal run.

    Attributes:
        folder: a copy of the project's folder, in which Pulumi may write to the settings of stacks.
        environment: all environment variables. They lead the Pulumi CLI to a backend of its own and to the plugin, and
            AWS clients to the emulator. The caller's AWS and Pulumi variables are not among them.
    """

    folder: Path
    environment: Mapping[str, str]


@contextmanager
def rehearsal(project: Project) -> Generator[Place]:
    """Start an emulator and a provider plugin for the Pulumi CLI. Stop both in the end, and drop stacks and settings.

    Raises:
        UserError: if another rehearsal runs in this folder, or the emulator does not start.
    """
    home = project.rehearsal
    with home.exclusive():
        emulator = home.start()
        try:
            with _serving(emulator.cloud()) as port:
                folder = copy_project(project.path, home.scratch / "project")
                yield Place(folder, _environment(emulator, home.scratch, port))
        finally:
            home.stop()


def run(command: Sequence[str], place: Place) -> int:
    """Run a command of a rehearsal in the terminal, and return its exit status. Ctrl-C interrupts only the command.

    Raises:
        UserError: if there is no such command.
    """
    before = signal.signal(signal.SIGINT, lambda _signal, _frame: None)  # unlike SIG_IGN, not inherited
    try:
        done = subprocess.run(command, cwd=place.folder, env=place.environment, check=False)  # noqa: S603 - the user's own
    except OSError as error:
        raise UserError(f"{command[0]} cannot be run: {error.strerror}") from None
    finally:
        signal.signal(signal.SIGINT, before)
    return done.returncode


@contextmanager
def _serving(cloud: Cloud) -> Generator[int]:
    """Serve the provider plugin, and return its TCP port on 127.0.0.1."""
    size = [(f"grpc.max_{way}_message_length", LARGEST_MESSAGE) for way in ("send", "receive")]
    with ThreadPoolExecutor(THREADS) as threads:
        server = grpc.server(threads, options=size)
        plugin = EmulatorProvider(cloud, MAKERS, UPDATERS, INVOKES)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(plugin, server)
        port = server.add_insecure_port(f"{HOST}:0")
        server.start()
        try:
            yield port
        finally:
            server.stop(grace=None).wait()


def _environment(emulator: Emulator, folder: Path, port: int) -> dict[str, str]:
    stacks = folder / "stacks"
    stacks.mkdir()
    own = {name for name in os.environ if name.startswith(("AWS_", "PULUMI_"))} | _START_FILES
    inherited = {name: value for name, value in os.environ.items() if name not in own}
    return inherited | {
        "AWS_ACCESS_KEY_ID": emulator.access_key,
        "AWS_SECRET_ACCESS_KEY": emulator.secret_key,
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PULUMI_HOME": str(folder / "pulumi"),
        "PULUMI_BACKEND_URL": stacks.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "rehearsal",
        "PULUMI_DEBUG_PROVIDERS": f"aws:{port}",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

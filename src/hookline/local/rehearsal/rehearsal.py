"""A rehearsal: an emulator, a provider plugin, and the environment variables that lead commands to both."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from hookline.errors import UserError
from hookline.local.cloud import REGION, Cloud
from hookline.local.process.emulator import HOST, Emulator
from hookline.local.project import Project
from hookline.local.rehearsal.provider import EmulatorProvider
from hookline.local.resources import INVOKES, MAKERS, UPDATERS

THREADS = 16
LARGEST_MESSAGE = 400 << 20
"""The Pulumi engine's own limit for one message, in bytes."""


@contextmanager
def rehearsal(project: Project) -> Generator[dict[str, str]]:
    """Start an emulator and a provider plugin for the Pulumi CLI. Stop both in the end, and drop all Pulumi stacks.

    Returns:
        All environment variables for a command of the rehearsal. They lead the Pulumi CLI to a backend of its own and
        to the plugin, and AWS clients to the emulator. The caller's AWS and Pulumi variables are not among them.

    Raises:
        UserError: if another rehearsal runs in this folder, or the emulator does not start.
    """
    home = project.rehearsal
    with home.exclusive():
        emulator = home.start()
        try:
            with _serving(emulator.cloud()) as port:
                yield _environment(emulator, home.scratch, port)
        finally:
            home.stop()


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command of a rehearsal in the terminal, and return its exit status. Ctrl-C interrupts only the command.

    Raises:
        UserError: if there is no such command.
    """
    before = signal.signal(signal.SIGINT, lambda _signal, _frame: None)  # unlike SIG_IGN, not inherited
    try:
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - the user's own command
    except OSError as error:
        raise UserError(f"{command[0]} cannot be run: {error.strerror}") from None
    finally:
        signal.signal(signal.SIGINT, before)


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
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
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

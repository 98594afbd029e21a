"""The emulator's process: start it, find it again, stop it.

`ministack` plays AWS on this machine. It runs with IAM enforcement on, listens on loopback only, and its root
credentials are random for each start. It lives in a process group of its own together with the stream poller (see
`hookline.local.daemon`), and holds a file lock for as long as any process of that group is alive: so a record left by
a crash is told from a running emulator, and no foreign process is ever stopped.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from hookline.local.cloud import REGION, Cloud, Credentials

HOST = "127.0.0.1"
DEFAULT_PORT = 4566
START_SECONDS = 30.0
STOP_SECONDS = 5.0


class LocalError(Exception):
    """Something that the user can mend; the message names the fix."""


@dataclass(frozen=True)
class Emulator:
    """A running emulator.

    Attributes:
        pid: leader of its process group.
        port: TCP port on 127.0.0.1.
        access_key: root access key id, random for each start.
        secret_key: root secret access key, random for each start.
    """

    pid: int
    port: int
    access_key: str
    secret_key: str

    @property
    def endpoint(self) -> str:
        """URL of every AWS API."""
        return f"http://{HOST}:{self.port}"

    def cloud(self) -> Cloud:
        """Clients that sign as root."""
        return Cloud(self.endpoint, Credentials(self.access_key, self.secret_key))

    def healthy(self) -> bool:
        """True once it answers."""
        try:
            return httpx.get(f"{self.endpoint}/_ministack/health", timeout=1).is_success
        except httpx.HTTPError:
            return False


@dataclass(frozen=True)
class Home:
    """The folder in which local mode keeps everything it needs (`.hookline` beside `Pulumi.yaml`)."""

    path: Path

    @property
    def log(self) -> Path:
        """What the emulator, the functions and the poller print."""
        return self.path / "emulator.log"

    @property
    def scratch(self) -> Path:
        """The emulator's temporary files."""
        return self.path / "scratch"

    @property
    def _record(self) -> Path:
        return self.path / "emulator.json"

    @property
    def _alive(self) -> Path:
        return self.path / "alive.lock"

    @contextmanager
    def exclusive(self) -> Generator[None]:
        """Keeps a second `hookline up` or `down` out; raises `LocalError` if one is at work."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.path / "command.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LocalError("another hookline command is at work here: wait until it has finished") from None
            yield

    def find(self) -> Emulator | None:
        """The running emulator, or None; a record that a crash left behind is no emulator."""
        emulator = self._read()
        return emulator if emulator and self._anything_alive() and _runs(emulator.pid) and emulator.healthy() else None

    def start(self, port: int | None = None) -> Emulator:
        """Starts the emulator and waits until it answers.

        Args:
            port: the TCP port; None for 4566, or any free one when that is taken.

        Raises:
            LocalError: if the port is taken, ministack is not installed, or it does not come up.
        """
        if importlib.util.find_spec("ministack") is None:
            raise LocalError("the emulator is not installed: run `make`, or `pip install 'hookline[local]'`")
        self.stop()
        self.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        emulator = self._spawn(_free_port(port))
        self._wait_until_healthy(emulator)
        return emulator

    def stop(self) -> bool:
        """Stops whatever runs of the emulator and removes its files; True if anything ran."""
        emulator = self._read()
        running = emulator is not None and self._anything_alive()
        if emulator and running:
            self._end(emulator.pid)
        self._record.unlink(missing_ok=True)
        shutil.rmtree(self.scratch, ignore_errors=True)
        return running

    def _spawn(self, port: int) -> Emulator:
        access_key, secret_key = "AKIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30)
        with self._alive.open("w") as alive, self.log.open("wb") as log:
            fcntl.flock(alive, fcntl.LOCK_EX)
            process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-m", "hookline.local.daemon", str(alive.fileno())],
                env=_environment(port, access_key, secret_key, self.scratch),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[alive.fileno()],
            )
        emulator = Emulator(process.pid, port, access_key, secret_key)
        self._write(emulator)
        return emulator

    def _wait_until_healthy(self, emulator: Emulator) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._anything_alive():
            if emulator.healthy():
                return
            time.sleep(0.05)
        self.stop()
        raise LocalError(f"the emulator did not come up on port {emulator.port}; its log: {self.log}")

    def _anything_alive(self) -> bool:
        """True while a process of the emulator's group holds the lock."""
        if not self._alive.exists():
            return False
        with self._alive.open("w") as alive:
            try:
                fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def _end(self, group: int) -> None:
        for sign, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
            try:
                os.killpg(group, sign)
            except ProcessLookupError:
                return
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                _reap(group)
                if not self._anything_alive():
                    return
                time.sleep(0.02)

    def _read(self) -> Emulator | None:
        try:
            return Emulator(**json.loads(self._record.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def _write(self, emulator: Emulator) -> None:
        self._record.touch(mode=0o600)
        self._record.write_text(json.dumps(asdict(emulator)))


def _free_port(wanted: int | None) -> int:
    if wanted is not None:
        if not _bindable(wanted):
            raise LocalError(
                f"port {wanted} is taken: choose another with --port, or leave --port out for any free one"
            )
        return wanted
    if _bindable(DEFAULT_PORT):
        return DEFAULT_PORT
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _reap(pid: int) -> None:
    """Collects the exit status if the emulator is a child of this very process, so that no zombie stays."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def _environment(port: int, access_key: str, secret_key: str, scratch: Path) -> dict[str, str]:
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MINISTACK_", "LAMBDA_", "COVERAGE_"))
    }
    return inherited | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": secret_key,
        "AWS_DEFAULT_REGION": REGION,
        "TMPDIR": str(scratch),
        "S3_DATA_DIR": str(scratch / "s3"),
        "LOG_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
    }

"""The folder for local mode's files. `Home` starts, finds and stops the emulator's process.

The emulator and the stream poller share one process group (see `hookline.local.process.daemon`). Every process of this
group holds a file lock while it runs. The file `emulator.json` has the id of the process group. After a crash, no
process holds the lock. Then hookline ignores the old id, because the id can now belong to an unrelated process, which
hookline must not stop.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, cast

from hookline.errors import UserError
from hookline.local import development_certificate
from hookline.local.development_certificate import DevelopmentCertificate
from hookline.local.process.emulator import Emulator, environment, free_port, usable_port

START_SECONDS = 30.0
STOP_SECONDS = 5.0
LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Home:
    """The folder with all files of local mode (`.hookline` beside `Pulumi.yaml`)."""

    path: Path

    @property
    def log(self) -> Path:
        """The log file, with the output of the emulator, the functions and the poller."""
        return self.path / "emulator.log"

    @property
    def scratch(self) -> Path:
        """The folder of the emulator's temporary files."""
        return self.path / "scratch"

    @property
    def certificate(self) -> DevelopmentCertificate | None:
        """The development certificate for PayPal; None before the first start."""
        return development_certificate.load(self._certificate)

    @property
    def _certificate(self) -> Path:
        return self.path / "paypal.json"

    @property
    def _record(self) -> Path:
        return self.path / "emulator.json"

    @property
    def _alive(self) -> Path:
        return self.path / "alive.lock"

    @contextmanager
    def exclusive(self) -> Generator[None]:
        """Let only one `hookline up` or `hookline down` run at a time. Raise `UserError` if another one runs."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.path / "command.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UserError("another hookline command is running here: wait until it has finished") from None
            yield

    def find(self) -> Emulator | None:
        """Return the running emulator. Return None if no emulator runs, even if a crash left `emulator.json`."""
        emulator = self._read()
        return emulator if emulator and self._anything_alive() and _runs(emulator.pid) and emulator.healthy() else None

    def start(self, port: int | None = None) -> Emulator:
        """Start the emulator and wait until it answers. After an error, stop the processes that were started.

        Args:
            port: the TCP port; None for 4566, or for any free port if 4566 is taken.

        Raises:
            UserError: if the port is taken, ministack is not installed, or the emulator does not start.
        """
        if importlib.util.find_spec("ministack") is None:
            raise UserError("the emulator is not installed: run `make`, or `pip install 'hookline[local]'`")
        self.stop()
        if not self._ended():  # an emulator without `emulator.json` ends by itself, see `daemon.main`
            raise UserError(f"an emulator runs here, but its record {self._record} is missing: end its process first")
        emulator = self._come_up(usable_port(port))
        if emulator is None and port is None:
            emulator = self._come_up(free_port())  # another process has perhaps just taken the first port
        if emulator is None:
            raise UserError(f"the emulator did not start: see its log {self.log}")
        return emulator

    def stop(self) -> bool:
        """Stop the emulator's processes and remove its temporary files. Return True if a process ran."""
        emulator = self._read()
        running = emulator is not None and self._anything_alive()
        if emulator and running:
            self._end(emulator.pid)
        self._record.unlink(missing_ok=True)
        shutil.rmtree(self.scratch, ignore_errors=True)
        return running

    def _come_up(self, port: int) -> Emulator | None:
        self.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        emulator: Emulator | None = None
        try:
            emulator = self._answering(self._spawn(port))
        finally:
            if emulator is None:
                self.stop()
        return emulator

    def _spawn(self, port: int) -> Emulator:
        access_key, secret_key = "AKIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30)
        certificate = development_certificate.load_or_make(self._certificate).pem
        with self._alive.open("w") as alive, self.log.open("wb") as log:
            fcntl.flock(alive, fcntl.LOCK_EX)
            process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-m", "hookline.local.process.daemon", str(alive.fileno())],
                env=environment(port, access_key, secret_key, self.scratch, certificate),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[alive.fileno()],
            )
        emulator = Emulator(process.pid, port, access_key, secret_key)
        # Python warns if a child process still runs when its `Popen` object is deleted. This child must run on, so the
        # exit status 0 prevents the warning.
        process.returncode = 0
        # The new process waits for a line on its standard input, and ends if no line arrives. The line is written after
        # `emulator.json`, so no emulator runs without this file.
        with suppress(BrokenPipeError), cast("IO[bytes]", process.stdin) as go:
            self._write(emulator)
            go.write(b"go\n")
        return emulator

    def _answering(self, emulator: Emulator) -> Emulator | None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._anything_alive():
            if emulator.healthy():
                return emulator
            time.sleep(LOOK_SECONDS)
        return None

    def _anything_alive(self) -> bool:
        """Return True if a process of the emulator's group holds the lock."""
        if not self._alive.exists():
            return False
        with self._alive.open() as alive:
            try:
                fcntl.flock(alive, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared, so that two readers do not block each other
            except BlockingIOError:
                return True
        return False

    def _end(self, group: int) -> None:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(group, sign)
            if self._ended():
                break
        _reap(group)

    def _ended(self) -> bool:
        """Wait until all processes of the emulator have ended. Return False if one still runs after 5 seconds."""
        deadline = time.monotonic() + STOP_SECONDS
        while self._anything_alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_SECONDS)
        return True

    def _read(self) -> Emulator | None:
        try:
            return Emulator(**json.loads(self._record.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def _write(self, emulator: Emulator) -> None:
        self._record.touch(mode=0o600)
        self._record.write_text(json.dumps(asdict(emulator)))


def _runs(pid: int) -> bool:
    _reap(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _reap(pid: int) -> None:
    """Collect the exit status of an ended emulator that is a child process, so that no zombie process stays."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)

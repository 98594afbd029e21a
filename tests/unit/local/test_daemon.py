"""The background process with the emulator and the poller; a small child process stands for the emulator."""

from __future__ import annotations

import io
import os
import runpy
import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from hookline.local.cloud import Cloud
from hookline.local.process import daemon
from hookline.local.stand_ins import poller


@pytest.fixture(autouse=True)
def _as_started(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the arguments and environment of the process, and restore its signal handlers afterwards."""
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: None)  # not SIG_IGN, because a child would inherit it
    inherited, other = os.pipe()
    monkeypatch.setattr(sys, "argv", ["daemon", str(inherited)])
    monkeypatch.setattr(sys, "stdin", io.StringIO("go\n"))
    for name, value in (("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "s"), ("GATEWAY_PORT", "9")):
        monkeypatch.setenv(name, value)
    yield
    os.close(inherited)
    os.close(other)
    signal.signal(signal.SIGTERM, before)


def emulator(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Replace the emulator with a line of Python."""
    monkeypatch.setattr(daemon, "EMULATOR", [sys.executable, "-S", "-c", code])


def test_it_polls_while_the_emulator_runs_and_ends_with_its_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """The poller signs with the root key, and stops with the emulator."""
    polled: list[tuple[Cloud, threading.Event]] = []
    began = threading.Event()

    def poll(root: Cloud, stopping: threading.Event) -> None:
        polled.append((root, stopping))
        began.set()

    monkeypatch.setattr(poller, "poll_forever", poll)
    emulator(monkeypatch, "import sys; sys.exit(3)")
    assert daemon.main() == 3
    assert began.wait(30)
    root, stopping = polled[0]
    assert stopping.is_set()
    assert (root.endpoint, root.credentials.access_key) == ("http://127.0.0.1:9", "AKIA")


def test_the_emulator_inherits_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is held until both processes have ended."""
    monkeypatch.setattr(poller, "poll_forever", lambda _root, _stopping: None)
    emulator(monkeypatch, f"import os; os.fstat({sys.argv[1]})")
    assert daemon.main() == 0


def test_a_signal_ends_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM also stops the emulator."""
    monkeypatch.setattr(poller, "poll_forever", lambda _root, _stopping: None)
    emulator(
        monkeypatch,
        "import os, signal, time\nwhile True: os.kill(os.getppid(), signal.SIGTERM); time.sleep(0.05)",
    )
    assert daemon.main() == -signal.SIGTERM


def test_nothing_starts_if_the_starting_process_has_died(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the start line on standard input, the process does not start the emulator."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    emulator(monkeypatch, "raise SystemExit('this must not run')")
    assert daemon.main() == 1


def test_it_is_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m hookline.local.process.daemon` exits with the status of `main`."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    monkeypatch.delitem(sys.modules, "hookline.local.process.daemon")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("hookline.local.process.daemon", run_name="__main__")
    assert ended.value.code == 1

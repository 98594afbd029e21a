"""The background process: the emulator and the poller beside it. A harmless child plays the emulator."""

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
    """The arguments and environment with which it is started, and its signal handlers put back."""
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: None)  # not SIG_IGN, which a child would inherit
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
    """Lets a line of Python play the emulator."""
    monkeypatch.setattr(daemon, "EMULATOR", [sys.executable, "-S", "-c", code])


def test_it_polls_while_the_emulator_runs_and_ends_with_its_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """The poller is told to stop; it signs as the emulator's root."""
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
    """So the lock is held for as long as either lives."""
    monkeypatch.setattr(poller, "poll_forever", lambda _root, _stopping: None)
    emulator(monkeypatch, f"import os; os.fstat({sys.argv[1]})")
    assert daemon.main() == 0


def test_a_signal_ends_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """And with it everything."""
    monkeypatch.setattr(poller, "poll_forever", lambda _root, _stopping: None)
    emulator(
        monkeypatch,
        "import os, signal, time\nwhile True: os.kill(os.getppid(), signal.SIGTERM); time.sleep(0.05)",
    )
    assert daemon.main() == -signal.SIGTERM


def test_nothing_starts_if_the_starting_process_has_died(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its line nobody knows of this process."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    emulator(monkeypatch, "raise SystemExit('this must not run')")
    assert daemon.main() == 1


def test_it_is_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m hookline.local.process.daemon` runs it, and exits with its status."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    monkeypatch.delitem(sys.modules, "hookline.local.process.daemon")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("hookline.local.process.daemon", run_name="__main__")
    assert ended.value.code == 1

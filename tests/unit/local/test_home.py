"""The emulator's process is started, found and stopped; a script stands for the emulator."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.waiting import wait_until

from hookline.errors import UserError
from hookline.local.process import emulator as emulators
from hookline.local.process import home as homes
from hookline.local.process.emulator import Emulator, free_port
from hookline.local.process.home import Home

ANSWER = """
import http.server, json, os
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"edition": os.environ["MINISTACK_EDITION"]}).encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["GATEWAY_PORT"])), Health).serve_forever()
"""
HANG = "import time\ntime.sleep(600)\n"
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
WITH_A_MEMBER = "import os\nif os.fork() == 0:\n    import time\n    time.sleep(600)\n"

Play = Callable[[str], Home]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    """Return a function that makes a home whose emulator is a script."""
    home = Home(tmp_path / ".hookline")
    home.path.mkdir()
    interpreter = sys.executable

    def made(code: str) -> Home:
        script = tmp_path / "emulator"
        script.write_text(f"#!{interpreter}\n{code}")
        script.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(script))
        return home

    yield made
    home.stop()


def nothing_left(home: Home) -> bool:
    """Return whether all processes, records and temporary files are gone."""
    return not home._anything_alive() and not home._record.exists() and not home.scratch.exists()


def test_an_emulator_is_started_found_and_stopped(play: Play) -> None:
    """Only the owner can read the record, and `stop` removes all files."""
    home = play(ANSWER)
    assert (home.find(), home.stop()) == (None, False)
    started = home.start()
    assert home.find() == started
    assert started.endpoint == f"http://127.0.0.1:{started.port}"
    assert started.cloud().credentials.secret_key == started.secret_key
    assert stat.S_IMODE(home._record.stat().st_mode) == 0o600
    assert home.scratch.is_dir()
    assert home.stop()
    assert nothing_left(home)
    assert home.find() is None


def test_a_second_start_replaces_the_first(play: Play) -> None:
    """The second emulator has other credentials."""
    home = play(ANSWER)
    first = home.start()
    second = home.start()
    assert first.access_key != second.access_key
    assert home.find() == second
    assert not first.healthy()


def test_another_emulator_at_the_same_port_is_not_this_one(play: Play) -> None:
    """The health page identifies the emulator."""
    started = play(ANSWER).start()
    assert started.healthy()
    assert not Emulator(started.pid, started.port, "AKIAOTHER", "x").healthy()


def test_the_default_port_is_used_if_it_is_free_and_any_other_if_not(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the default port is in use, the emulator takes a free one."""
    home = play(ANSWER)
    monkeypatch.setattr(emulators, "DEFAULT_PORT", free_port())
    assert home.start().port == emulators.DEFAULT_PORT
    home.stop()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(emulators, "DEFAULT_PORT", taken.getsockname()[1])
        assert home.start().port != emulators.DEFAULT_PORT


def test_a_wanted_port_is_used_or_the_error_names_the_option(play: Play) -> None:
    """The emulator uses a requested port, or the start fails."""
    home, port = play(ANSWER), free_port()
    assert home.start(port).port == port
    home.stop()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(UserError, match=f"port {port} is taken: choose another with --port"):
            home.start(port)
    for wrong in (0, -1, 65536):
        with pytest.raises(UserError, match=f"{wrong} is not a TCP port: choose a port from 1 to 65535 with --port"):
            home.start(wrong)
    assert nothing_left(home)


def test_a_missing_emulator_names_the_fix(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator is an optional dependency."""
    monkeypatch.setattr(homes.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(UserError, match=r"not installed: run `make`, or `pip install 'hookline\[local\]'`"):
        play(ANSWER).start()


@pytest.mark.parametrize("record", ["{", "[]", '{"pid": 1}', ""])
def test_a_record_that_makes_no_sense_is_none(play: Play, record: str) -> None:
    """A crash may leave an incomplete record."""
    home = play(ANSWER)
    home._record.write_text(record)
    assert home.find() is None
    assert not home.stop()
    assert not home._record.exists()


def test_a_stale_record_stops_nobody(play: Play) -> None:
    """The process id in an old record may belong to another process, here to this one."""
    home = play(ANSWER)
    home._record.write_text(json.dumps({"pid": os.getpgid(0), "port": 1, "access_key": "a", "secret_key": "b"}))
    home._alive.touch()
    assert home.find() is None
    assert not home.stop()
    assert nothing_left(home)


def test_a_dead_leader_is_no_emulator_but_its_members_are_stopped(play: Play) -> None:
    """Without the leader there is no poller, but other processes of the group run until `stop`."""
    home = play(WITH_A_MEMBER + ANSWER)
    started = home.start()
    os.kill(started.pid, signal.SIGKILL)
    wait_until(lambda: home.find() is None)
    assert home._anything_alive()
    assert home.stop()
    assert nothing_left(home)


def test_an_emulator_that_hangs_is_none(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next start stops it and starts a new one."""
    home = play(ANSWER)
    started = home.start()
    monkeypatch.setattr(emulators, "HEALTH_SECONDS", 0.2)
    os.kill(started.pid, signal.SIGSTOP)
    assert home.find() is None
    monkeypatch.setattr(homes, "STOP_SECONDS", 0.2)
    monkeypatch.setattr(emulators, "HEALTH_SECONDS", 5.0)
    assert home.start() == home.find()


def test_two_commands_cannot_be_at_work(play: Play) -> None:
    """A second command fails while the first one is running."""
    home = play(ANSWER)
    with home.exclusive():  # noqa: SIM117 - the second is the one that fails
        with pytest.raises(UserError, match="another hookline command is running here"), home.exclusive():
            pass
    with home.exclusive():
        pass


def test_an_emulator_that_ends_at_once_leaves_nothing(play: Play) -> None:
    """The error names the log; without a requested port, a second port is tried."""
    home = play("import os, pathlib\nprint('port', os.environ['GATEWAY_PORT'])\n")
    with pytest.raises(UserError, match=r"the emulator did not start: see its log .*emulator\.log"):
        home.start()
    assert nothing_left(home)
    with pytest.raises(UserError, match="did not start"):
        home.start(free_port())
    assert home.log.read_text().startswith("port ")


def test_an_emulator_that_never_answers_is_ended(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """`start` gives up after its timeout."""
    monkeypatch.setattr(homes, "START_SECONDS", 0.2)
    home = play(HANG)
    with pytest.raises(UserError, match="did not start"):
        home.start(free_port())
    assert nothing_left(home)


def test_an_interrupted_start_leaves_nothing(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C during the start leaves no process."""

    def interrupt(_emulator: Emulator) -> bool:
        raise KeyboardInterrupt

    home = play(HANG)
    monkeypatch.setattr(Emulator, "healthy", interrupt)
    with pytest.raises(KeyboardInterrupt):
        home.start()
    assert nothing_left(home)


def test_one_that_ignores_the_polite_signal_is_killed(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a timeout, `stop` kills an emulator that ignores SIGTERM."""
    monkeypatch.setattr(homes, "STOP_SECONDS", 0.2)
    home = play(STUBBORN + ANSWER)
    home.start()
    assert home.stop()
    assert nothing_left(home)


def test_one_that_even_survives_that_is_left_to_its_fate(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process may be in an uninterruptible wait and survive SIGKILL. The next start then fails with a message."""
    home = play(ANSWER)
    started = home.start()
    with monkeypatch.context() as patched:
        patched.setattr(homes, "STOP_SECONDS", 0.05)
        patched.setattr(homes.os, "killpg", lambda _group, _sign: None)
        assert home.stop()
    assert home._anything_alive()
    with pytest.raises(UserError, match=r"an emulator runs here, but its record .* is missing: end its process first"):
        home.start()
    os.killpg(started.pid, signal.SIGKILL)
    os.waitpid(started.pid, 0)


def test_one_that_has_just_ended_needs_no_signal(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process may end between the check and the signal."""
    home = play(ANSWER)
    started = home.start()
    monkeypatch.setattr(home.__class__, "_anything_alive", lambda _home: False)
    os.killpg(started.pid, signal.SIGKILL)
    os.waitpid(started.pid, 0)
    home._end(started.pid)
    assert not homes._runs(started.pid)


def test_the_emulators_environment_is_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment has no secrets, proxies or emulator settings of the user. The emulator writes to one folder."""
    for name in ("AWS_PROFILE", "HTTP_PROXY", "PERSIST_STATE", "SERVICES", "MY_TOKEN", "LAMBDA_EXECUTOR"):
        monkeypatch.setenv(name, "x")
    monkeypatch.delenv("TZ", raising=False)
    environment = emulators.environment(1234, "key", "secret", tmp_path, "certificate")
    assert not {"AWS_PROFILE", "HTTP_PROXY", "PERSIST_STATE", "SERVICES", "MY_TOKEN", "LAMBDA_EXECUTOR"} & set(
        environment
    )
    assert environment["PATH"] == os.environ["PATH"]
    assert (environment["BIND_HOST"], environment["GATEWAY_PORT"], environment["AUTH"]) == ("127.0.0.1", "1234", "true")
    assert all(environment[name].startswith(str(tmp_path)) for name in ("TMPDIR", "STATE_DIR", "S3_DATA_DIR"))

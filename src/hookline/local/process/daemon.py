"""The background process of local mode: it starts the emulator, polls streams, and delivers events from the bus."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

EMULATOR = [sys.executable, "-m", "hookline.local.process.gated_emulator"]


def main() -> int:
    """Run the emulator until it ends or a SIGTERM arrives. Return the emulator's exit status.

    `hookline up` starts the background process, and saves the id of the process and the emulator's port in a file. Then
    `hookline up` writes a line to the standard input of the background process. If the standard input ends without a
    line, `hookline up` has died. In that case, `main` returns 1 and does not start the emulator.
    """
    if not sys.stdin.readline():
        return 1
    emulator = subprocess.Popen(EMULATOR, stdin=subprocess.DEVNULL, pass_fds=[int(sys.argv[1])])  # noqa: S603 - no shell

    def end(_signal: int, _frame: object) -> None:
        emulator.terminate()

    signal.signal(signal.SIGTERM, end)
    stopping = threading.Event()
    threading.Thread(target=_poll, args=(stopping,), daemon=True).start()
    status = emulator.wait()
    stopping.set()
    return status


def _poll(stopping: threading.Event) -> None:
    # These imports take time. `_poll` runs beside the emulator, so they do not delay the emulator's start.
    from hookline.local.cloud import Cloud, Credentials  # noqa: PLC0415
    from hookline.local.stand_ins.bus import deliver_forever  # noqa: PLC0415
    from hookline.local.stand_ins.poller import poll_forever, print_to_log  # noqa: PLC0415

    credentials = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    root = Cloud(f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}", credentials)
    threading.Thread(target=deliver_forever, args=(root, stopping, print_to_log), daemon=True).start()
    poll_forever(root, stopping)


if __name__ == "__main__":
    sys.exit(main())

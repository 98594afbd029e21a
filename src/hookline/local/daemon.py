"""What runs in the background: the emulator, and beside it what feeds the consumers of streams and buses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

from hookline.local.bus import deliver_forever
from hookline.local.cloud import Cloud, Credentials
from hookline.local.poller import poll_forever, print_to_log


def main() -> int:
    """Runs until the emulator ends or a SIGTERM arrives; the exit status is the emulator's."""
    alive = int(sys.argv[1])
    emulator = subprocess.Popen([sys.executable, "-m", "ministack"], pass_fds=[alive])

    def end(_signal: int, _frame: object) -> None:
        emulator.terminate()

    signal.signal(signal.SIGTERM, end)
    stopping = threading.Event()
    poller = threading.Thread(target=poll_forever, args=(_root(), stopping), daemon=True)
    poller.start()
    threading.Thread(target=deliver_forever, args=(_root(), stopping, print_to_log), daemon=True).start()
    status = emulator.wait()
    stopping.set()
    return status


def _root() -> Cloud:
    credentials = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    return Cloud(f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}", credentials)


if __name__ == "__main__":
    sys.exit(main())

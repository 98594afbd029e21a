"""A helper that waits for a condition."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0


def wait_until(true: Callable[[], object]) -> None:
    """Wait for a condition; fail the test if it stays false for `PATIENCE_SECONDS`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "the condition stayed false"
        time.sleep(0.01)

"""How long the running invocation may still wait for AWS."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

RESERVE_MILLISECONDS = 500
"""What a function keeps of its time, to write its log line and to answer."""

NO_LIMIT_MILLISECONDS = 900_000
"""Longest invocation that there is; the limit while no invocation runs."""


class Deadline:
    """The end of the running invocation, known to every client."""

    def __init__(self) -> None:
        self._remaining: Callable[[], int] = lambda: NO_LIMIT_MILLISECONDS

    def begin(self, context: object) -> None:
        """Take the limit of an invocation from its Lambda context."""
        self._remaining = getattr(context, "get_remaining_time_in_millis", self._remaining)

    def seconds_left(self) -> float:
        """Return how long a call may take from now on, in seconds; zero or less when there is no time for one."""
        return (self._remaining() - RESERVE_MILLISECONDS) / 1000


DEADLINE = Deadline()
"""The one of this process: Lambda runs one invocation at a time in an execution environment."""


def seconds_until(ends: float) -> float:
    """Return how long it is until a point in time of the monotonic clock.

    Raises:
        TimeoutError: when it has passed.
    """
    left = ends - monotonic()
    if left <= 0:
        raise TimeoutError
    return left

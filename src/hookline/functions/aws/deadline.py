"""The deadline of the running invocation, which limits the wait for AWS."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

RESERVE_MILLISECONDS = 500
"""Time that a function reserves for its log line and its answer."""

NO_LIMIT_MILLISECONDS = 900_000
"""Maximum duration of a Lambda invocation. This is the limit when no invocation runs."""


class Deadline:
    """The deadline of the running invocation, shared by all clients."""

    def __init__(self) -> None:
        self._remaining: Callable[[], int] = lambda: NO_LIMIT_MILLISECONDS

    def begin(self, context: object) -> None:
        """Read the remaining time from the Lambda context of a new invocation."""
        self._remaining = getattr(context, "get_remaining_time_in_millis", self._remaining)

    def seconds_left(self) -> float:
        """Return the seconds that a call may take from now on. Zero or less means that there is no time for a call."""
        return (self._remaining() - RESERVE_MILLISECONDS) / 1000


DEADLINE = Deadline()
"""The deadline of this process. Lambda runs one invocation at a time in an execution environment."""


def seconds_until(ends: float) -> float:
    """Return the seconds until a time of the monotonic clock.

    Raises:
        TimeoutError: when the time has passed.
    """
    left = ends - monotonic()
    if left <= 0:
        raise TimeoutError
    return left

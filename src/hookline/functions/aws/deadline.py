"""The deadline of the running Lambda invocation, which limits how long the function waits for AWS."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

RESERVE_MILLISECONDS = 500
"""Time in milliseconds that a function reserves for its log line and its answer."""

NO_LIMIT_MILLISECONDS = 900_000
"""Maximum duration of a Lambda invocation in milliseconds. It is also the limit while no invocation runs."""


class Deadline:
    """The deadline of the running Lambda invocation. All AWS clients use the same deadline."""

    def __init__(self) -> None:
        self._remaining: Callable[[], int] = lambda: NO_LIMIT_MILLISECONDS

    def begin(self, context: object) -> None:
        """Read the remaining time from the Lambda context of a new invocation."""
        self._remaining = getattr(context, "get_remaining_time_in_millis", self._remaining)

    def seconds_left(self) -> float:
        """Return the seconds that a call to AWS may take from now on. Zero or less means that no time is left."""
        return (self._remaining() - RESERVE_MILLISECONDS) / 1000


DEADLINE = Deadline()
"""The deadline of this process. Lambda runs one invocation at a time in an execution environment."""


def seconds_until(ends: float) -> float:
    """Return the seconds from now until a time of the monotonic clock.

    Raises:
        TimeoutError: when the time has passed.
    """
    left = ends - monotonic()
    if left <= 0:
        raise TimeoutError
    return left

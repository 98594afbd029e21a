"""Parts of a run that coverage leaves out: tracing doubles the time of what runs a whole program."""

from collections.abc import Generator
from contextlib import contextmanager

from coverage import Coverage


@contextmanager
def untraced() -> Generator[None]:
    """Do not trace what happens inside, in this thread and in threads that start inside."""
    tracing = Coverage.current()
    if tracing:
        tracing.stop()
    try:
        yield
    finally:
        if tracing:
            tracing.start()

"""How every call to AWS fails, whichever client makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class AwsError(Exception):
    """AWS refused a call, or could not be reached.

    Attributes:
        code: the service's error code, such as ``AccessDeniedException``, or else what kind of failure it was; it may
            be logged.
        answer: the service's answer as it was decoded; empty when there was none, as after a timeout.
    """

    def __init__(self, code: str, answer: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.answer = answer or {}


class Transient(AwsError):  # noqa: N818 - the kind of AwsError that may pass
    """A failure that may be gone at the next attempt; whether the call took effect is not known.

    Attributes:
        at_once: whether there is nothing to wait for, as when a kept connection turns out to be closed.
    """

    def __init__(self, code: str, answer: Mapping[str, Any] | None = None, *, at_once: bool = False) -> None:
        super().__init__(code, answer)
        self.at_once = at_once

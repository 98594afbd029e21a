"""The exceptions of all calls to AWS, with hookline's own clients and with botocore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class AwsError(Exception):
    """A call that AWS rejected, or a failure to reach AWS.

    Attributes:
        code: error code for the log: the code of the service, such as ``AccessDeniedException``, or the type of
            failure.
        answer: decoded answer of the service, empty without an answer, for example after a timeout.
    """

    def __init__(self, code: str, answer: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.answer = answer or {}


class Transient(AwsError):  # noqa: N818 - named for the retry decision
    """A temporary failure. The service has possibly executed the call.

    Attributes:
        at_once: whether to retry without a pause, for example when the service has closed a kept connection.
    """

    def __init__(self, code: str, answer: Mapping[str, Any] | None = None, *, at_once: bool = False) -> None:
        super().__init__(code, answer)
        self.at_once = at_once

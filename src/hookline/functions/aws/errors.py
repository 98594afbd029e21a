"""The exceptions for failed calls to AWS. hookline's own clients and the wrapper of botocore raise them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class AwsError(Exception):
    """The exception for a call that AWS rejected or did not answer.

    Attributes:
        code: error code for the log: the code of the service, such as ``AccessDeniedException``, or the type of
            failure.
        answer: decoded answer of the service. Empty if there is no answer, for example after a timeout.
    """

    def __init__(self, code: str, answer: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.answer = answer or {}


class Transient(AwsError):  # noqa: N818 - the name says that a retry is possible
    """The exception for a temporary failure of a call to AWS. The service has possibly executed the call.

    Attributes:
        at_once: whether to retry without a pause, for example when the service has closed an idle connection.
    """

    def __init__(self, code: str, answer: Mapping[str, Any] | None = None, *, at_once: bool = False) -> None:
        super().__init__(code, answer)
        self.at_once = at_once

"""A call to AWS: signed, sent over a kept connection, and made again where that is right."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from time import sleep
from typing import Any

from hookline.functions.aws.answer import HttpAnswer
from hookline.functions.aws.connection import Connection
from hookline.functions.aws.deadline import DEADLINE
from hookline.functions.aws.endpoint import Endpoint, region
from hookline.functions.aws.errors import AwsError, Transient
from hookline.functions.aws.signature import RequestSigner

ATTEMPTS = 3
"""How often a call is made at most; beyond that the sender, the stream or the queue tries again."""

FIRST_PAUSE_SECONDS = 0.05
"""Longest pause before the second attempt; before the third it is twice that."""

THROTTLED = frozenset(
    (
        "KmsThrottled",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    )
)
"""Error codes by which a service asks for another attempt ("Retry behavior" in the AWS SDKs and tools guide), and SQS
for its key."""

_PASSING = (408, 429)
"""Status codes below 500 of what may pass: too slow, and too many."""


class Client:
    """Calls one service.

    Every call that hookline makes may take effect twice: writes are conditional, or under a name made from their
    content, or may be repeated by what at-least-once means. So a call whose answer was lost is made again.

    Not for several threads: Lambda runs one invocation at a time in an execution environment.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        signing_name: str,
        read_error: Callable[[HttpAnswer], tuple[str, Mapping[str, Any]]],
        pause: Callable[[float], object] = sleep,
    ) -> None:
        """Prepare; nothing is sent.

        Args:
            endpoint: where the service is.
            signing_name: the name that signatures know it by.
            read_error: reads error code and details out of an answer that refuses.
            pause: waits for some seconds.
        """
        self._connection = Connection(endpoint)
        self._host = endpoint.authority
        self._signer = RequestSigner(signing_name, region())
        self._read_error = read_error
        self._pause = pause

    def connect(self) -> None:
        """Open the connection ahead of the first call; a failure is left for that call to meet."""
        try:
            self._connection.open()
        except AwsError:
            self.close()

    def close(self) -> None:
        """Close the connection; the next call opens another one."""
        self._connection.close()

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """Make a call, and again after a failure that may pass, with growing random pauses ("full jitter").

        Args:
            method: of HTTP.
            path: percent-encoded.
            headers: the call's own, names in lower case.
            body: the exact bytes to send.

        Returns:
            The answer, which is a good one.

        Raises:
            AwsError: when the service refuses the call, or there was no answer in time.
        """
        signed = self._signer.sign(method, path, {"host": self._host, **headers}, body)
        request = _write(method, path, signed, body)
        for attempt in range(ATTEMPTS - 1):
            try:
                return self._try(request)
            except Transient as failure:
                if not failure.at_once:
                    self._pause(FIRST_PAUSE_SECONDS * 2**attempt * _fraction())
        return self._try(request)

    def _try(self, request: bytes) -> HttpAnswer:
        seconds = DEADLINE.seconds_left()
        if seconds <= 0:
            raise AwsError("OutOfTime")
        answer = self._connection.exchange(request, seconds)
        if answer.status < 300:
            return answer
        code, details = self._read_error(answer)
        may_pass = answer.status >= 500 or answer.status in _PASSING or code in THROTTLED
        raise (Transient if may_pass else AwsError)(code, details)


def _write(method: str, path: str, signed: Mapping[str, str], body: bytes) -> bytes:
    trace = os.environ.get("_X_AMZN_TRACE_ID", "")
    lines = [f"{method} {path} HTTP/1.1", *[f"{name}: {value}" for name, value in signed.items()]]
    if trace.isascii() and trace.isprintable() and trace:
        lines.append(f"x-amzn-trace-id: {trace}")
    lines.append(f"content-length: {len(body)}\r\n\r\n")
    return "\r\n".join(lines).encode() + body


def _fraction() -> float:
    """Return a random number from 0 to 1; the module ``random`` costs a start more than this."""
    return os.urandom(1)[0] / 255

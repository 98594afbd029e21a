"""A client for one AWS service, which signs requests, keeps its connection open, and retries after failures."""

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
"""Maximum number of attempts of a call to AWS. After that, the sender, the stream or the queue retries."""

FIRST_PAUSE_SECONDS = 0.05
"""Maximum pause in seconds before the second attempt. The maximum before the third attempt is twice as long."""

RETRIED = frozenset(
    (
        "ConditionalRequestConflict",
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
"""Error codes after which the client retries, from "Retry behavior" in the AWS SDKs and tools guide.

Two error codes are additional: ``KmsThrottled`` of SQS, and ``ConditionalRequestConflict`` of S3, which means that
another call is just writing the same object.
"""

_PASSING = (408, 429)
"""HTTP status codes below 500 after which the client retries: request timeout and too many requests."""


class Client:
    """A client for one AWS service.

    AWS can safely execute each of hookline's calls twice. A call that writes is conditional, or writes to a key that is
    a hash of the content, or sends something that may arrive more than once. So the client also retries a call that got
    no answer.

    The client is not thread-safe. It does not need to be, because Lambda runs one invocation at a time in an execution
    environment.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        signing_name: str,
        read_error: Callable[[HttpAnswer], tuple[str, Mapping[str, Any]]],
        pause: Callable[[float], object] = sleep,
    ) -> None:
        """Create a client without opening the connection.

        Args:
            endpoint: endpoint of the service.
            signing_name: name of the service in request signatures.
            read_error: returns the error code and the details from an error answer.
            pause: waits for a number of seconds.
        """
        self._connection = Connection(endpoint)
        self._host = endpoint.authority
        self._signer = RequestSigner(signing_name, region())
        self._read_error = read_error
        self._pause = pause

    def connect(self) -> None:
        """Open the connection before the first call. If this fails, the first call opens the connection."""
        try:
            self._connection.open()
        except AwsError:
            self.close()

    def close(self) -> None:
        """Close the connection. The next call opens a new connection."""
        self._connection.close()

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """Call the service, and retry after temporary failures with growing random pauses ("full jitter").

        Args:
            method: HTTP method.
            path: percent-encoded path.
            headers: additional headers, with names in lower case.
            body: the exact bytes of the request body.

        Returns:
            The answer, with a status below 300.

        Raises:
            AwsError: when the service rejects the call, or does not answer in time.
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
        may_pass = answer.status >= 500 or answer.status in _PASSING or code in RETRIED
        raise (Transient if may_pass else AwsError)(code, details)


def _write(method: str, path: str, signed: Mapping[str, str], body: bytes) -> bytes:
    trace = os.environ.get("_X_AMZN_TRACE_ID", "")
    lines = [f"{method} {path} HTTP/1.1", *[f"{name}: {value}" for name, value in signed.items()]]
    if trace.isascii() and trace.isprintable() and trace:
        lines.append(f"x-amzn-trace-id: {trace}")
    lines.append(f"content-length: {len(body)}\r\n\r\n")
    return "\r\n".join(lines).encode() + body


def _fraction() -> float:
    """Return a random number from 0 to 1. Importing the module ``random`` would make a cold start slower."""
    return os.urandom(1)[0] / 255

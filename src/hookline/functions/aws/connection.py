"""One kept-alive connection to a service of AWS.

``http.client`` would do, but it loads the e-mail package, which makes a start half as long again.
"""

from __future__ import annotations

from select import select
from socket import socket
from time import monotonic

from hookline.functions.aws.answer import HttpAnswer, Reader, read_answer
from hookline.functions.aws.deadline import seconds_until
from hookline.functions.aws.endpoint import Endpoint
from hookline.functions.aws.errors import Transient
from hookline.functions.aws.tls import connect

CONNECT_SECONDS = 1.0
"""Longest wait for a connection."""

ANSWER_SECONDS = 2.0
"""Longest wait for a whole answer."""

IDLE_SECONDS = 60.0
"""How long an unused connection is trusted: after that the network may have forgotten it without a word."""


class Connection:
    """A connection that is opened when it is first needed, and kept."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Prepare.

        Args:
            endpoint: whom to connect to.
        """
        self._endpoint = endpoint
        self._socket: socket | None = None
        self._touched_at = 0.0
        self._is_used = False

    def open(self, seconds: float = CONNECT_SECONDS) -> socket:
        """Connect, unless that was done, and return the socket.

        Args:
            seconds: longest wait.

        Raises:
            Transient: when nobody answers.
            AwsError: when whoever answers cannot prove to be AWS.
        """
        if self._socket is None:
            try:
                self._socket = connect(self._endpoint, min(seconds, CONNECT_SECONDS))
            except OSError as error:
                raise Transient(type(error).__name__) from None
            self._touched_at = monotonic()
            self._is_used = False
        return self._socket

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def exchange(self, request: bytes, seconds: float) -> HttpAnswer:
        """Send a request and return the whole answer.

        Args:
            request: head and body.
            seconds: longest wait.

        Raises:
            Transient: when there is no whole answer; ``at_once`` when a kept connection gave not one byte, for then the
                service has closed it meanwhile, as all of them do.
            AwsError: as ``open``.
        """
        ends = monotonic() + seconds
        self._drop_if_stale()
        connected = self.open(seconds)
        was_used = self._is_used
        ends = min(ends, monotonic() + ANSWER_SECONDS)
        reader = Reader(connected, ends)
        is_kept = False
        try:
            connected.settimeout(seconds_until(ends))
            connected.sendall(request)
            answer, is_kept = read_answer(reader)
        except (OSError, EOFError, ValueError) as error:
            closed_meanwhile = was_used and not reader.has_begun and not isinstance(error, TimeoutError)
            raise Transient(type(error).__name__, at_once=closed_meanwhile) from None
        finally:  # whatever was raised: the next request must not read what is left of this answer
            if not is_kept:
                self.close()
        self._touched_at = monotonic()
        self._is_used = True
        return answer

    def _drop_if_stale(self) -> None:
        """Close a connection that was idle for long, or says something before it is asked, such as that it ends.

        One that was never used has something to say: the tickets by which TLS 1.3 would resume the session.
        """
        if self._socket is None:
            return
        is_idle = monotonic() - self._touched_at > IDLE_SECONDS
        if is_idle or (self._is_used and select([self._socket], [], [], 0)[0]):
            self.close()

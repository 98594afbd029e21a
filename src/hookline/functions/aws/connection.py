"""A connection to an AWS service that stays open between requests.

Python's ``http.client`` is not used, because it imports the ``email`` package, which makes a cold start 50% longer.
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
"""Timeout in seconds for opening a connection to AWS."""

ANSWER_SECONDS = 2.0
"""Timeout in seconds for a complete answer of AWS."""

IDLE_SECONDS = 60.0
"""Maximum idle time of a connection in seconds. A longer idle connection was possibly dropped by the network."""


class Connection:
    """A connection to an AWS service. It is opened at the first use, and kept open."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Create a connection without opening it."""
        self._endpoint = endpoint
        self._socket: socket | None = None
        self._touched_at = 0.0
        self._is_used = False

    def open(self, seconds: float = CONNECT_SECONDS) -> socket:
        """Connect if necessary, and return the socket.

        Args:
            seconds: timeout, at most ``CONNECT_SECONDS``.

        Raises:
            Transient: when the connection fails.
            AwsError: when the certificate of the server is not trusted.
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
        """Close the connection. The next request opens a new connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def exchange(self, request: bytes, seconds: float) -> HttpAnswer:
        """Send a request and return the complete answer.

        Args:
            request: bytes of the whole request.
            seconds: timeout for the connection and the answer together.

        Raises:
            Transient: when there is no complete answer. ``at_once`` is True if an earlier request used the connection,
                and the connection breaks before any data of the answer arrives. Then the service has probably closed
                the connection while it was idle.
            AwsError: when the certificate of the server is not trusted.
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
        finally:  # after an exception, the connection is closed, so that the next request does not read the rest
            if not is_kept:
                self.close()
        self._touched_at = monotonic()
        self._is_used = True
        return answer

    def _drop_if_stale(self) -> None:
        """Close the connection if it was idle too long or has unexpected data, such as a close notification.

        A connection without an earlier request is not checked for data. Its data can be session tickets, which a TLS
        1.3 server sends after the handshake.
        """
        if self._socket is None:
            return
        is_idle = monotonic() - self._touched_at > IDLE_SECONDS
        if is_idle or (self._is_used and select([self._socket], [], [], 0)[0]):
            self.close()

"""One kept-alive connection to a service of AWS.

``http.client`` would do, but it loads the e-mail package, which makes a start half as long again.
"""

from time import monotonic

from hookline.functions.aws.answer import Reader, read_answer
from hookline.functions.aws.errors import Transient
from hookline.functions.aws.tls import connect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket

    from hookline.functions.aws.answer import Answer
    from hookline.functions.aws.endpoint import Endpoint

CONNECT_SECONDS = 1.0
"""Longest wait for a connection."""

ANSWER_SECONDS = 2.0
"""Longest wait for a whole answer."""


class Connection:
    """A connection that is opened when it is first needed, and kept."""

    def __init__(self, endpoint: "Endpoint") -> None:
        """Prepare.

        Args:
            endpoint: whom to connect to.
        """
        self._endpoint = endpoint
        self._socket: socket | None = None
        self._was_used = False

    def open(self, seconds: float = CONNECT_SECONDS) -> "socket":
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
            self._was_used = False
        return self._socket

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def exchange(self, request: bytes, seconds: float) -> "Answer":
        """Send a request and return the whole answer.

        Args:
            request: head and body.
            seconds: longest wait.

        Raises:
            Transient: when there is no whole answer; ``at_once`` when a kept connection gave not one byte, for then the
                service has closed it meanwhile, as all of them do.
            AwsError: as ``open``.
        """
        connected = self.open(seconds)
        was_used, self._was_used = self._was_used, True
        seconds = min(seconds, ANSWER_SECONDS)
        reader = Reader(connected, monotonic() + seconds)
        try:
            connected.settimeout(seconds)
            connected.sendall(request)
            answer, is_kept = read_answer(reader)
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise Transient(type(error).__name__, at_once=was_used and not reader.has_begun) from None
        if not is_kept:
            self.close()
        return answer

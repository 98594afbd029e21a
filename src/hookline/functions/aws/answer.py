"""A parser of HTTP/1.1 answers. It supports only the part of RFC 9112 that AWS services use."""

from __future__ import annotations

from socket import socket

from hookline.functions.aws.deadline import seconds_until

MAX_LINE_BYTES = 65_536
"""Maximum size in bytes of the status line and headers together. The size line of a chunk has the same limit."""

_READ_BYTES = 16_384


class HttpAnswer:
    """The HTTP answer of an AWS service.

    Attributes:
        status: HTTP status code.
        headers: header name in lower case → value.
        body: the whole body.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Reader:
    """A buffered reader of a socket, with a deadline.

    Every method can raise ``OSError`` when the connection breaks or the deadline has passed, ``EOFError`` when the
    server closes the connection, and ``ValueError`` when the data is malformed.

    Attributes:
        has_begun: whether the socket has received any data.
    """

    def __init__(self, source: socket, ends: float) -> None:
        """Create a reader of a socket.

        Args:
            source: a connected socket.
            ends: the deadline, in seconds of the monotonic clock.
        """
        self._source = source
        self._ends = ends
        self._buffer = bytearray()
        self.has_begun = False

    @property
    def has_more(self) -> bool:
        """Whether the buffer contains unread data."""
        return bool(self._buffer)

    def until(self, mark: bytes) -> bytes:
        """Return the data up to a byte sequence (``mark``), and remove data and ``mark`` from the buffer."""
        while (end := self._buffer.find(mark)) < 0:
            if len(self._buffer) > MAX_LINE_BYTES:
                raise ValueError("the expected end mark is missing")
            self._more()
        taken = bytes(self._buffer[:end])
        del self._buffer[: end + len(mark)]
        return taken

    def exactly(self, count: int) -> bytes:
        """Return the next ``count`` bytes, after waiting for them if necessary."""
        while len(self._buffer) < count:
            self._more()
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def rest(self) -> bytes:
        """Return all data that arrives until the server closes the connection."""
        try:
            while True:
                self._more()
        except EOFError:
            return self.exactly(len(self._buffer))

    def _more(self) -> None:
        self._source.settimeout(seconds_until(self._ends))
        data = self._source.recv(_READ_BYTES)
        if not data:
            raise EOFError
        self.has_begun = True
        self._buffer += data


def read_answer(reader: Reader) -> tuple[HttpAnswer, bool]:
    """Read the HTTP answer to a request with any method except HEAD.

    Returns:
        The answer, and whether the connection can be used again.

    Raises:
        OSError, EOFError, ValueError: when there is no complete answer.
    """
    status, headers = _read_head(reader)
    while status < 200:  # an interim answer, such as 100 Continue
        status, headers = _read_head(reader)
    length = headers.get("content-length")
    is_kept = headers.get("connection", "").lower() != "close"
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = _read_chunks(reader)
    elif length is None:
        body, is_kept = reader.rest(), False
    else:
        body = reader.exactly(_whole_number(length, 10))
    return HttpAnswer(status, headers, body), is_kept and not reader.has_more


def _read_head(reader: Reader) -> tuple[int, dict[str, str]]:
    first, *lines = reader.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if version != "HTTP/1.1":
        raise ValueError("the answer is not HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return int(rest[:3]), headers


def _read_chunks(reader: Reader) -> bytes:
    body = b""
    while size := _whole_number(reader.until(b"\r\n").partition(b";")[0].decode("latin-1"), 16):
        body += reader.exactly(size)
        reader.exactly(2)
    while reader.until(b"\r\n"):  # trailers
        pass
    return body


def _whole_number(text: str, base: int) -> int:
    if not (text.isascii() and text.isalnum()):
        raise ValueError("a length in the answer is not a number")
    return int(text, base)

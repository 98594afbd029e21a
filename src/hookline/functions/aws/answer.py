"""Reading one answer of HTTP/1.1: the part of RFC 9112 that the services of AWS use."""

from __future__ import annotations

from socket import socket

from hookline.functions.aws.deadline import seconds_until

MAX_LINE_BYTES = 65_536
"""Most bytes of an answer's head, and of the line before each chunk."""

_READ_BYTES = 16_384


class HttpAnswer:
    """What a service said.

    Attributes:
        status: HTTP status code.
        headers: by name in lower case.
        body: the whole of it.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Reader:
    """The bytes that come in on a socket, until a point in time.

    Every method raises OSError when the connection breaks or the time is over, EOFError when the other side ends it,
    and ValueError when what comes is no answer.

    Attributes:
        has_begun: whether anything has come.
    """

    def __init__(self, source: socket, ends: float) -> None:
        """Prepare.

        Args:
            source: a connected socket.
            ends: when the time is over, by the monotonic clock.
        """
        self._source = source
        self._ends = ends
        self._buffer = bytearray()
        self.has_begun = False

    @property
    def has_more(self) -> bool:
        """Whether something came that nobody has asked for."""
        return bool(self._buffer)

    def until(self, mark: bytes) -> bytes:
        """Return what comes before a mark, and pass over the mark."""
        while (end := self._buffer.find(mark)) < 0:
            if len(self._buffer) > MAX_LINE_BYTES:
                raise ValueError("no end")
            self._more()
        taken = bytes(self._buffer[:end])
        del self._buffer[: end + len(mark)]
        return taken

    def exactly(self, count: int) -> bytes:
        """Return the next bytes, as many as they are to be."""
        while len(self._buffer) < count:
            self._more()
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def rest(self) -> bytes:
        """Return all until the other side ends the connection."""
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
    """Read an answer to any request but HEAD.

    Returns:
        The answer, and whether the connection can be used again.

    Raises:
        OSError, EOFError, ValueError: when there is no whole answer.
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
        raise ValueError("not HTTP/1.1")
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
        raise ValueError("no length")
    return int(text, base)

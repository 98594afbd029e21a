"""A server that sends scripted bytes and records its requests."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, NamedTuple

Reply = bytes | None
"""The bytes to send for a request; None ends the connection without an answer."""


class Request(NamedTuple):
    """A received request.

    Attributes:
        method: HTTP method.
        path: path as received.
        headers: headers by name in lower case.
        body: the whole body, without chunked encoding.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def reply(status: int, body: bytes = b"{}", headers: dict[str, str] | None = None) -> bytes:
    """Return an answer with a Content-Length header."""
    lines = [f"HTTP/1.1 {status} Reason", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Server:
    """A server on a local port.

    Attributes:
        requests: received requests, in order.
        connections: number of accepted connections.
        script: answers by number of the request; the last answer is repeated. None ends the connection without an
            answer. An answer with "Connection: close" ends the connection afterwards.
        answer: a function that replaces the script, or None.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """Start to listen.

        Args:
            context: TLS settings, or None for plain HTTP.
        """
        self.requests: list[Request] = []
        self.connections = 0
        self.script: list[Reply] = [reply(200)]
        self.answer: Callable[[Request], Reply] | None = None
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The URL of the server."""
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Close all connections and stop listening."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self.hang_up()

    def hang_up(self) -> None:
        """Close all connections, as a service does with idle connections."""
        for connection in self._open:
            with suppress(OSError):  # already closed
                connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def say(self, unasked: bytes) -> None:
        """Send unexpected bytes on every connection."""
        for connection in self._open:
            connection.sendall(unasked)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            self._open.append(connection)
            with connection, connection.makefile("rb") as source:
                while request := _read(source):
                    self.requests.append(request)
                    said = self._reply(request)
                    if said is None:
                        return
                    connection.sendall(said)
                    if b"Connection: close" in said:
                        return
        except OSError:
            connection.close()

    def _reply(self, request: Request) -> Reply:
        if self.answer:
            return self.answer(request)
        return self.script[min(len(self.requests), len(self.script)) - 1]


def _read(source: BinaryIO) -> Request | None:
    """Read one request; return None at the end."""
    lines: list[str] = []
    while line := source.readline().decode("latin-1").rstrip("\r\n"):
        lines.append(line)
    if not lines:
        return None
    method, path, _ = lines[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return Request(method, path, headers, source.read(int(headers.get("content-length", "0"))))


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve during the `with` block."""
    server = Server(context)
    try:
        yield server
    finally:
        server.stop()

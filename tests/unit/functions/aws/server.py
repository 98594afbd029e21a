"""A server that says what a test scripts, byte for byte, and remembers what it was asked."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, NamedTuple

Reply = bytes | None
"""What goes out for a request; None ends the connection without an answer."""


class Request(NamedTuple):
    """What came in.

    Attributes:
        method: of HTTP.
        path: as it was sent.
        headers: by name in lower case.
        body: the whole of it, without any framing.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def reply(status: int, body: bytes = b"{}", headers: dict[str, str] | None = None) -> bytes:
    """Return an answer with its length."""
    lines = [f"HTTP/1.1 {status} Reason", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Server:
    """Serves on a port of this machine.

    Attributes:
        requests: what came in, in order.
        connections: how many there were.
        script: what goes out, by number of the request; after its end the last one is repeated. None ends the
            connection without an answer, and "Connection: close" in an answer ends it after that.
        answer: decides instead of the script, if not None.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """Begin to listen.

        Args:
            context: TLS, or None.
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
        """Where it is."""
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End every connection and stop listening."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self.hang_up()

    def hang_up(self) -> None:
        """End every connection, as a service does with one that was idle for long."""
        for connection in self._open:
            with suppress(OSError):  # ended already
                connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def say(self, unasked: bytes) -> None:
        """Say something on every connection that nobody has asked for."""
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
    """Read one request; None at the end."""
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
    """Serve while the block runs."""
    server = Server(context)
    try:
        yield server
    finally:
        server.stop()

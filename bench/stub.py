"""A local process that answers like AWS over TLS 1.3, and counts the calls.

    python -m bench.stub FOLDER

The stub uses the certificate in FOLDER and prints its port. Requests below `/-/` control the stub. `PUT /-/cloud`
resets the state and sets a secret and objects. `GET /-/calls` returns the calls since the last reset.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.authority import ADDRESS
from bench.services import Cloud, Request, Response

_REASON_BYTES = 2


class Handler(BaseHTTPRequestHandler):
    """A handler for the requests of one kept-alive connection; the base class answers `Expect: 100-continue`."""

    protocol_version = "HTTP/1.1"
    server: Stub
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_expect_100(self) -> bool:
        """Answer `Expect: 100-continue` at once, so that the client sends its body."""
        goes_on = super().handle_expect_100()
        self.wfile.flush()
        return goes_on

    def _serve(self) -> None:
        body, wire_bytes = self._read_body()
        head = len(self.raw_requestline) + sum(len(k) + len(v) + 4 for k, v in self.headers.items()) + _REASON_BYTES
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body, head + wire_bytes)
        with self.server.lock:
            response = (
                self.server.control(request) if self.path.startswith("/-/") else self.server.cloud.answer(request)
            )
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)
        self.wfile.flush()

    do_GET = do_PUT = do_POST = _serve

    def _read_body(self) -> tuple[bytes, int]:
        """Return the body and its bytes on the wire; add the trailers of a chunked body to the headers."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
                return body, len(body)
        else:
            body, wire_bytes = self._read_chunks()
            if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
                return body, wire_bytes
        return self._unpack(body), len(body)

    def _read_chunks(self) -> tuple[bytes, int]:
        body, wire_bytes = b"", 0
        while True:
            line = self.rfile.readline()
            size = int(line.partition(b";")[0], 16)
            wire_bytes += len(line) + size + 2
            chunk = self.rfile.read(size)
            self.rfile.readline()
            if not size:
                return body, wire_bytes
            body += chunk

    def _unpack(self, packed: bytes) -> bytes:
        """Decode `aws-chunked` ("Signature calculations … (chunked upload)" in the S3 API reference)."""
        body, rest = b"", packed
        while True:
            line, _, rest = rest.partition(b"\r\n")
            size = int(line.partition(b";")[0], 16)
            if not size:
                break
            body, rest = body + rest[:size], rest[size + 2 :]
        for trailer in filter(None, rest.split(b"\r\n")):
            name, _, value = trailer.decode().partition(":")
            self.headers[name] = value.strip()
        return body

    def log_message(self, *_: object) -> None:
        """Log no requests."""


class Stub(ThreadingHTTPServer):
    """The server.

    Attributes:
        cloud: the state that answers the requests.
        lock: allows one request at a time.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, certificate: Path) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_3
        self._tls.load_cert_chain(certificate)
        self.cloud = Cloud()
        self.lock = threading.Lock()
        super().__init__((ADDRESS, 0), Handler)

    def finish_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        """Do the TLS handshake in the connection's own thread."""
        with self._tls.wrap_socket(request, server_side=True) as encrypted:
            super().finish_request(encrypted, client_address)

    def handle_error(self, *_: object) -> None:
        """Ignore errors of the connection, such as a client that disconnects; report errors of the stub."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(*_)  # type: ignore[arg-type]

    def control(self, request: Request) -> Response:
        """Reset the cloud, or return the received calls."""
        if request.method == "PUT":
            given = json.loads(request.body)
            objects = {path: (body.encode(), {}) for path, body in given["objects"].items()}
            self.cloud = Cloud(secrets=given["secrets"], objects=objects)
            return Response(200, {}, b"")
        calls = [asdict(call) for call in self.cloud.calls]
        return Response(200, {"Content-Type": "application/json"}, json.dumps(calls).encode())


def main() -> None:
    """Serve until the parent process closes standard input."""
    stub = Stub(Path(sys.argv[1]) / "stub.pem")
    threading.Thread(target=stub.serve_forever, daemon=True).start()
    print(stub.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()

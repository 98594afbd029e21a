"""Signed requests to AWS over one kept-alive TLS connection: Signature Version 4 and HTTP/1.1, and nothing else."""

import functools
import hashlib
import hmac
import json
import os
import socket
import ssl
import time

_REGION = os.environ["AWS_REGION"]
_ACCESS_KEY = os.environ["AWS_ACCESS_KEY_ID"]
_SECRET_KEY = os.environ["AWS_SECRET_ACCESS_KEY"]
_TOKEN = os.environ["AWS_SESSION_TOKEN"]
_HOST = os.environ["AWS_ENDPOINT_URL"].removeprefix("https://")
encode = json.JSONEncoder(separators=(",", ":")).encode
"""Writes JSON without spaces."""

canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
"""The same, with sorted keys."""

_TLS = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])


class Service:
    """One service of AWS and the connection to it."""

    def __init__(self, name: str) -> None:
        self.name = name
        address, _, port = _HOST.partition(":")
        plain = socket.create_connection((address, int(port)))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = _TLS.wrap_socket(plain, server_hostname=address)

    def call(self, target: str, content_type: str, body: bytes) -> tuple[int, bytes]:
        """Call an operation of one of the JSON protocols; return the status and the answer."""
        digest = hashlib.sha256(body).hexdigest()
        headers = {"content-type": content_type, "x-amz-target": target}
        return self.send("POST", "/", headers, body, digest)

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes, digest: str) -> tuple[int, bytes]:
        """Send a signed request; return the status and the body of the answer.

        Args:
            method: of HTTP.
            path: percent-encoded.
            headers: to be signed, names in lower case.
            body: the bytes.
            digest: SHA-256 of the body in hex.
        """
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        signed = {**headers, "host": _HOST, "x-amz-date": moment, "x-amz-security-token": _TOKEN}
        if self.name == "s3":
            signed["x-amz-content-sha256"] = digest
        names = sorted(signed)
        lines = "".join([f"{name}:{signed[name]}\n" for name in names])
        listed = ";".join(names)
        canonical = f"{method}\n{path}\n\n{lines}\n{listed}\n{digest}"
        scope = f"{moment[:8]}/{_REGION}/{self.name}/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(_signing_key(moment[:8], self.name), to_sign.encode(), "sha256").hex()
        authorization = (
            f"AWS4-HMAC-SHA256 Credential={_ACCESS_KEY}/{scope},SignedHeaders={listed},Signature={signature}"
        )
        head = f"{method} {path} HTTP/1.1\n{lines}authorization:{authorization}\ncontent-length:{len(body)}\n\n"
        self.socket.sendall(head.replace("\n", "\r\n").encode() + body)
        return self._receive()

    def _receive(self) -> tuple[int, bytes]:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self.socket.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += self.socket.recv(65536)
        return int(head[9:12]), body


@functools.cache
def _signing_key(date: str, service: str) -> bytes:
    key = b"AWS4" + _SECRET_KEY.encode()
    for part in (date, _REGION, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def secret(arn: str) -> dict[str, list[str]]:
    """Read a secret that holds JSON."""
    request = encode({"SecretId": arn}).encode()
    _, answer = Service("secretsmanager").call("secretsmanager.GetSecretValue", "application/x-amz-json-1.1", request)
    return json.loads(json.loads(answer)["SecretString"])

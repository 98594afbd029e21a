"""The gate in front of the emulator, which rejects unauthorized requests.

The emulator itself trusts every request. But every web page in the developer's browser, and every other user of the
machine, can send requests to the emulator's port. So the gate, an ASGI application, wraps the emulator's application in
the same process. The gate passes on only three kinds of requests:

- AWS calls that are signed (Signature Version 4) with the root key, or with the session key of a function or a role;
- webhooks, to the addresses of `hookline.local.process.addresses`;
- requests for the health page.

The gate rejects requests that a browser sends for a page of another site. It also rejects requests whose header `Host`
is not a loopback name such as `localhost`, because an attacker's host name can lead to this machine (DNS rebinding).
Only a webhook whose endpoint requires a signature can have another host name, for example that of a tunnel.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from ministack.core import iam_evaluator, router, sigv4

from hookline.local.cloud import Credentials
from hookline.local.process.addresses import Addresses
from hookline.local.process.asgi import App, Message, Receive, Scope, Send

HEALTH = "/_ministack/health"
ADMIN = ("/_ministack", "/_localstack")
APIS = "/restapis"
SIGNED = "AWS4-HMAC-SHA256 "
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
OWN_SITE = frozenset({"none", "same-origin"})
"""The allowed values of the header `Sec-Fetch-Site`: of a URL that the user typed, and of the emulator's own pages."""


class Refused(Exception):  # noqa: N818 - the name is clear without Error
    """Raised if the gate rejects a request. The message has the reason."""


@dataclass(frozen=True)
class Request:
    """The parts of a request that the gate checks.

    Attributes:
        method: the method, such as `POST`.
        path: the URL path after percent-decoding.
        raw_path: the URL path without decoding.
        query: the query string without decoding.
        headers: name in lower case → values, joined with commas.
    """

    method: str
    path: str
    raw_path: str
    query: str
    headers: dict[str, str]

    @property
    def from_another_site(self) -> bool:
        """Whether a browser sent the request for a web page that is not the emulator's own."""
        return "origin" in self.headers or self.headers.get("sec-fetch-site", "none") not in OWN_SITE

    @property
    def under_own_name(self) -> bool:
        """Whether the header `Host` has a loopback name, such as `localhost`."""
        host = self.headers.get("host", "")
        name, _, port = host.rpartition(":")
        return (name if port.isdecimal() else host) in LOOPBACK


class Gate:
    """An ASGI application that passes allowed requests to the emulator, and answers all others with 403."""

    def __init__(self, emulator: App, root: Credentials) -> None:
        """Put the gate in front of an emulator.

        Args:
            emulator: the emulator's ASGI application.
            root: the emulator's root key.
        """
        self._emulator = emulator
        self._root = root
        self._addresses = Addresses(emulator, root)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve an HTTP request. Tell the emulator when the server starts and ends, and close every websocket."""
        if scope["type"] == "lifespan":
            await self._emulator(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._serve(_read(scope), scope, receive, send)

    async def _serve(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._emulator(*await self._admit(request, scope, receive), send)
        except Refused as refused:
            await _answer_403(send, str(refused))
        if request.path.startswith(APIS) and request.method != "GET":
            self._addresses.forget()

    async def _admit(self, request: Request, scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
        """Return the ASGI arguments `scope` and `receive` for the emulator. Raise `Refused` for a forbidden request."""
        if request.from_another_site:
            raise Refused("local mode rejects requests from web pages")
        if request.headers.get("authorization", "").startswith(SIGNED):
            return scope, await self._verified(request, receive)
        if request.path == HEALTH and request.method == "GET":
            _demand_own_name(request)
            return scope, receive
        return await self._webhook(request, scope), receive

    async def _verified(self, request: Request, receive: Receive) -> Receive:
        """Verify the signature of an AWS call. Return an ASGI `receive` that yields the call's body again.

        Raises:
            Refused: if the signature, the host name or the URL path is not allowed.
        """
        _demand_own_name(request)
        if request.path.startswith(ADMIN):
            raise Refused("local mode does not serve the emulator's own pages")
        body = await _read_body(receive)
        problem = _problem(request, body, self._root.access_key)
        if problem:
            raise Refused(f"{problem}: sign the request with the root key in .hookline/emulator.json")
        return _replay(body)

    async def _webhook(self, request: Request, scope: Scope) -> Scope:
        """Return the ASGI scope with which the emulator serves a webhook. Raise `Refused` if it is not allowed."""
        found = await self._addresses.find(request.path)
        if found is None:
            raise Refused("this path is not a webhook address, and an AWS call needs a signature of the root key")
        if not request.under_own_name and not await self._addresses.demands_signature(found):
            raise Refused("this endpoint accepts unsigned events, so the host must be 127.0.0.1, localhost or [::1]")
        return {**scope, "path": found.path, "raw_path": quote(found.path).encode()}


def _demand_own_name(request: Request) -> None:
    if not request.under_own_name:
        raise Refused("the host must be 127.0.0.1, localhost or [::1]")


def _problem(request: Request, body: bytes, root_key: str) -> str:
    """Verify an AWS call's signature (Signature Version 4). Return AWS's error code; empty if it is valid."""
    query = parse_qs(request.query, keep_blank_values=True)
    signature = sigv4.parse_header_signature(request.headers)
    if isinstance(signature, tuple):
        return signature[0]
    claimed = router.extract_access_key_id(request.headers, query)  # pyright: ignore[reportUnknownMemberType]
    if signature.access_key_id != claimed:
        # The request names two access keys. The emulator would use the key whose signature is not verified here.
        return "IncompleteSignature"
    if signature.access_key_id != root_key and iam_evaluator.is_root_access_key(signature.access_key_id):
        return "InvalidClientTokenId"  # the emulator treats "test" and all account ids as root
    token = request.headers.get("x-amz-security-token", "")
    credential = iam_evaluator.resolve_credential(signature.access_key_id, session_token=token)
    if isinstance(credential, iam_evaluator.CredentialResolutionError):
        return credential.code
    if request.headers.get("x-amz-content-sha256", _sha256(body)) != _sha256(body):
        return "XAmzContentSHA256Mismatch"
    failure = sigv4.request_time_failure(signature) or sigv4.header_signature_failure(
        signature,
        credential.secret_access_key,
        request.method,
        request.raw_path,
        query,
        request.headers,
        body,
    )
    return failure[0] if failure else ""


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _read(scope: Scope) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return Request(
        scope["method"], scope["path"], scope["raw_path"].decode("latin-1"), scope["query_string"].decode(), headers
    )


async def _read_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused("the request ended before its body was complete")
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _answer_403(send: Send, reason: str) -> None:
    """Send the status 403 with an error in the format of AWS, so that botocore can read the error.

    The gate may not have read the body of the request. So it asks the client not to use the connection again.
    """
    body = json.dumps({"__type": "AccessDenied", "message": f"refused: {reason}"}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})

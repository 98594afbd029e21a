"""The gate in front of the emulator: it decides who may speak to it.

The emulator trusts whoever reaches its port. Every web page that the developer opens, and every other user of the
machine, reaches that port. So this ASGI application wraps the emulator's own, inside the emulator's process, and
passes on three kinds of requests only:

- calls to AWS that are signed (Signature Version 4) with the root key, or with a session that the emulator gave to a
  function or to a role;
- webhooks, to the addresses of `hookline.local.process.addresses`;
- the health page.

Whatever a browser sends on behalf of another site is refused, and so is every request under a foreign name (DNS
rebinding). A webhook may come under a foreign name, as it does through a tunnel, if its endpoint demands a signature.
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
"""What `Sec-Fetch-Site` says of an address that the user typed, and of the emulator's own pages."""


class Refused(Exception):  # noqa: N818 - reads as what it is
    """A request that may not pass; the message says why, and what to do."""


@dataclass(frozen=True)
class Request:
    """What the gate looks at.

    Attributes:
        method: such as `POST`.
        path: percent-decoded.
        raw_path: as it was sent.
        query: as it was sent.
        headers: name in lower case → values, joined by a comma.
    """

    method: str
    path: str
    raw_path: str
    query: str
    headers: dict[str, str]

    @property
    def from_another_site(self) -> bool:
        """True if a browser sent it for a page that is not the emulator's own."""
        return "origin" in self.headers or self.headers.get("sec-fetch-site", "none") not in OWN_SITE

    @property
    def under_own_name(self) -> bool:
        """True if its `Host` is this machine's own name."""
        host = self.headers.get("host", "")
        name, _, port = host.rpartition(":")
        return (name if port.isdecimal() else host) in LOOPBACK


class Gate:
    """An ASGI application that passes on to the emulator's what may pass, and answers 403 to everything else."""

    def __init__(self, emulator: App, root: Credentials) -> None:
        """Guards an emulator.

        Args:
            emulator: its ASGI application.
            root: its root key.
        """
        self._emulator = emulator
        self._root = root
        self._addresses = Addresses(emulator, root)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, or the start and the end of the server."""
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
        """Return what the emulator may read; raise `Refused` if that is nothing."""
        if request.from_another_site:
            raise Refused("local mode answers no request that a web page sends")
        if request.headers.get("authorization", "").startswith(SIGNED):
            return scope, await self._verified(request, receive)
        if request.path == HEALTH and request.method == "GET":
            _demand_own_name(request)
            return scope, receive
        return await self._webhook(request, scope), receive

    async def _verified(self, request: Request, receive: Receive) -> Receive:
        """Return the body of a call to AWS, whose signature has been verified."""
        _demand_own_name(request)
        if request.path.startswith(ADMIN):
            raise Refused("the emulator's own pages are closed")
        body = await _read_body(receive)
        problem = _problem(request, body, self._root.access_key)
        if problem:
            raise Refused(f"{problem}: sign with the root key in .hookline/emulator.json")
        return _replay(body)

    async def _webhook(self, request: Request, scope: Scope) -> Scope:
        """Return the request for the API behind an address."""
        found = await self._addresses.find(request.path)
        if found is None:
            raise Refused("there is no webhook address here, and a call to AWS needs a signature with the root key")
        if not request.under_own_name and not await self._addresses.demands_signature(found):
            raise Refused("an endpoint that takes unsigned events answers under the name 127.0.0.1 or localhost only")
        return {**scope, "path": found.path, "raw_path": quote(found.path).encode()}


def _demand_own_name(request: Request) -> None:
    if not request.under_own_name:
        raise Refused("local mode answers under the name 127.0.0.1 or localhost only")


def _problem(request: Request, body: bytes, root_key: str) -> str:
    """Return why a signature (Signature Version 4) is not accepted; empty if it is."""
    query = parse_qs(request.query, keep_blank_values=True)
    signature = sigv4.parse_header_signature(request.headers)
    if isinstance(signature, tuple):
        return signature[0]
    claimed = router.extract_access_key_id(request.headers, query)  # pyright: ignore[reportUnknownMemberType]
    if signature.access_key_id != claimed:
        return "IncompleteSignature"  # it names two keys, of which the emulator would take the other one
    if signature.access_key_id != root_key and iam_evaluator.is_root_access_key(signature.access_key_id):
        return "InvalidClientTokenId"  # "test" and every account's number, which the emulator takes for root
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
            raise Refused("the request ended early")
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _answer_403(send: Send, reason: str) -> None:
    """Answers in a form that botocore reads as an error of its own."""
    body = json.dumps({"__type": "AccessDenied", "message": f"refused: {reason}"}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""The gate: the requests that it passes to the emulator, and the APIs behind its addresses."""

from __future__ import annotations

import asyncio
import json
import runpy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from ministack import app as ministack
from ministack.core import lambda_runtime
from ministack.services import lambda_svc, sts

from hookline.local.cloud import Credentials
from hookline.local.process import gated_emulator
from hookline.local.process.addresses import TAG, Addresses, address
from hookline.local.process.asgi import Scope
from hookline.local.process.gate import Gate
from hookline.local.process.gated_emulator import give_session

ROOT = Credentials("AKIA0123456789ABCDEF", "root-secret")
INGESTION = {"Handler": "hookline.functions.ingestion.handler", "Environment": {"Variables": {}}}
CONFIG = {
    "FunctionName": "router-dev",
    "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:router-dev",
    "Role": "arn:aws:iam::000000000000:role/router-role-dev",
}


def validator(allow_unsigned: str) -> dict[str, Any]:
    """Return the configuration of a validator."""
    variables = {"ALLOW_UNSIGNED": allow_unsigned}
    return {"Handler": "hookline.functions.validator.handler", "Environment": {"Variables": variables}}


@dataclass
class EmulatorApplication:
    """An ASGI application with two APIs, which notes what reaches it.

    Attributes:
        stage: name of the stage of the API at `/dev`.
        function: configuration of the function behind both APIs.
        passed: method, path and body of each request that the gate passed on.
    """

    stage: str = "api-dev"
    function: Mapping[str, Any] = field(default_factory=lambda: INGESTION)
    passed: list[tuple[str, str, bytes]] = field(default_factory=list[tuple[str, str, bytes]])

    async def __call__(self, scope: Scope, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        """Answer the gate's own requests, and record all other requests."""
        if scope["type"] == "lifespan":
            self.passed.append(("lifespan", "", b""))
            return
        answer = self._answers().get(scope["path"]) if scope["method"] == "GET" else None
        if answer is None:
            body = (await receive())["body"]
            self.passed.append((scope["method"], scope["raw_path"].decode(), body))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def _answers(self) -> dict[str, Any]:
        uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:0:function:f:live"
        method = {"methodIntegration": {"uri": f"{uri}/invocations"}}
        return {
            "/restapis": {
                "item": [
                    {"id": "other"},
                    {"id": "p1", "tags": {TAG: "/dev"}},
                    {"id": "t1", "tags": {TAG: "/dev/transactions"}},
                    {"id": "unfinished", "tags": {TAG: "/half"}},
                ]
            },
            "/restapis/p1/stages": {"item": [{"stageName": self.stage}]},
            "/restapis/t1/stages": {"item": [{"stageName": "api-dev"}]},
            "/restapis/unfinished/stages": {"item": []},
            "/restapis/p1/resources": {"item": [{}, {"resourceMethods": {"POST": method}}]},
            "/restapis/t1/resources": {"item": []},
            "/2015-03-31/functions/f/configuration": self.function,
        }


@pytest.fixture
def emulator() -> EmulatorApplication:
    """Return a fake emulator."""
    return EmulatorApplication()


@pytest.fixture(autouse=True)
def root_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the environment variables with the emulator's root key."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ROOT.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ROOT.secret_key)
    yield
    sts.reset()


def ask(emulator: EmulatorApplication, path: str, body: bytes = b"", **headers: str) -> httpx.Response:
    """Send a POST request to the gate of an emulator."""

    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(Gate(emulator, ROOT))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:4566") as client:
            return await client.post(path, content=body, headers=headers)

    return asyncio.run(post())


def health(emulator: EmulatorApplication, host: str) -> httpx.Response:
    """Get the health page through the gate."""

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(Gate(emulator, ROOT))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.get("/_ministack/health")

    return asyncio.run(get())


def signature(key: Credentials, body: bytes = b"", path: str = "/") -> dict[str, str]:
    """Return the headers of an SQS call that botocore signed with a key."""
    digest = {"X-Amz-Content-SHA256": sha256(body).hexdigest()}
    request = AWSRequest("POST", f"http://127.0.0.1:4566{path}", data=body, headers=digest)
    SigV4Auth(BotoCredentials(key.access_key, key.secret_key, key.token), "sqs", "us-east-1").add_auth(request)
    return dict(request.headers.items())


def test_an_address_leads_to_its_api(emulator: EmulatorApplication) -> None:
    """The gate uses the longest matching address, and does not change the rest of the path."""
    assert ask(emulator, "/dev/webhook/stripe", b"{}").status_code == 200
    assert ask(emulator, "/dev/transactions/webh%C3%B6%20k").status_code == 200
    assert emulator.passed == [
        ("POST", "/restapis/p1/api-dev/_user_request_/webhook/stripe", b"{}"),
        ("POST", "/restapis/t1/api-dev/_user_request_/webh%C3%B6%20k", b""),
    ]


def test_a_changed_api_is_found_at_its_address(emulator: EmulatorApplication) -> None:
    """The gate caches addresses, and reads them again after a signed call that changes an API."""

    async def visit() -> None:
        transport = httpx.ASGITransport(Gate(emulator, ROOT))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:4566") as client:
            await client.post("/dev/webhook")
            emulator.stage = "new"
            await client.post("/dev/webhook")
            await client.post("/restapis", headers=signature(ROOT, path="/restapis"))
            await client.post("/dev/webhook")

    asyncio.run(visit())
    stages = [path.split("/")[3] for _, path, _ in emulator.passed if "_user_request_" in path]
    assert stages == ["api-dev", "api-dev", "new"]


def test_a_change_while_the_addresses_are_read_is_not_missed() -> None:
    """Addresses that were read before the change are not cached."""

    async def visit() -> None:
        async def emulator(scope: Scope, _receive: object, send: Callable[[Any], Any]) -> None:
            stage = "old" if addresses._changes == 0 else "new"
            answer: object = {"item": [{"id": "a", "tags": {TAG: "/dev"}}]}
            if scope["path"].endswith("/stages"):
                answer = {"item": [{"stageName": stage}]}
                addresses.forget()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

        addresses = Addresses(emulator, ROOT)
        found = [await addresses.find("/dev/x"), await addresses.find("/dev/x")]
        assert [each.path.split("/")[3] for each in found if each] == ["old", "new"]

    asyncio.run(visit())


@pytest.mark.parametrize("path", ["/", "/dev", "/developer/webhook", "/prod/webhook", "/half/webhook", "/restapis"])
def test_below_no_address_there_is_nothing(path: str, emulator: EmulatorApplication) -> None:
    """An API without a stage has no address."""
    answer = ask(emulator, path)
    assert (answer.status_code, answer.json()["__type"]) == (403, "AccessDenied")
    assert emulator.passed == []


@pytest.mark.parametrize(
    ("function", "status"),
    [
        (INGESTION, 200),
        (validator("false"), 200),
        (validator("true"), 403),
        ({"Handler": "somebody.elses.handler", "Environment": {"Variables": {}}}, 403),
    ],
)
def test_a_foreign_name_needs_an_endpoint_that_demands_a_signature(
    function: dict[str, Any], status: int, emulator: EmulatorApplication
) -> None:
    """An unknown function may not require signatures, so the gate rejects requests to it."""
    emulator.function = function
    assert ask(emulator, "/dev/webhook", host="tunnel.example").status_code == status
    assert ask(emulator, "/dev/transactions/webhook", host="tunnel.example").status_code == 403, "no function behind it"
    assert ask(emulator, "/dev/webhook", host="localhost").status_code == 200
    assert ask(emulator, "/dev/webhook", host="[::1]:4566").status_code == 200


def test_a_signed_call_passes_with_its_body(emulator: EmulatorApplication) -> None:
    """The gate accepts the root key, and a session from the emulator."""
    session = give_session(CONFIG, ROOT.secret_key)
    of_function = Credentials(*session.values())
    for key in (ROOT, of_function):
        assert ask(emulator, "/", b"Action=x", **signature(key, b"Action=x")).status_code == 200
    assert emulator.passed == [("POST", "/", b"Action=x")] * 2


def test_a_call_that_ends_early_passes_nothing(emulator: EmulatorApplication) -> None:
    """The gate rejects an incomplete body."""
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    headers = [(name.lower().encode(), value.encode()) for name, value in signature(ROOT).items()]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:4566"), *headers],
    }
    asyncio.run(Gate(emulator, ROOT)(scope, receive, send))
    assert [message.get("status") for message in sent] == [403, None]
    assert emulator.passed == []


def test_a_body_in_parts_is_verified_as_a_whole(emulator: EmulatorApplication) -> None:
    """A large body arrives in several parts."""
    body = b"x" * 300_000
    assert ask(emulator, "/", body, **signature(ROOT, body)).status_code == 200
    assert emulator.passed[0][2] == body


@pytest.mark.parametrize("authorization", ["AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential=x"])
def test_a_signature_without_its_parts_is_refused(authorization: str, emulator: EmulatorApplication) -> None:
    """An incomplete signature is invalid."""
    assert ask(emulator, "/", authorization=authorization).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "evil.example"},
        {"x-amz-content-sha256": "0" * 64},
        {"x-amz-date": "20200101T000000Z"},
        {"x-amz-security-token": "another"},
    ],
)
def test_a_genuine_signature_is_not_enough(headers: dict[str, str], emulator: EmulatorApplication) -> None:
    """The gate rejects it from a web page, or with another host, body, time or token."""
    answer = ask(emulator, "/", b"x", **{name.lower(): v for name, v in signature(ROOT, b"x").items()} | headers)
    assert (answer.status_code, emulator.passed) == (403, [])


def test_a_signature_counts_for_its_body_alone(emulator: EmulatorApplication) -> None:
    """The signature covers the hash of the body, so the gate compares the hash with the body that came."""
    assert ask(emulator, "/", b"Action=y", **signature(ROOT, b"Action=x")).status_code == 403
    assert emulator.passed == []


def test_a_signature_counts_for_minutes(emulator: EmulatorApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who has recorded a call cannot send it again an hour later."""
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: hour_ago.replace(tzinfo=None))
    assert ask(emulator, "/", b"Action=x", **signature(ROOT, b"Action=x")).status_code == 403
    assert emulator.passed == []


@pytest.mark.parametrize(
    "key",
    [
        Credentials(ROOT.access_key, "guess"),
        Credentials("test", "test"),
        Credentials("123456789012", ROOT.secret_key),
        Credentials("ASIAUNKNOWN00000", "x", "y"),
    ],
)
def test_another_key_is_refused(key: Credentials, emulator: EmulatorApplication) -> None:
    """This includes keys that the emulator would accept as its root key."""
    assert ask(emulator, "/", **signature(key)).status_code == 403


def test_of_two_keys_in_a_header_none_counts(emulator: EmulatorApplication) -> None:
    """The emulator would use the first key, but the last key made the signature."""
    headers = signature(ROOT)
    headers["Authorization"] = headers["Authorization"].replace("Credential=", "Credential=test/1/r/s/t, Credential=")
    assert ask(emulator, "/", **headers).status_code == 403


def test_the_emulators_own_pages_are_closed(emulator: EmulatorApplication) -> None:
    """Only the health page is open, and only with this machine's own host name."""
    for path in ("/_ministack/reset", "/_localstack/health"):
        assert ask(emulator, path, **signature(ROOT, path=path)).status_code == 403
    assert ask(emulator, "/_ministack/health").status_code == 403, "the health page allows only GET"
    assert health(emulator, "127.0.0.1:4566").status_code == 200
    assert health(emulator, "evil.example").status_code == 403


def test_the_server_starts_and_a_websocket_does_not(emulator: EmulatorApplication) -> None:
    """The gate passes lifespan events and closes websockets."""
    sent: list[Any] = []

    async def send(message: object) -> None:
        sent.append(message)

    async def receive() -> dict[str, str]:
        return {}

    gate = Gate(emulator, ROOT)
    asyncio.run(gate({"type": "lifespan"}, receive, send))
    asyncio.run(gate({"type": "websocket"}, receive, send))
    assert emulator.passed == [("lifespan", "", b"")]
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_the_gate_is_put_in_front_of_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server runs with the gate, and functions get sessions that nobody can guess."""
    seen: list[object] = []
    monkeypatch.setattr(ministack, "app", EmulatorApplication())
    monkeypatch.setattr(lambda_runtime, "execution_credentials", None)
    monkeypatch.setattr(lambda_svc, "execution_credentials", None)
    monkeypatch.setattr(ministack, "main", lambda: seen.append(ministack.app))
    runpy.run_path(gated_emulator.__file__, run_name="__main__")
    assert isinstance(seen[0], Gate)
    given = lambda_runtime.execution_credentials(CONFIG)
    assert given == lambda_svc.execution_credentials(CONFIG), "all instances of a function share one session"
    assert given != give_session(CONFIG, "another secret")


def test_an_address_names_stack_and_system() -> None:
    """The providers API has the address of the stack; other APIs have addresses below it."""
    assert address("dev", "providers-api-dev") == "/dev"
    assert address("dev", "transactions-api-dev") == "/dev/transactions"
    assert address("shop", "somebody") == "/shop/somebody"

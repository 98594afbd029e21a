"""Local mode rejects requests of web pages, of strangers and of other users of the machine."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from support.live.providers import Providers

from hookline.local.cloud import REGION
from hookline.local.process.emulator import Emulator
from hookline.local.project import Project
from hookline.operate.target import Target

EVIL_ORIGIN = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
LIST_QUEUES = "Action=ListQueues&Version=2012-11-05"
FORM = "application/x-www-form-urlencoded"
MAKE_FUNCTION = "/2015-03-31/functions"


@pytest.fixture
def emulator(project: Project, target: Target) -> Emulator:
    """Return the emulator of the stack under test."""
    found = project.home.find()
    assert found
    return found


@pytest.fixture
def http(emulator: Emulator) -> Iterator[httpx.Client]:
    """Return a client that sends unsigned requests to the emulator."""
    with httpx.Client(base_url=emulator.endpoint, timeout=30) as client:
        yield client


def signed(emulator: Emulator, key: Credentials, body: str = LIST_QUEUES, **headers: str) -> httpx.Response:
    """Send an SQS call that botocore signed with a key."""
    request = AWSRequest("POST", f"{emulator.endpoint}/", headers={"Content-Type": FORM}, data=body)
    SigV4Auth(key, "sqs", REGION).add_auth(request)
    return httpx.post(request.url, headers={**dict(request.headers.items()), **headers}, content=body)


def claimed(key: str, service: str = "sqs") -> dict[str, str]:
    """Return the header of a call with a key and an invalid signature."""
    scope = f"{key}/20260101/{REGION}/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"}


def root_of(emulator: Emulator) -> Credentials:
    """Return the root key, which only the user who started the emulator can read."""
    return Credentials(emulator.access_key, emulator.secret_key)


def everything(emulator: Emulator) -> list[Any]:
    """Return the functions, queues, tables and buckets in the emulator."""
    cloud = emulator.cloud()
    return [
        [f["FunctionArn"] for f in cloud.call("lambda", "list_functions")["Functions"]],
        cloud.call("sqs", "list_queues")["QueueUrls"],
        cloud.call("dynamodb", "list_tables")["TableNames"],
        [bucket["Name"] for bucket in cloud.call("s3", "list_buckets")["Buckets"]],
    ]


def assert_refused(answer: httpx.Response) -> None:
    """Assert that the gate answered 403, without a CORS header."""
    assert (answer.status_code, answer.json()["__type"]) == (403, "AccessDenied")
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["connection"] == "close"


def test_a_cross_site_form_post_makes_no_function(emulator: Emulator, http: httpx.Client) -> None:
    """Without the gate, any web page could create a Lambda function and run code on this machine."""
    before = everything(emulator)
    body = b'{"FunctionName": "evil", "Role": "arn:aws:iam::000000000000:role/x", "Runtime": "python3.11"}'
    for claim in ({}, claimed("test", "lambda"), claimed("123456789012", "lambda")):
        for origin in ({}, EVIL_ORIGIN):
            answer = http.post(MAKE_FUNCTION, content=body, headers={**claim, **origin, "Content-Type": "text/plain"})
            assert_refused(answer)
    presigned = {"X-Amz-Credential": "test/20260101/us-east-1/lambda/aws4_request", "AWSAccessKeyId": "test"}
    assert_refused(http.post(MAKE_FUNCTION, content=body, params=presigned))
    assert_refused(http.post("/", content="Action=CreateQueue&QueueName=evil", headers={"Content-Type": FORM}))
    assert everything(emulator) == before


def test_only_the_root_key_signs_as_root(emulator: Emulator) -> None:
    """The emulator itself accepts its own key, `test` and every account id without checking a signature."""
    assert signed(emulator, root_of(emulator)).status_code == 200
    for wrong in (
        Credentials(emulator.access_key, "guess"),
        Credentials("test", "test"),
        Credentials("123456789012", "test"),
        Credentials("000000000000", emulator.secret_key),
        Credentials("AKIAUNKNOWN00000", "x"),
    ):
        assert_refused(signed(emulator, wrong))
    assert len(emulator.secret_key) * 6 >= 128, "64 characters have six bits each"


def test_a_signature_is_for_one_body_and_one_key(emulator: Emulator) -> None:
    """A genuine signature with another body, or with a second key in the header, is rejected."""
    root = root_of(emulator)
    request = AWSRequest("POST", f"{emulator.endpoint}/", headers={"Content-Type": FORM}, data=LIST_QUEUES)
    SigV4Auth(root, "sqs", REGION).add_auth(request)
    headers = dict(request.headers.items())
    assert_refused(httpx.post(request.url, headers=headers, content="Action=CreateQueue&QueueName=evil"))
    other_body = {**headers, "X-Amz-Content-SHA256": hashlib.sha256(b"other").hexdigest()}
    assert_refused(httpx.post(request.url, headers=other_body, content=LIST_QUEUES))
    scheme, _, rest = headers["Authorization"].partition(" ")
    two = f"{scheme} Credential=test/20260101/us-east-1/sqs/aws4_request, {rest}"
    assert_refused(httpx.post(request.url, headers={**headers, "Authorization": two}, content=LIST_QUEUES))


def test_a_session_needs_its_own_signature(emulator: Emulator, target: Target) -> None:
    """A role's session works only with its own secret and its own token."""
    role = emulator.cloud().call("lambda", "get_function", FunctionName=target.outputs["router_name"])
    given = emulator.cloud().assuming(role["Configuration"]["Role"]).credentials
    mine = signed(emulator, Credentials(given.access_key, given.secret_key, given.token))
    assert "not authorized to perform" in mine.text, "the emulator itself answered: the role may not list queues"
    assert_refused(signed(emulator, Credentials(given.access_key, "guess", given.token)))
    assert_refused(signed(emulator, Credentials(given.access_key, given.secret_key, "guess")))


def test_a_functions_session_cannot_be_reckoned(emulator: Emulator, target: Target) -> None:
    """The emulator derives sessions from public names, while local mode uses a secret."""
    found = emulator.cloud().call("lambda", "get_function", FunctionName=target.outputs["router_name"])
    function, role = found["Configuration"]["FunctionArn"], found["Configuration"]["Role"]
    digest = hashlib.sha256(f"{function}:{role}".encode()).hexdigest()
    secret, token = (hashlib.sha256(f"{what}:{digest}".encode()).hexdigest() for what in ("secret", "token"))
    assert_refused(signed(emulator, Credentials(f"ASIA{digest[:16].upper()}", secret, token)))


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:4566", ""])
def test_a_foreign_name_reaches_no_aws_api(host: str, emulator: Emulator, http: httpx.Client) -> None:
    """With DNS rebinding, a web page cannot read any data, not even the health page."""
    assert_refused(signed(emulator, root_of(emulator), Host=host))
    assert_refused(http.get("/_ministack/health", headers={"Host": host}))


def test_no_page_of_the_emulators_own_is_open(emulator: Emulator, http: httpx.Client) -> None:
    """These pages require no signature in the emulator, so the gate closes them for everyone."""
    before = everything(emulator)
    for method, path in (
        ("POST", "/_ministack/reset"),
        ("POST", "/_ministack/config"),
        ("GET", "/_ministack/ready"),
        ("GET", "/_localstack/health"),
        ("GET", "/_aws/sqs/messages"),
        ("GET", "/_ministack/sqs/messages"),
        ("GET", "/_ministack/lambda-code/x/y"),
        ("GET", "/"),
        ("OPTIONS", "/"),
    ):
        assert_refused(http.request(method, path))
    request = AWSRequest("POST", f"{emulator.endpoint}/_ministack/reset")
    SigV4Auth(root_of(emulator), "sqs", REGION).add_auth(request)
    assert_refused(httpx.post(request.url, headers=dict(request.headers.items())))
    assert everything(emulator) == before


def test_the_health_page_tells_no_key(emulator: Emulator, http: httpx.Client) -> None:
    """The page has a hash that identifies the emulator; other sites cannot read the page."""
    page = http.get("/_ministack/health")
    assert page.status_code == 200
    assert emulator.access_key not in page.text
    assert emulator.secret_key not in page.text
    assert_refused(http.get("/_ministack/health", headers=EVIL_ORIGIN))


def test_a_web_page_sends_no_event(target: Target, http: httpx.Client) -> None:
    """This holds for both endpoints, and for pages on the same machine."""
    for url in (target.webhook_url, f"{target.outputs['api_endpoint']}/stripe"):
        for origin in (EVIL_ORIGIN, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}):
            assert_refused(http.post(url, content=b"{}", headers={"Content-Type": "application/json", **origin}))


def test_a_tunnel_reaches_only_what_demands_a_signature(target: Target, http: httpx.Client) -> None:
    """A tunnel sends its public name as Host. Only endpoints that require signatures accept it."""
    name = {"Host": "quick-fox.tunnel.example"}
    providers = Providers.of(target, http)
    assert target.accepts_unsigned
    assert_refused(http.post(target.webhook_url, content=b"{}", headers={"Content-Type": "application/json", **name}))
    assert providers.send(providers.webhook("stripe"), **name).status == 200
    unsigned = http.post(f"{target.outputs['api_endpoint']}/stripe", content=b"{}", headers=name)
    assert unsigned.status_code == 400, "API Gateway misses the signature's header"
    assert_refused(http.post("/restapis", content=b"{}", headers=name))


def test_addresses_are_short_and_stay(target: Target, emulator: Emulator) -> None:
    """The URLs contain the stack's name and stay the same, so that people can register them with providers."""
    assert target.webhook_url == f"{emulator.endpoint}/dev/transactions/webhook"
    assert target.outputs["api_endpoint"] == f"{emulator.endpoint}/dev/webhook"


def test_a_websocket_is_refused(emulator: Emulator) -> None:
    """The handshake gets 403."""
    with socket.create_connection(("127.0.0.1", emulator.port), 10) as connection:
        connection.sendall(
            b"GET /dev/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert b" 403 " in connection.recv(4096).split(b"\r\n")[0]


def test_every_listening_socket_refuses(emulator: Emulator) -> None:
    """Local mode listens on one loopback port, and the gate protects this port."""
    listening = {address for pid in _group(emulator.pid) for address in _listening(pid)}
    assert listening == {("127.0.0.1", emulator.port)}
    for host, port in listening:
        assert_refused(httpx.post(f"http://{host}:{port}/", content=LIST_QUEUES, headers={"Content-Type": FORM}))


def test_another_user_reads_no_key_and_gets_no_answer(project: Project, emulator: Emulator, http: httpx.Client) -> None:
    """Only the owner can read the key files, and a request without a key is rejected."""
    assert stat.S_IMODE(project.home.path.stat().st_mode) == 0o700
    for file in ("emulator.json", "paypal.json"):
        assert stat.S_IMODE((project.home.path / file).stat().st_mode) == 0o600
    assert_refused(http.post("/", content=LIST_QUEUES, headers={"Content-Type": FORM}))
    assert_refused(http.get("/hookline-payloads-000000000000-dev"))


def _group(leader: int) -> Iterator[int]:
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                if os.getpgid(int(process.name)) == leader:
                    yield int(process.name)
            except ProcessLookupError:
                continue


def _listening(pid: int) -> Iterator[tuple[str, int]]:
    """Yield the addresses on which a process listens, from the kernel's list."""
    own = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] in {"0A", "07"} and f"socket:[{fields[9]}]" in own:
                address, port = fields[1].split(":")
                yield socket.inet_ntoa(bytes.fromhex(address)[::-1]) if len(address) == 8 else address, int(port, 16)

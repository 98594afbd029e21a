"""Local mode is no door into the developer's machine: what a web page, a stranger or another user sends is refused."""

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
    """The emulator that runs the stack under test."""
    found = project.home.find()
    assert found
    return found


@pytest.fixture
def http(emulator: Emulator) -> Iterator[httpx.Client]:
    """Sends to the emulator, signing nothing."""
    with httpx.Client(base_url=emulator.endpoint, timeout=30) as client:
        yield client


def signed(emulator: Emulator, key: Credentials, body: str = LIST_QUEUES, **headers: str) -> httpx.Response:
    """Sends a call to SQS, signed with a key by botocore."""
    request = AWSRequest("POST", f"{emulator.endpoint}/", headers={"Content-Type": FORM}, data=body)
    SigV4Auth(key, "sqs", REGION).add_auth(request)
    return httpx.post(request.url, headers={**dict(request.headers.items()), **headers}, content=body)


def claimed(key: str, service: str = "sqs") -> dict[str, str]:
    """The header of a call that names a key and cannot sign with it."""
    scope = f"{key}/20260101/{REGION}/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"}


def root_of(emulator: Emulator) -> Credentials:
    """The root key, which only the user who started the emulator can read."""
    return Credentials(emulator.access_key, emulator.secret_key)


def everything(emulator: Emulator) -> list[Any]:
    """What is in the emulator: its functions, queues, tables and objects."""
    cloud = emulator.cloud()
    return [
        [f["FunctionArn"] for f in cloud.call("lambda", "list_functions")["Functions"]],
        cloud.call("sqs", "list_queues")["QueueUrls"],
        cloud.call("dynamodb", "list_tables")["TableNames"],
        [bucket["Name"] for bucket in cloud.call("s3", "list_buckets")["Buckets"]],
    ]


def assert_refused(answer: httpx.Response) -> None:
    """The gate refused it: 403, and no leave for a page to read even that."""
    assert (answer.status_code, answer.json()["__type"]) == (403, "AccessDenied")
    assert "access-control-allow-origin" not in answer.headers


def test_a_cross_site_form_post_makes_no_function(emulator: Emulator, http: httpx.Client) -> None:
    """The attack as it was done: any page could make a Lambda function, and run code as the developer."""
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
    """The emulator itself believes its own key, `test` and every account's number without looking at a signature."""
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
    """Neither another body nor a second key in the same header passes under a genuine signature."""
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
    """What the emulator gave to a role passes; with another secret, or another token, it does not."""
    role = emulator.cloud().call("lambda", "get_function", FunctionName=target.outputs["router_name"])
    given = emulator.cloud().assuming(role["Configuration"]["Role"]).credentials
    mine = signed(emulator, Credentials(given.access_key, given.secret_key, given.token))
    assert "not authorized to perform" in mine.text, "the emulator itself answered: the role may not list queues"
    assert_refused(signed(emulator, Credentials(given.access_key, "guess", given.token)))
    assert_refused(signed(emulator, Credentials(given.access_key, given.secret_key, "guess")))


def test_a_functions_session_cannot_be_reckoned(emulator: Emulator, target: Target) -> None:
    """The emulator's own sessions of functions follow from names that everybody knows; ours take a secret."""
    found = emulator.cloud().call("lambda", "get_function", FunctionName=target.outputs["router_name"])
    function, role = found["Configuration"]["FunctionArn"], found["Configuration"]["Role"]
    digest = hashlib.sha256(f"{function}:{role}".encode()).hexdigest()
    secret, token = (hashlib.sha256(f"{what}:{digest}".encode()).hexdigest() for what in ("secret", "token"))
    assert_refused(signed(emulator, Credentials(f"ASIA{digest[:16].upper()}", secret, token)))


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:4566", ""])
def test_a_foreign_name_reaches_no_aws_api(host: str, emulator: Emulator, http: httpx.Client) -> None:
    """DNS rebinding: a page whose name leads to 127.0.0.1 reads nothing, not even the health page."""
    assert_refused(signed(emulator, root_of(emulator), Host=host))
    assert_refused(http.get("/_ministack/health", headers={"Host": host}))


def test_no_page_of_the_emulators_own_is_open(emulator: Emulator, http: httpx.Client) -> None:
    """Reset, configuration, contents of queues and code ask for nothing; so nobody gets there, not even root."""
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
    """It shows a hash, by which `hookline` knows its own emulator; a page of another site may not read it."""
    page = http.get("/_ministack/health")
    assert page.status_code == 200
    assert emulator.access_key not in page.text
    assert emulator.secret_key not in page.text
    assert_refused(http.get("/_ministack/health", headers=EVIL_ORIGIN))


def test_a_web_page_sends_no_event(target: Target, http: httpx.Client) -> None:
    """Not to an endpoint that takes unsigned events, and not to one that demands a signature; nor on one machine."""
    for url in (target.webhook_url, f"{target.outputs['api_endpoint']}/stripe"):
        for origin in (EVIL_ORIGIN, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}):
            assert_refused(http.post(url, content=b"{}", headers={"Content-Type": "application/json", **origin}))


def test_a_tunnel_reaches_only_what_demands_a_signature(target: Target, http: httpx.Client) -> None:
    """A tunnel sends its public name as Host: a provider's webhook gets in by it, an unsigned event does not."""
    name = {"Host": "quick-fox.tunnel.example"}
    providers = Providers.of(target, http)
    assert target.outputs["allow_unsigned"]
    assert_refused(http.post(target.webhook_url, content=b"{}", headers={"Content-Type": "application/json", **name}))
    assert providers.send(providers.webhook("stripe"), **name).status == 200
    unsigned = http.post(f"{target.outputs['api_endpoint']}/stripe", content=b"{}", headers=name)
    assert unsigned.status_code == 400, "API Gateway misses the signature's header"
    assert_refused(http.post("/restapis", content=b"{}", headers=name))


def test_addresses_are_short_and_stay(target: Target, emulator: Emulator) -> None:
    """They hold the stack's name and nothing that changes with the next `up`: people paste them into dashboards."""
    assert target.webhook_url == f"{emulator.endpoint}/dev/transactions/webhook"
    assert target.outputs["api_endpoint"] == f"{emulator.endpoint}/dev/webhook"


def test_a_websocket_is_refused(emulator: Emulator) -> None:
    """The handshake is answered with 403."""
    with socket.create_connection(("127.0.0.1", emulator.port), 10) as connection:
        connection.sendall(
            b"GET /dev/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert b" 403 " in connection.recv(4096).split(b"\r\n")[0]


def test_every_listening_socket_refuses(emulator: Emulator) -> None:
    """Of all processes of local mode, one listens, on one port, on loopback; and that port has the gate."""
    listening = {address for pid in _group(emulator.pid) for address in _listening(pid)}
    assert listening == {("127.0.0.1", emulator.port)}
    for host, port in listening:
        assert_refused(httpx.post(f"http://{host}:{port}/", content=LIST_QUEUES, headers={"Content-Type": FORM}))


def test_another_user_reads_no_key_and_gets_no_answer(project: Project, emulator: Emulator, http: httpx.Client) -> None:
    """What holds a key is for its owner's eyes; and without a key no process of this machine gets an answer."""
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
    """The addresses on which a process listens, by the kernel's own list."""
    own = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] in {"0A", "07"} and f"socket:[{fields[9]}]" in own:
                address, port = fields[1].split(":")
                yield socket.inet_ntoa(bytes.fromhex(address)[::-1]) if len(address) == 8 else address, int(port, 16)

"""A call to AWS: its request, its retries and its time limit."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from unit.functions.aws.server import Server, reply, serving

from hookline.functions.aws import connection
from hookline.functions.aws.client import ATTEMPTS, FIRST_PAUSE_SECONDS, RETRIED, Client
from hookline.functions.aws.deadline import DEADLINE
from hookline.functions.aws.endpoint import find
from hookline.functions.aws.errors import AwsError
from hookline.functions.aws.json_services import read_json_error


class Context:
    """A Lambda context with some remaining time."""

    def __init__(self, milliseconds: int) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the remaining time."""
        return self.milliseconds


class Bench:
    """A client of a scripted server.

    Attributes:
        server: the server.
        client: the client.
        pauses: pauses of the client between attempts, in seconds.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.pauses: list[float] = []
        self.client = Client(
            find("sqs", "SQS", {"AWS_ENDPOINT_URL": server.url}), "sqs", read_json_error, self.pauses.append
        )

    def send(self, body: bytes = b"{}") -> Any:
        """Make a call."""
        return self.client.send("POST", "/", {"x-amz-target": "AmazonSQS.Any"}, body)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Return a client and its server, without a time limit."""
    with serving() as server:
        bench = Bench(server)
        yield bench
        bench.client.close()
    DEADLINE.begin(Context(900_000))


def refusal(code: str, status: int = 400) -> bytes:
    """Return an error answer."""
    return reply(status, b'{"__type": "com.amazonaws.any#%s", "message": "no"}' % code.encode())


def test_calls_share_one_connection(bench: Bench) -> None:
    """The client makes only one TLS handshake for several calls."""
    for number in range(3):
        assert bench.send(b"%d" % number).status == 200
    assert bench.server.connections == 1
    assert [request.body for request in bench.server.requests] == [b"0", b"1", b"2"]


def test_a_call_has_what_every_call_has(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call has host, length, time, signature and session token.

    It also has the trace id, with which X-Ray connects the calls of a request.
    """
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-67891233-abcdef012345678912345678;Sampled=1")
    bench.send(b"body")
    headers = bench.server.requests[0].headers
    assert headers["host"] == f"127.0.0.1:{bench.server.port}"
    assert headers["content-length"] == "4"
    assert headers["x-amz-security-token"] == "session/token+with=signs"
    assert headers["x-amzn-trace-id"] == "Root=1-67891233-abcdef012345678912345678;Sampled=1"
    assert "x-amzn-trace-id" not in headers["authorization"]
    monkeypatch.delenv("_X_AMZN_TRACE_ID")
    bench.send()
    assert "x-amzn-trace-id" not in bench.server.requests[1].headers


@pytest.mark.parametrize(
    "failure",
    [
        reply(500),
        reply(503, b"<html>"),
        reply(408),
        reply(429),
        *(refusal(code) for code in sorted(RETRIED)),
        refusal("ConditionalRequestConflict"),  # S3: another call is just writing the same body
        None,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 50\r\n\r\n{}",
        b"no HTTP\r\n\r\n",
    ],
)
def test_what_may_pass_is_tried_again(bench: Bench, failure: bytes | None) -> None:
    """The client retries after a service error, a throttle, or a connection that ends too early."""
    bench.server.script = [failure, failure, reply(200, b"taken")]
    assert bench.send(b"same").body == b"taken"
    assert {request.body for request in bench.server.requests} == {b"same"}
    assert len(bench.server.requests) == 3


def test_attempts_are_bounded_and_so_are_the_pauses(bench: Bench) -> None:
    """After the last attempt, the error is raised. Pauses are random, with a maximum that doubles."""
    bench.server.script = [refusal("ThrottlingException")]
    for _ in range(20):
        with pytest.raises(AwsError, match=r"^ThrottlingException$"):
            bench.send()
    assert len(bench.server.requests) == 20 * ATTEMPTS
    first, second = bench.pauses[::2], bench.pauses[1::2]
    assert len(first) == len(second) == 20
    assert max(first) <= FIRST_PAUSE_SECONDS
    assert FIRST_PAUSE_SECONDS < max(second) <= 2 * FIRST_PAUSE_SECONDS
    assert len(set(bench.pauses)) > 20


@pytest.mark.parametrize("code", ["AccessDeniedException", "ConditionalCheckFailedException", "ExpiredTokenException"])
def test_what_cannot_pass_is_told_at_once(bench: Bench, code: str) -> None:
    """A permanent error is raised without a retry, with its code and details."""
    bench.server.script = [refusal(code)]
    with pytest.raises(AwsError) as caught:
        bench.send()
    assert caught.value.code == code
    assert caught.value.answer["message"] == "no"
    assert len(bench.server.requests) == 1


def test_a_connection_that_was_closed_while_idle_costs_no_pause(bench: Bench) -> None:
    """The next call detects the closed connection and opens a new one at once."""
    bench.send()
    bench.server.hang_up()
    assert bench.send().status == 200
    assert bench.server.connections == 2
    assert bench.pauses == []


def test_a_connection_that_is_closed_as_the_request_arrives_costs_no_pause(bench: Bench) -> None:
    """If a kept connection ends without a single byte, the service has closed it. The client retries at once."""
    bench.server.script = [reply(200), None, reply(200)]
    bench.send()
    assert bench.send().status == 200
    assert bench.server.connections == 2
    assert bench.pauses == []


def test_what_a_service_says_unasked_is_not_taken_for_an_answer(bench: Bench) -> None:
    """If a service sends an unexpected 408, the next call uses a new connection."""
    bench.send()
    bench.server.say(reply(408))
    assert bench.send().status == 200
    assert bench.server.connections == 2


def test_a_connection_that_was_idle_for_long_is_not_trusted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network may drop an idle connection silently, for example during a freeze. An answer would never come."""
    bench.send()
    monkeypatch.setattr("hookline.functions.aws.connection.IDLE_SECONDS", -1)
    assert bench.send().status == 200
    assert bench.server.connections == 2


def test_a_connection_that_was_opened_long_ago_is_not_trusted_either(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection from the start of the environment may wait hours for its first call."""
    bench.client.connect()
    monkeypatch.setattr("hookline.functions.aws.connection.IDLE_SECONDS", -1)
    assert bench.send().status == 200
    assert bench.server.connections == 2


def test_whatever_interrupts_a_call_its_answer_is_not_the_next_one_s(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After any exception during a call, the next call uses a new connection."""
    read = connection.read_answer

    def interrupted(_: Any) -> Any:
        raise MemoryError

    bench.server.answer = lambda request: reply(200, request.body)
    monkeypatch.setattr(connection, "read_answer", interrupted)
    with pytest.raises(MemoryError):
        bench.send(b"first")
    monkeypatch.setattr(connection, "read_answer", read)
    assert bench.send(b"second").body == b"second"
    assert bench.server.connections == 2


def test_a_slow_answer_is_paused_for_like_any_failure(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A timeout on a kept connection is not a closed connection, so the client pauses before the retry."""
    bench.send()
    monkeypatch.setattr(connection, "ANSWER_SECONDS", 0.05)
    bench.server.answer = lambda _: time.sleep(0.2) or reply(200)
    with pytest.raises(AwsError, match=r"^TimeoutError$"):
        bench.send()
    assert len(bench.pauses) == ATTEMPTS - 1


def test_a_host_with_addresses_that_do_not_answer_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """All addresses share one connect timeout, and an address that answers is used."""
    with serving() as server:
        silent = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("192.0.2.1", 443))] * 8
        good = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", server.port))
        monkeypatch.setattr("hookline.functions.aws.tls.socket.getaddrinfo", lambda *_, **__: [silent[0], good])
        endpoint = find("sqs", "SQS", {"AWS_ENDPOINT_URL": server.url})
        found = connection.Connection(endpoint)
        found.open(0.2)
        found.close()
        monkeypatch.setattr("hookline.functions.aws.tls.socket.getaddrinfo", lambda *_, **__: [*silent, good])
        monkeypatch.setattr("hookline.functions.aws.deadline.monotonic", lambda: time.monotonic() + 1)
        with pytest.raises(AwsError, match=r"^TimeoutError$"):
            connection.Connection(endpoint).open(0.2)


@pytest.mark.parametrize("trace", ["Root=1\r\nx-evil: 1", "Root=\udcff", "Root=é"])
def test_a_trace_that_is_no_header_value_is_left_out(trace: str, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """An invalid trace id cannot inject a header, and does not fail the call."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    bench.send()
    assert {"x-amzn-trace-id", "x-evil"}.isdisjoint(bench.server.requests[0].headers)


def test_a_service_that_says_it_will_close_is_believed(bench: Bench) -> None:
    """After "Connection: close", the next call opens a new connection at once."""
    bench.server.script = [reply(200, b"{}", {"Connection": "close"})]
    bench.send()
    bench.send()
    assert bench.server.connections == 2
    assert len(bench.server.requests) == 2


def test_an_endpoint_where_nobody_listens_is_named_by_the_failure() -> None:
    """The code names the type of the failure, without the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    pauses: list[float] = []
    endpoint = find("sqs", "SQS", {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"})
    client = Client(endpoint, "sqs", read_json_error, pauses.append)
    with pytest.raises(AwsError, match=r"^ConnectionRefusedError$"):
        client.send("POST", "/", {}, b"")
    assert len(pauses) == ATTEMPTS - 1


def test_an_answer_is_not_waited_for_beyond_the_invocation(bench: Bench) -> None:
    """The wait ends early enough for the function to answer with 503."""
    DEADLINE.begin(Context(600))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = find("sqs", "SQS", {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"})
        client = Client(endpoint, "sqs", read_json_error, bench.pauses.append)
        with pytest.raises(AwsError, match=r"^TimeoutError$"):
            client.send("POST", "/", {}, b"")


def test_without_time_no_call_is_begun(bench: Bench) -> None:
    """Without enough remaining time, the client makes no call and no further attempt."""
    DEADLINE.begin(Context(500))
    with pytest.raises(AwsError, match=r"^OutOfTime$"):
        bench.send()
    assert bench.server.requests == []


def test_an_invocation_without_a_clock_has_the_longest_time(bench: Bench) -> None:
    """A context without a remaining time, as in a test, sets no limit."""
    DEADLINE.begin(object())
    assert bench.send().status == 200


def test_connecting_ahead_spares_the_first_call_the_wait(bench: Bench) -> None:
    """`connect` opens the connection before the first call, and ignores a failure."""
    bench.client.connect()
    bench.send()
    assert bench.server.connections == 1
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    Client(find("sqs", "SQS", {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}), "sqs", read_json_error).connect()

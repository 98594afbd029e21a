"""A call to AWS: what is sent, what is tried again, how often, and for how long."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from unit.functions.aws.server import Server, reply, serving

from hookline.functions.aws import connection
from hookline.functions.aws.client import ATTEMPTS, FIRST_PAUSE_SECONDS, THROTTLED, Client
from hookline.functions.aws.deadline import DEADLINE
from hookline.functions.aws.endpoint import find
from hookline.functions.aws.errors import AwsError
from hookline.functions.aws.json_services import read_json_error


class Context:
    """A Lambda context with some time left."""

    def __init__(self, milliseconds: int) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left."""
        return self.milliseconds


class Bench:
    """A client of a scripted server.

    Attributes:
        server: the server.
        client: the client.
        pauses: how long the client waited between attempts, in order.
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
    """A client and its server, with as much time as there is."""
    with serving() as server:
        bench = Bench(server)
        yield bench
        bench.client.close()
    DEADLINE.begin(Context(900_000))


def refusal(code: str, status: int = 400) -> bytes:
    """Return an answer that refuses."""
    return reply(status, b'{"__type": "com.amazonaws.any#%s", "message": "no"}' % code.encode())


def test_calls_share_one_connection(bench: Bench) -> None:
    """A handshake costs more than a call, so it is paid once."""
    for number in range(3):
        assert bench.send(b"%d" % number).status == 200
    assert bench.server.connections == 1
    assert [request.body for request in bench.server.requests] == [b"0", b"1", b"2"]


def test_a_call_has_what_every_call_has(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Host, length, time, signature and session token; and the trace, under which X-Ray joins what belongs together."""
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
        *(refusal(code) for code in sorted(THROTTLED)),
        None,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 50\r\n\r\n{}",
        b"no HTTP\r\n\r\n",
    ],
)
def test_what_may_pass_is_tried_again(bench: Bench, failure: bytes | None) -> None:
    """Faults of the service, throttles, and a connection that ends before the answer does: the call goes out again."""
    bench.server.script = [failure, failure, reply(200, b"taken")]
    assert bench.send(b"same").body == b"taken"
    assert {request.body for request in bench.server.requests} == {b"same"}
    assert len(bench.server.requests) == 3


def test_attempts_are_bounded_and_so_are_the_pauses(bench: Bench) -> None:
    """After the last attempt the failure is told; each pause is random below a bound that doubles."""
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
    """A refusal that another attempt would meet as well is raised with its code and its details."""
    bench.server.script = [refusal(code)]
    with pytest.raises(AwsError) as caught:
        bench.send()
    assert caught.value.code == code
    assert caught.value.answer["message"] == "no"
    assert len(bench.server.requests) == 1


def test_a_connection_that_was_closed_while_idle_costs_no_pause(bench: Bench) -> None:
    """Services close idle connections; the next call notices, connects anew and does not wait."""
    bench.send()
    bench.server.hang_up()
    assert bench.send().status == 200
    assert bench.server.connections == 2
    assert bench.pauses == []


def test_a_connection_that_is_closed_as_the_request_arrives_costs_no_pause(bench: Bench) -> None:
    """Not one byte came on a kept connection: the service was about to close it, so there is nothing to wait for."""
    bench.server.script = [reply(200), None, reply(200)]
    bench.send()
    assert bench.send().status == 200
    assert bench.server.connections == 2
    assert bench.pauses == []


def test_what_a_service_says_unasked_is_not_taken_for_an_answer(bench: Bench) -> None:
    """A service that ends an idle connection with 408 is left; the next call goes out on a new connection."""
    bench.send()
    bench.server.say(reply(408))
    assert bench.send().status == 200
    assert bench.server.connections == 2


def test_a_connection_that_was_idle_for_long_is_not_trusted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network may have forgotten it without a word, as over a freeze; an answer would be waited for in vain."""
    bench.send()
    monkeypatch.setattr("hookline.functions.aws.connection.IDLE_SECONDS", -1)
    assert bench.send().status == 200
    assert bench.server.connections == 2


def test_a_connection_that_was_opened_long_ago_is_not_trusted_either(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is opened while the environment starts may wait for its first call for hours."""
    bench.client.connect()
    monkeypatch.setattr("hookline.functions.aws.connection.IDLE_SECONDS", -1)
    assert bench.send().status == 200
    assert bench.server.connections == 2


def test_whatever_interrupts_a_call_its_answer_is_not_the_next_one_s(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also an exception that nobody foresaw, at a moment when the answer is still to come."""
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
    """A kept connection that gives nothing in time was not closed; hitting the service at once would not help it."""
    bench.send()
    monkeypatch.setattr(connection, "ANSWER_SECONDS", 0.05)
    bench.server.answer = lambda _: time.sleep(0.2) or reply(200)
    with pytest.raises(AwsError, match=r"^TimeoutError$"):
        bench.send()
    assert len(bench.pauses) == ATTEMPTS - 1


def test_a_host_with_addresses_that_do_not_answer_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait for a connection is one for all addresses; one that answers is still found."""
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
    """Nothing can be put into a request by it, and it fails no call."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
    bench.send()
    assert {"x-amzn-trace-id", "x-evil"}.isdisjoint(bench.server.requests[0].headers)


def test_a_service_that_says_it_will_close_is_believed(bench: Bench) -> None:
    """The call after such an answer goes out on a new connection at once."""
    bench.server.script = [reply(200, b"{}", {"Connection": "close"})]
    bench.send()
    bench.send()
    assert bench.server.connections == 2
    assert len(bench.server.requests) == 2


def test_an_endpoint_where_nobody_listens_is_named_by_the_failure() -> None:
    """The code says what kind of failure it was, and nothing of where."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    pauses: list[float] = []
    endpoint = find("sqs", "SQS", {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"})
    client = Client(endpoint, "sqs", read_json_error, pauses.append)
    with pytest.raises(AwsError, match=r"^ConnectionRefusedError$"):
        client.send("POST", "/", {}, b"")
    assert len(pauses) == ATTEMPTS - 1


def test_an_answer_is_not_waited_for_beyond_the_invocation(bench: Bench) -> None:
    """The wait ends while the function can still answer, so the sender hears 503 rather than nothing."""
    DEADLINE.begin(Context(600))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = find("sqs", "SQS", {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"})
        client = Client(endpoint, "sqs", read_json_error, bench.pauses.append)
        with pytest.raises(AwsError, match=r"^TimeoutError$"):
            client.send("POST", "/", {}, b"")


def test_without_time_no_call_is_begun(bench: Bench) -> None:
    """A call that could not end within the invocation is not made, and no further attempt either."""
    DEADLINE.begin(Context(500))
    with pytest.raises(AwsError, match=r"^OutOfTime$"):
        bench.send()
    assert bench.server.requests == []


def test_an_invocation_without_a_clock_has_the_longest_time(bench: Bench) -> None:
    """A context that tells no time, as in a test of a handler, changes nothing."""
    DEADLINE.begin(object())
    assert bench.send().status == 200


def test_connecting_ahead_spares_the_first_call_the_wait(bench: Bench) -> None:
    """The connection is there before the call; if it cannot be made, the call says so."""
    bench.client.connect()
    bench.send()
    assert bench.server.connections == 1
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    Client(find("sqs", "SQS", {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}), "sqs", read_json_error).connect()

"""Fetching certificates: cached, bounded, and honest about who is at fault."""

import http.client
import socket
from typing import Any

import pytest

from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.functions.providers import certificates as module
from hookline.functions.providers.certificates import (
    CACHE_SECONDS,
    MAX_CACHED,
    MAX_FETCHES,
    MINUTE_SECONDS,
    REFUSED_SECONDS,
    Certificates,
    FetchedAnswer,
)
from hookline.functions.providers.development_certificate import DEVELOPMENT_VARIABLE, development_certificate
from hookline.functions.unavailable import Unavailable

PEM = b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
URL = "https://api.paypal.com/v1/notifications/certs/CERT-1"


class Server:
    """A server, a clock, and the certificates fetched from it.

    Attributes:
        answer: what the server says, or what goes wrong.
        asked: every address it was asked for.
        seconds: the clock.
        certificates: what is tested.
    """

    def __init__(self) -> None:
        self.answer: FetchedAnswer | Exception = FetchedAnswer(200, PEM)
        self.asked: list[str] = []
        self.seconds = 0.0
        self.certificates = Certificates(self.fetch, lambda: self.seconds)

    def fetch(self, url: str) -> FetchedAnswer:
        """FetchedAnswer, or fail."""
        self.asked.append(url)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def server() -> Server:
    """A server with a certificate."""
    return Server()


def test_a_certificate_is_fetched_once_an_hour(server: Server) -> None:
    """Every webhook within the hour is judged without a call."""
    assert server.certificates(URL) == server.certificates(URL) == PEM
    server.seconds = CACHE_SECONDS - 1
    server.certificates(URL)
    assert server.asked == [URL]
    server.seconds = CACHE_SECONDS
    server.certificates(URL)
    assert server.asked == [URL, URL]


@pytest.mark.parametrize("status", [301, 302, 403, 404])
def test_a_certificate_that_is_not_there_refuses_the_request(server: Server, status: int) -> None:
    """A made-up address is the sender's fault; that it leads nowhere, or elsewhere, is remembered."""
    server.answer = FetchedAnswer(status, b"")
    for _ in range(3):
        with pytest.raises(SignatureRefused) as caught:
            server.certificates(URL)
        assert caught.value.reason is Refusal.MISMATCH
    assert server.asked == [URL]
    server.answer, server.seconds = FetchedAnswer(200, PEM), REFUSED_SECONDS
    assert server.certificates(URL) == PEM


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (FetchedAnswer(503, b""), "HTTP503"),
        (FetchedAnswer(429, b""), "HTTP429"),
        (FetchedAnswer(200, b"<html>back soon"), "NoCertificate"),
        (FetchedAnswer(200, PEM[:-7]), "NoCertificate"),
        (TimeoutError(), "TimeoutError"),
        (http.client.RemoteDisconnected(), "RemoteDisconnected"),
        (http.client.BadStatusLine("x"), "BadStatusLine"),
    ],
)
def test_an_outage_is_not_the_senders_fault_and_not_remembered(
    server: Server, answer: FetchedAnswer | Exception, code: str
) -> None:
    """The request is put off, and the next one asks again."""
    server.answer = answer
    with pytest.raises(Unavailable) as caught:
        server.certificates(URL)
    assert caught.value.code == code
    server.answer = FetchedAnswer(200, PEM)
    assert server.certificates(URL) == PEM


def test_addresses_that_lead_nowhere_push_out_no_certificate(server: Server) -> None:
    """However many are made up, the genuine certificate serves on, and few of them are remembered."""
    server.certificates(URL)
    server.answer = FetchedAnswer(404, b"")
    for number in range(MAX_CACHED + 1):
        with pytest.raises(SignatureRefused):
            server.certificates(f"{URL}{number}")
    assert server.certificates(URL) == PEM
    assert server.asked.count(URL) == 1
    with pytest.raises(SignatureRefused):
        server.certificates(f"{URL}0")
    assert server.asked.count(f"{URL}0") == 2


def test_the_certificate_in_use_is_the_last_to_be_forgotten(server: Server) -> None:
    """Others, genuine but idle, go before it."""
    for number in range(MAX_CACHED + 5):
        server.certificates(URL)
        server.certificates(f"{URL}{number}")
    assert server.asked.count(URL) == 1


def test_made_up_addresses_cost_a_bounded_number_of_fetches_a_minute(server: Server) -> None:
    """Beyond it a request is put off; what is cached needs no fetch, and the next minute is a new one."""
    server.certificates(URL)
    for number in range(MAX_FETCHES - 1):
        server.certificates(f"{URL}{number}")
        server.certificates(URL)
    server.seconds = MINUTE_SECONDS - 1
    with pytest.raises(Unavailable) as caught:
        server.certificates(f"{URL}x")
    assert (caught.value.code, len(server.asked)) == ("TooManyFetches", MAX_FETCHES)
    assert server.certificates(URL) == PEM
    server.seconds = MINUTE_SECONDS
    assert server.certificates(f"{URL}x") == PEM


def test_in_an_outage_a_certificate_from_before_serves_on(server: Server) -> None:
    """Its validity is checked with each signature; once the server is back, its word counts again."""
    server.certificates(URL)
    server.seconds = CACHE_SECONDS
    server.answer = TimeoutError()
    assert server.certificates(URL) == PEM
    server.answer = FetchedAnswer(404, b"")
    with pytest.raises(SignatureRefused):
        server.certificates(URL)


def test_the_cache_is_bounded(server: Server) -> None:
    """Genuine addresses push out the oldest, never more memory."""
    for number in range(MAX_CACHED + 1):
        server.certificates(f"{URL}{number}")
    server.certificates(f"{URL}{MAX_CACHED}")
    assert len(server.asked) == MAX_CACHED + 1
    server.certificates(f"{URL}0")
    assert server.asked[-1] == f"{URL}0"


def test_a_fetch_is_one_request_that_follows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One GET to the host, a bounded read, and the connection is closed."""
    seen: list[Any] = []

    class Connection:
        status, length = 302, 0

        def __init__(self, host: str, timeout: int) -> None:
            seen.append((host, timeout))

        def request(self, method: str, path: str) -> None:
            seen.append((method, path))

        def getresponse(self) -> "Connection":
            return self

        def read(self, size: int) -> bytes:
            seen.append(size)
            return b"pem"

        def close(self) -> None:
            seen.append("closed")

    monkeypatch.setattr(http.client, "HTTPSConnection", Connection)
    assert module.fetch(URL) == FetchedAnswer(302, b"pem")
    assert seen == [("api.paypal.com", 3), ("GET", "/v1/notifications/certs/CERT-1"), 65_536, "closed"]


@pytest.mark.parametrize("promised", [b"Content-Length: 99", b"Transfer-Encoding: chunked"])
def test_an_answer_that_breaks_off_is_no_answer(promised: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came of a chain of certificates may be a certificate by itself, but not the whole of it."""
    ours, theirs = socket.socketpair()
    body = b"9\r\n" + PEM[:9] if b"chunked" in promised else PEM
    theirs.sendall(b"HTTP/1.1 200 OK\r\n" + promised + b"\r\n\r\n" + body)
    theirs.shutdown(socket.SHUT_WR)
    monkeypatch.setattr(http.client.HTTPSConnection, "connect", lambda self: setattr(self, "sock", ours))
    with pytest.raises(http.client.IncompleteRead), theirs:
        module.fetch(URL)


def test_a_development_certificate_counts_only_where_aws_is_not_aws_itself() -> None:
    """In a function that speaks to AWS the variable alone changes nothing."""
    variable, endpoint = {DEVELOPMENT_VARIABLE: "PEM"}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
    found = development_certificate({**variable, **endpoint})
    assert found is not None
    assert (found.pem, found.fetch("https://api.paypal.com/anything")) == ("PEM", b"PEM")
    assert [development_certificate(environ) for environ in (variable, endpoint, {})] == [None] * 3

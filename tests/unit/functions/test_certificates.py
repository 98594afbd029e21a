"""The fetching of certificates: with a cache, with limits, and with a difference between bad requests and outages."""

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
    """A server, a clock, and the certificates fetched from the server.

    Attributes:
        answer: the server's answer or error.
        asked: every requested URL.
        seconds: the clock.
        certificates: the object under test.
    """

    def __init__(self) -> None:
        self.answer: FetchedAnswer | Exception = FetchedAnswer(200, PEM)
        self.asked: list[str] = []
        self.seconds = 0.0
        self.certificates = Certificates(self.fetch, lambda: self.seconds)

    def fetch(self, url: str) -> FetchedAnswer:
        """Return the answer, or raise the error."""
        self.asked.append(url)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def server() -> Server:
    """Return a server with a certificate."""
    return Server()


def test_a_certificate_is_fetched_once_an_hour(server: Server) -> None:
    """Within an hour, all webhooks use the cached certificate."""
    assert server.certificates(URL) == server.certificates(URL) == PEM
    server.seconds = CACHE_SECONDS - 1
    server.certificates(URL)
    assert server.asked == [URL]
    server.seconds = CACHE_SECONDS
    server.certificates(URL)
    assert server.asked == [URL, URL]


@pytest.mark.parametrize("status", [301, 302, 403, 404])
def test_a_certificate_that_is_not_there_refuses_the_request(server: Server, status: int) -> None:
    """An invalid URL is the sender's fault, and the failure is cached."""
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
    """The request gets 503, and the next request fetches again."""
    server.answer = answer
    with pytest.raises(Unavailable) as caught:
        server.certificates(URL)
    assert caught.value.code == code
    server.answer = FetchedAnswer(200, PEM)
    assert server.certificates(URL) == PEM


def test_addresses_that_lead_nowhere_push_out_no_certificate(server: Server) -> None:
    """Invalid URLs do not remove genuine certificates from the cache, and few of them are cached."""
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
    """Unused certificates leave the cache first."""
    for number in range(MAX_CACHED + 5):
        server.certificates(URL)
        server.certificates(f"{URL}{number}")
    assert server.asked.count(URL) == 1


def test_made_up_addresses_cost_a_bounded_number_of_fetches_a_minute(server: Server) -> None:
    """Above the limit, a request gets 503; cached certificates still work, and each minute has its own limit."""
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
    """During an outage, an expired cache entry is still used. The validity is checked with each signature."""
    server.certificates(URL)
    server.seconds = CACHE_SECONDS
    server.answer = TimeoutError()
    assert server.certificates(URL) == PEM
    server.answer = FetchedAnswer(404, b"")
    with pytest.raises(SignatureRefused):
        server.certificates(URL)


def test_the_cache_is_bounded(server: Server) -> None:
    """A new genuine certificate removes the oldest one."""
    for number in range(MAX_CACHED + 1):
        server.certificates(f"{URL}{number}")
    server.certificates(f"{URL}{MAX_CACHED}")
    assert len(server.asked) == MAX_CACHED + 1
    server.certificates(f"{URL}0")
    assert server.asked[-1] == f"{URL}0"


def test_a_fetch_is_one_request_that_follows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fetch makes one GET request, reads a limited number of bytes, and follows no redirect."""
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
    """An incomplete chain may look like a valid certificate, so it must be an error."""
    ours, theirs = socket.socketpair()
    body = b"9\r\n" + PEM[:9] if b"chunked" in promised else PEM
    theirs.sendall(b"HTTP/1.1 200 OK\r\n" + promised + b"\r\n\r\n" + body)
    theirs.shutdown(socket.SHUT_WR)
    monkeypatch.setattr(http.client.HTTPSConnection, "connect", lambda self: setattr(self, "sock", ours))
    with pytest.raises(http.client.IncompleteRead), theirs:
        module.fetch(URL)


def test_a_development_certificate_counts_only_where_aws_is_not_aws_itself() -> None:
    """On AWS, the variable has no effect."""
    variable, endpoint = {DEVELOPMENT_VARIABLE: "PEM"}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
    found = development_certificate({**variable, **endpoint})
    assert found is not None
    assert (found.pem, found.fetch("https://api.paypal.com/anything")) == ("PEM", b"PEM")
    assert [development_certificate(environ) for environ in (variable, endpoint, {})] == [None] * 3

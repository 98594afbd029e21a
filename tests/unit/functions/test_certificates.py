"""PayPal's certificates: fetched within limits, and kept where new execution environments find them."""

import http.client
import socket
from typing import Any

import pytest
from support.fakes.errors import aws_error
from support.fakes.table import FakeTable

from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.functions.providers import certificate_server as module
from hookline.functions.providers.certificates import (
    FRESH_SECONDS,
    MAX_CACHED,
    MAX_FETCHES,
    MINUTE_SECONDS,
    REFUSED_SECONDS,
    RESERVED_FETCHES,
    Certificates,
)
from hookline.functions.providers.development_certificate import DEVELOPMENT_VARIABLE, development_certificate
from hookline.functions.providers.kept_certificates import KeptTable
from hookline.functions.unavailable import Unavailable

PEM = b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
URL = "https://api.paypal.com/v1/notifications/certs/CERT-1"


class Server:
    """A server, a clock, a table, and the certificates of one execution environment.

    Attributes:
        answer: the server's answer, or an outage.
        asked: every requested URL.
        seconds: the clock.
        table: the table with kept certificates.
        certificates: the object under test.
    """

    def __init__(self) -> None:
        self.answer: bytes | Unavailable | None = PEM
        self.asked: list[str] = []
        self.seconds = 1_795_000_000.0
        self.table = FakeTable("key", fails=aws_error)
        self.restart()

    def restart(self) -> None:
        """Start a new execution environment."""
        self.certificates = Certificates(KeptTable(self.table, "webhooks"), self.fetch, lambda: self.seconds)  # type: ignore[arg-type]

    def fetch(self, url: str) -> bytes | None:
        """Return the answer, or raise the outage."""
        self.asked.append(url)
        if isinstance(self.answer, Unavailable):
            raise self.answer
        return self.answer

    def verify(self, url: str = URL) -> None:
        """Find a certificate, and keep it as after a genuine signature."""
        self.certificates.keep(url, self.certificates.find(url))

    def refusal(self, url: str) -> str:
        """Return the reason why there is no certificate for a URL."""
        with pytest.raises(SignatureRefused) as caught:
            self.certificates.find(url)
        return caught.value.reason

    def flood(self, number: int) -> None:
        """Ask for the certificates of made-up URLs."""
        for each in range(number):
            self.refusal(f"{URL}-made-up-{self.seconds}-{each}")


@pytest.fixture
def server() -> Server:
    """Return a server with a certificate."""
    return Server()


def test_a_certificate_is_fetched_once_an_hour(server: Server) -> None:
    """Within an hour, all webhooks use the same certificate, whether it has verified a delivery or not."""
    for kept in (False, True):
        server.asked.clear()
        assert server.certificates.find(URL) == server.certificates.find(URL) == PEM
        if kept:
            server.verify()
        server.seconds += FRESH_SECONDS - 1
        server.certificates.find(URL)
        assert server.asked == [URL]
        server.seconds += 1
        server.certificates.find(URL)
        assert server.asked == [URL, URL]
        server.seconds += FRESH_SECONDS


def test_a_new_environment_finds_a_kept_certificate_without_paypal(server: Server) -> None:
    """The table has the certificate and the time at which it was fetched, and forgets it after 400 days."""
    server.verify()
    (item,) = server.table.stored.values()
    assert item["expires_at"] == {"N": str(int(server.seconds) + 400 * 86_400)}
    server.restart()
    server.answer = Unavailable("TimeoutError")
    server.verify()
    assert server.asked == [URL]
    server.seconds += FRESH_SECONDS
    assert server.certificates.find(URL) == PEM
    assert server.asked == [URL, URL]


def test_a_renewed_certificate_is_kept_instead_of_the_old_one(server: Server) -> None:
    """A renewed certificate is used at once, and saved when it has verified a delivery."""
    server.verify()
    server.seconds += FRESH_SECONDS
    server.answer = PEM + b"new"
    assert server.certificates.find(URL) == PEM + b"new"
    assert server.certificates.find(URL) == PEM + b"new"
    server.certificates.keep(URL, PEM + b"new")
    server.restart()
    assert server.certificates.find(URL) == PEM + b"new"
    assert len(server.asked) == 2


def test_only_a_certificate_that_was_just_found_is_kept(server: Server) -> None:
    """A genuine delivery with a certificate that is kept already writes nothing."""
    server.verify()
    server.verify()
    server.certificates.keep(f"{URL}-other", PEM)
    assert server.table.puts == 1


def test_a_table_that_fails_costs_only_fetches(server: Server) -> None:
    """Deliveries do not depend on the kept certificates in the table."""
    server.table.error = aws_error("ThrottlingException")
    server.verify()
    server.restart()
    server.verify()
    assert server.asked == [URL, URL]


def test_a_certificate_that_is_not_there_refuses_the_request(server: Server) -> None:
    """An invalid URL is the sender's fault, and is remembered for a minute."""
    server.answer = None
    assert [server.refusal(URL) for _ in range(3)] == [Refusal.MISMATCH] * 3
    assert server.asked == [URL]
    server.answer = PEM
    server.seconds += REFUSED_SECONDS
    assert server.certificates.find(URL) == PEM


def test_a_certificate_that_paypal_has_withdrawn_is_not_used(server: Server) -> None:
    """PayPal says that there is no certificate, so the kept one does not count, in any environment."""
    server.verify()
    server.seconds += FRESH_SECONDS
    server.answer = None
    assert server.refusal(URL) == Refusal.MISMATCH
    server.restart()
    assert server.refusal(URL) == Refusal.MISMATCH
    server.restart()
    server.answer = Unavailable("TimeoutError")
    assert server.refusal(URL) == Refusal.NO_CERTIFICATE


def test_an_outage_is_not_the_senders_fault_and_not_remembered(server: Server) -> None:
    """The next request fetches again. Anybody can ask for a new URL, so the answer is no 5xx."""
    server.answer = Unavailable("HTTP503")
    assert server.refusal(URL) == Refusal.NO_CERTIFICATE
    server.answer = PEM
    assert server.certificates.find(URL) == PEM


def test_made_up_addresses_cost_a_bounded_number_of_fetches_a_minute(server: Server) -> None:
    """Above the limit, a request with an unknown URL is refused. Each minute has its own limit."""
    server.answer = None
    server.flood(MAX_FETCHES + 10)
    assert len(server.asked) == MAX_FETCHES
    server.answer = PEM
    server.seconds += MINUTE_SECONDS - 1
    assert server.refusal(URL) == Refusal.TOO_MANY_CERTIFICATES
    server.seconds += 1
    assert server.certificates.find(URL) == PEM


def test_an_hour_of_made_up_addresses_stops_no_known_certificate(server: Server) -> None:
    """Old and new environments accept deliveries whose certificate verified before, while the limit is reached."""
    server.verify()
    server.answer = None
    for minute in range(60):
        server.flood(31)
        server.answer = PEM
        if minute % 2:
            server.restart()
            server.answer = None
            server.flood(31)
            server.answer = PEM
        server.verify()
        assert server.refusal(f"{URL}-first-seen") == Refusal.TOO_MANY_CERTIFICATES
        server.answer = None
        server.seconds += MINUTE_SECONDS
    server.answer = PEM
    server.verify(f"{URL}-first-seen")


def test_kept_certificates_are_renewed_within_their_own_limit(server: Server) -> None:
    """Above the limit, and during an outage, the certificate from before is used."""
    urls = [f"{URL}{number}" for number in range(RESERVED_FETCHES + 1)]
    for url in urls:
        server.verify(url)
    server.seconds += FRESH_SECONDS
    assert [server.certificates.find(url) for url in urls] == [PEM] * len(urls)
    assert len(server.asked) == 2 * len(urls) - 1
    server.seconds += MINUTE_SECONDS
    server.answer = Unavailable("TimeoutError")
    assert server.certificates.find(urls[-1]) == PEM


def test_the_certificate_in_use_is_the_last_to_be_forgotten(server: Server) -> None:
    """Kept certificates that nobody uses leave the memory first. Unverified ones cannot push out a kept one."""
    for number in range(MAX_CACHED + 5):
        server.verify()
        server.certificates.find(f"{URL}{number}")
        server.seconds += MINUTE_SECONDS
    assert server.asked.count(URL) == 1
    server.certificates.find(f"{URL}0")
    assert server.asked.count(f"{URL}0") == 2


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
    with pytest.raises(Unavailable, match="HTTP302"):
        module.fetch(URL)
    assert seen == [("api.paypal.com", 3), ("GET", "/v1/notifications/certs/CERT-1"), 65_536, "closed"]


@pytest.mark.parametrize("promised", [b"Content-Length: 99", b"Transfer-Encoding: chunked"])
def test_an_answer_that_breaks_off_is_no_answer(promised: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """An incomplete chain may look like a valid certificate, so it must be an error."""
    ours, theirs = socket.socketpair()
    body = b"9\r\n" + PEM[:9] if b"chunked" in promised else PEM
    theirs.sendall(b"HTTP/1.1 200 OK\r\n" + promised + b"\r\n\r\n" + body)
    theirs.shutdown(socket.SHUT_WR)
    monkeypatch.setattr(http.client.HTTPSConnection, "connect", lambda self: setattr(self, "sock", ours))
    with pytest.raises(Unavailable, match="IncompleteRead"), theirs:
        module.fetch(URL)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (503, b"", "HTTP503"),
        (429, b"", "HTTP429"),
        (302, b"", "HTTP302"),
        (403, b"", "HTTP403"),
        (200, b"<html>back soon", "NoCertificate"),
        (200, PEM[:-7], "NoC"),
    ],
)
def test_an_error_of_the_server_is_not_an_answer(
    status: int, body: bytes, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error page is no certificate, and does not mean that there is none."""
    ours, theirs = socket.socketpair()
    theirs.sendall(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
    monkeypatch.setattr(http.client.HTTPSConnection, "connect", lambda self: setattr(self, "sock", ours))
    with pytest.raises(Unavailable, match=code), theirs:
        module.fetch(URL)


def test_a_certificate_is_returned_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole body of the answer is the certificate."""
    ours, theirs = socket.socketpair()
    theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(PEM), PEM))
    monkeypatch.setattr(http.client.HTTPSConnection, "connect", lambda self: setattr(self, "sock", ours))
    with theirs:
        assert module.fetch(URL) == PEM


@pytest.mark.parametrize("status", [404, 410])
def test_only_these_answers_say_that_there_is_no_certificate(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other status may be a fault on the way, which must not withdraw a kept certificate."""
    ours, theirs = socket.socketpair()
    theirs.sendall(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)
    monkeypatch.setattr(http.client.HTTPSConnection, "connect", lambda self: setattr(self, "sock", ours))
    with theirs:
        assert module.fetch(URL) is None


def test_a_server_that_cannot_be_reached_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exception contains only the type of the error."""

    def refuse(_: object) -> None:
        raise ConnectionRefusedError("api.paypal.com")

    monkeypatch.setattr(http.client.HTTPSConnection, "connect", refuse)
    with pytest.raises(Unavailable, match=r"^ConnectionRefusedError$"):
        module.fetch(URL)


def test_a_development_certificate_counts_only_where_aws_is_not_aws_itself() -> None:
    """On AWS, the variable has no effect."""
    variable, endpoint = {DEVELOPMENT_VARIABLE: "PEM"}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
    found = development_certificate({**variable, **endpoint})
    assert found is not None
    assert (found.pem, found.find("https://api.paypal.com/anything")) == ("PEM", b"PEM")
    assert [development_certificate(environ) for environ in (variable, endpoint, {})] == [None] * 3

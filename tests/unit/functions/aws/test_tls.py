"""TLS: the client sends no data to a server without a valid certificate."""

import hashlib
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.packaged import PACKAGED
from unit.functions.aws.certificates import Authority
from unit.functions.aws.server import Server, serving

from hookline.functions.aws import amazon_roots, tls
from hookline.functions.aws.connection import Connection
from hookline.functions.aws.endpoint import find
from hookline.functions.aws.errors import AwsError

REQUEST = b"GET / HTTP/1.1\r\nhost: any\r\n\r\n"
AUTHORITY = Authority("Trusted")
STRANGER = Authority("Stranger")


@pytest.fixture(autouse=True)
def _no_context_is_kept() -> Iterator[None]:
    tls._context.cache_clear()
    yield
    tls._context.cache_clear()


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a file with the one trusted authority."""
    file = tmp_path / "bundle.pem"
    file.write_text(AUTHORITY.pem)
    return str(file)


def ask(server: Server) -> int:
    """Send a request over TLS, and return the status of the answer."""
    connection = Connection(find("sqs", "SQS", {"AWS_ENDPOINT_URL": server.url}))
    try:
        return connection.exchange(REQUEST, 2).status
    finally:
        connection.close()


def test_a_bundle_of_the_environment_is_all_that_is_trusted(
    bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in every AWS SDK, AWS_CA_BUNDLE replaces the trusted roots."""
    monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "stranger.pem"))
    (tmp_path / "stranger.pem").write_text(STRANGER.pem)
    with serving(AUTHORITY.server(tmp_path)) as server:
        assert ask(server) == 200
    with serving(STRANGER.server(tmp_path)) as server:
        with pytest.raises(AwsError, match=r"^CertificateRefused$"):
            ask(server)
        assert server.requests == []


def test_what_the_system_trusts_serves_where_amazon_s_roots_do_not(
    bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If Amazon's roots do not match, the client connects again with the system's roots, and remembers this."""
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    with serving(AUTHORITY.server(tmp_path)) as server:
        assert ask(server) == 200
        assert server.connections == 2
        assert ask(server) == 200
        assert server.connections == 3


@pytest.mark.parametrize("address", ["127.0.0.2", "10.0.0.1"])
def test_a_certificate_for_another_host_is_refused(
    address: str, bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trusted certificate is not enough if it names another host."""
    monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    with serving(AUTHORITY.server(tmp_path, address)) as server:
        with pytest.raises(AwsError, match=r"^CertificateRefused$"):
            ask(server)
        assert server.requests == []


def test_a_stranger_s_certificate_is_refused(bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither Amazon's nor the system's roots trust it, so the client sends nothing."""
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    with serving(STRANGER.server(tmp_path)) as server:
        with pytest.raises(AwsError, match=r"^CertificateRefused$"):
            ask(server)
        assert server.requests == []


def test_old_versions_of_tls_are_not_spoken() -> None:
    """The client requires TLS 1.2 or later, a certificate, and a matching host name."""
    context = tls._context("")
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert len(context.get_ca_certs()) == 5


@pytest.mark.skipif(PACKAGED, reason="the digests are in a docstring, which byte code does not have")
def test_the_roots_are_those_whose_digests_amazon_publishes() -> None:
    """The digests in the docstring match the certificates."""
    pems = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", amazon_roots.AMAZON_ROOTS, re.DOTALL)
    digests = [hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest() for pem in pems]
    assert amazon_roots.__doc__
    assert digests == re.findall(r"\b[0-9a-f]{64}\b", amazon_roots.__doc__)
    assert len(digests) == 5

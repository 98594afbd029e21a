"""Certificates made with an independent library, for tests of hookline's own X.509 reader."""

from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

WEBHOOK_NAME = "messageverificationcerts.paypal.com"
START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2052, 1, 1, tzinfo=UTC)


class Holder(NamedTuple):
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        """The certificate as DER."""
        return self.certificate.public_bytes(Encoding.DER)

    def sign(self, message: bytes) -> bytes:
        """Sign as PayPal does."""
        return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())


@cache
def key(number: int = 0, size: int = 2048) -> rsa.RSAPrivateKey:
    """Return one of a few RSA keys; keys are cached, because making one is slow."""
    return rsa.generate_private_key(65537, size)


def issue(
    name: str | None,
    issuer: Holder | None,
    *,
    private_key: rsa.RSAPrivateKey | None = None,
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    start: datetime = START,
    end: datetime = END,
    algorithm: hashes.HashAlgorithm | None = None,
) -> Holder:
    """Issue a certificate; without an issuer, it is self-signed."""
    own = private_key or key(1)
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests")]
    attributes += [x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else []
    subject = x509.Name(attributes)
    builder = x509.CertificateBuilder(
        issuer.certificate.subject if issuer else subject, subject, own.public_key(), 1, start, end
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Holder(builder.sign(issuer.key if issuer else own, algorithm or hashes.SHA256()), own)


AUTHORITY = ((x509.BasicConstraints(ca=True, path_length=None), True),)


@cache
def authority() -> Holder:
    """Return the tests' own certificate authority."""
    return issue("Authority of the tests", None, private_key=key(0), extensions=AUTHORITY)


@cache
def webhook_certificate() -> Holder:
    """Return a certificate like the one with which PayPal signs webhooks."""
    return issue(WEBHOOK_NAME, authority())

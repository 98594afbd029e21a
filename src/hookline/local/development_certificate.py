"""A certificate that signs samples of PayPal webhooks in local mode.

The functions get the certificate from the environment of the emulator's process. The Pulumi program and the settings
cannot set a certificate, and only local mode trusts it (docs/decisions/0014-a-development-certificate-for-paypal.md).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hookline.core.providers.paypal import CERTIFICATE_NAMES

VARIABLE = "HOOKLINE_DEVELOPMENT_CERTIFICATE"
"""The environment variable from which ingestion reads the certificate (`hookline.functions.providers`)."""

_VALID_FROM, _VALID_UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2076, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class DevelopmentCertificate:
    """A self-signed certificate for samples of PayPal webhooks, and its RSA key.

    Attributes:
        pem: the certificate as PEM.
        key: the private key as PEM (PKCS #8).
    """

    pem: str
    key: str

    def sign(self, message: bytes) -> bytes:
        """Return the RSASSA-PKCS1-v1_5 signature of a message with SHA-256 (RFC 8017, section 8.2.1)."""
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - see `make`
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415

        key: Any = serialization.load_pem_private_key(self.key.encode(), None)  # always an RSA key, see `make`
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def load_or_make(file: Path) -> DevelopmentCertificate:
    """Return the development certificate in a file. If the file is missing or not valid, write a new certificate to it.

    Only the owner of a new file can read the file.

    Raises:
        OSError: if the file cannot be read or written.
    """
    found = load(file)
    if found is None:
        found = make()
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(found)))
    return found


def load(file: Path) -> DevelopmentCertificate | None:
    """Return the development certificate in a file. Return None if the file is missing or not valid."""
    try:
        return DevelopmentCertificate(**json.loads(file.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def make() -> DevelopmentCertificate:
    """Return a new development certificate with the common name that PayPal uses in its test environment."""
    # `make` imports cryptography itself, because commands without local mode do not need this library.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, CERTIFICATE_NAMES["sandbox"])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_VALID_FROM)
        .not_valid_after(_VALID_UNTIL)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return DevelopmentCertificate(certificate.public_bytes(serialization.Encoding.PEM).decode(), secret.decode())

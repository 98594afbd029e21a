"""The certificate that ingestion trusts in local mode, where hookline signs PayPal's samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hookline.functions.local_mode import is_local

DEVELOPMENT_VARIABLE = "HOOKLINE_DEVELOPMENT_CERTIFICATE"
"""Environment variable with the certificate for PayPal's samples as PEM text. Only local mode sets this variable."""


@dataclass(frozen=True)
class TrustedCertificate:
    """A self-signed certificate that ingestion trusts in local mode.

    Attributes:
        pem: the certificate as PEM text.
    """

    pem: str

    def find(self, url: str) -> bytes:  # noqa: ARG002
        """Return the trusted certificate. The URL makes no difference."""
        return self.pem.encode()

    def kept(self, url: str) -> None:
        """Return None, because there is no other certificate."""

    def keep(self, url: str, pem: bytes) -> None:
        """Do nothing, because the certificate is always at hand."""


def development_certificate(environ: Mapping[str, str]) -> TrustedCertificate | None:
    """Return the certificate to trust instead of PayPal's certificates, or None outside local mode.

    A function in AWS ignores a certificate in its environment variables.
    """
    pem = environ.get(DEVELOPMENT_VARIABLE)
    return TrustedCertificate(pem) if pem and is_local(environ) else None

"""The certificate that local mode signs with in PayPal's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEVELOPMENT_VARIABLE = "HOOKLINE_DEVELOPMENT_CERTIFICATE"
"""Environment variable that local mode sets: the certificate that it signs with in PayPal's place."""


@dataclass(frozen=True)
class TrustedCertificate:
    """What local mode signs with in PayPal's place.

    Attributes:
        pem: the certificate, which vouches for itself.
    """

    pem: str

    def fetch(self, _url: str) -> bytes:
        """Return the certificate, wherever it is said to be."""
        return self.pem.encode()


def development_certificate(environ: Mapping[str, str]) -> TrustedCertificate | None:
    """Return the certificate to trust in the place of PayPal's; None wherever this is the real AWS.

    A function that speaks to AWS itself has no ``AWS_ENDPOINT_URL``, so there the certificate counts for nothing.
    """
    pem = environ.get(DEVELOPMENT_VARIABLE)
    return TrustedCertificate(pem) if pem and environ.get("AWS_ENDPOINT_URL") else None

"""The certificate that local mode signs with in PayPal's place."""

from hookline.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

DEVELOPMENT_VARIABLE = "HOOKLINE_DEVELOPMENT_CERTIFICATE"
"""Environment variable that local mode sets: the certificate that it signs with in PayPal's place."""


class DevelopmentCertificate(Record):
    """What local mode signs with in PayPal's place.

    Attributes:
        pem: the certificate, which vouches for itself.
    """

    def __init__(self, pem: str) -> None:
        self.pem: Final = pem

    def fetch(self, _url: str) -> bytes:
        """Return the certificate, wherever it is said to be."""
        return self.pem.encode()


def development_certificate(environ: "Mapping[str, str]") -> DevelopmentCertificate | None:
    """Return the certificate to trust in the place of PayPal's; None wherever this is the real AWS.

    A function that speaks to AWS itself has no ``AWS_ENDPOINT_URL``, so there the certificate counts for nothing.
    """
    pem = environ.get(DEVELOPMENT_VARIABLE)
    return DevelopmentCertificate(pem) if pem and environ.get("AWS_ENDPOINT_URL") else None

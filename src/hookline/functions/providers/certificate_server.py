"""The fetching of PayPal's certificates with HTTP. The caller checks the URL against an allow-list."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from hookline.functions.unavailable import Unavailable

MAX_BYTES = 65_536
"""Maximum number of bytes that are read from the answer of a certificate server."""

CERTIFICATE_MARK = b"-----END CERTIFICATE-----"
"""The last line of a certificate in PEM. An answer without this line, such as an error page, is not a certificate."""

TIMEOUT_SECONDS = 3
"""Timeout in seconds for the connection to a certificate server, and for each read."""


def fetch(url: str) -> bytes | None:
    """Return the certificate at an https URL. Return None if the server says that there is no certificate.

    The function makes one request, and does not follow redirects.

    Raises:
        Unavailable: when there is no complete answer, or the server neither has nor denies the certificate.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        return _get(connection, parts.path)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(type(error).__name__) from None
    finally:
        connection.close()


def _get(connection: http.client.HTTPSConnection, path: str) -> bytes | None:
    connection.request("GET", path)
    response = connection.getresponse()
    content = response.read(MAX_BYTES)
    if response.length and len(content) < MAX_BYTES:  # if the connection ends early, ``read(n)`` does not raise
        raise http.client.IncompleteRead(content, response.length)
    if response.status in (http.HTTPStatus.NOT_FOUND, http.HTTPStatus.GONE):
        return None
    if response.status != http.HTTPStatus.OK:
        raise Unavailable(f"HTTP{response.status}")
    if CERTIFICATE_MARK not in content:
        raise Unavailable("NoCertificate")
    return content

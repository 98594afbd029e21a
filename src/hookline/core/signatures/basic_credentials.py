"""This module verifies HTTP basic credentials: a user name and a password, which a sender sends instead of a signature.

Source: RFC 7617 ("The 'Basic' HTTP Authentication Scheme"). Credentials prove who sent a request. They do not sign its
body. In the list of live secrets they have the form ``basic:USER:PASSWORD``. The user name contains no colon, so there
is only one way to split this text.
"""

from __future__ import annotations

import hmac
import re
from binascii import a2b_base64
from collections.abc import Iterable, Mapping

from hookline.core.signatures.refusal import Refusal, SignatureRefused

PREFIX = "basic:"
"""Start of credentials in the list of live secrets."""

HEADER = "authorization"

_CREDENTIALS = re.compile(r"basic:[!-9;-~]{1,128}:[!-~]{1,128}")
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})"
_HEADER_VALUE = re.compile(f"(?i:basic) +({_BASE64})")


def is_credentials(secret: str) -> bool:
    """Return whether a live secret is ``basic:USER:PASSWORD``.

    Both have 1 to 128 visible ASCII characters. The password can contain colons.
    """
    return bool(_CREDENTIALS.fullmatch(secret))


def read_credentials(headers: Mapping[str, str]) -> bytes:
    """Return the decoded value of the header ``Authorization``: user name, colon and password (RFC 7617, section 2).

    Args:
        headers: the headers, with names in lower case.

    Raises:
        SignatureRefused: ``MISSING`` when the header is absent or empty, ``MALFORMED`` when it has another form.
    """
    value = headers.get(HEADER, "")
    if not value:
        raise SignatureRefused(Refusal.MISSING)
    found = _HEADER_VALUE.fullmatch(value)
    if not found:
        raise SignatureRefused(Refusal.MALFORMED)
    return a2b_base64(found[1])


def require_credentials(given: bytes, secrets: Iterable[str]) -> str:
    """Return the live secret with the credentials of a request. The whole value is compared in constant time.

    Args:
        given: the result of ``read_credentials``.
        secrets: the live secrets. Secrets of another form are ignored.

    Raises:
        SignatureRefused: ``NO_SECRET`` when no live secret is credentials, ``MISMATCH`` when none is the given one.
    """
    live = [secret for secret in secrets if is_credentials(secret)]
    if not live:
        raise SignatureRefused(Refusal.NO_SECRET)
    for secret in live:
        if hmac.compare_digest(secret.removeprefix(PREFIX).encode("ascii"), given):
            return secret
    raise SignatureRefused(Refusal.MISMATCH)

"""The fingerprint of a signing secret: a short hash that identifies the secret without showing it."""

from __future__ import annotations

import hmac
from functools import lru_cache

SALT = "salt"
"""Key of the random text in the value of the AWS secret with which the fingerprints of its secrets are made."""

LENGTH = 8
"""Number of hex digits of a fingerprint."""

_REMEMBERED = 64


@lru_cache(_REMEMBERED)  # the live secrets stay the same for minutes
def fingerprint(secret: str, salt: str) -> str:
    """Return the fingerprint of a secret.

    The fingerprint is the start of an HMAC-SHA256 with a random salt, which only readers of the AWS secret know. So
    nobody can look up a fingerprint in a list of known secrets.
    """
    digest = hmac.digest(salt.encode(), secret.encode("utf-8", "surrogatepass"), "sha256")
    return digest.hex()[:LENGTH]

"""The core of most schemes: one HMAC-SHA256 in one header, compared with those of the live secrets.

The header's form is checked strictly before anything is computed, so whatever reaches the comparison is ASCII. It is
compared as it travels, hex or base64 text, as bytes and in constant time: equal text leaves no room for aliases.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Mapping

from hookline.core.signatures.refusal import Refusal, SignatureRefused

HEX = re.compile(r"[0-9a-f]{64}")
"""An HMAC-SHA256 in lower-case hex; providers send no other case."""

BASE64 = re.compile(r"[A-Za-z0-9+/]{43}=")
"""An HMAC-SHA256 in base64."""


def read_signature(headers: Mapping[str, str], name: str, form: re.Pattern[str]) -> bytes:
    """Return the signature that a header holds.

    Args:
        headers: names in lower case.
        name: the header's name in lower case.
        form: ``HEX`` or ``BASE64``.

    Raises:
        SignatureRefused: ``MISSING`` when it is absent or empty, ``MALFORMED`` when it has another form.
    """
    value = headers.get(name, "")
    if not value:
        raise SignatureRefused(Refusal.MISSING)
    if not form.fullmatch(value):
        raise SignatureRefused(Refusal.MALFORMED)
    return value.encode("ascii")


def usable_keys(secrets: Iterable[str]) -> list[bytes]:
    """Return the live secrets as keys.

    Raises:
        SignatureRefused: ``NO_SECRET`` when there is none; an empty one is none.
    """
    keys = [secret.encode("utf-8", "surrogatepass") for secret in secrets if secret.strip()]
    if not keys:
        raise SignatureRefused(Refusal.NO_SECRET)
    return keys


def require_match(signatures: Iterable[bytes], keys: Iterable[bytes], signed: bytes, form: re.Pattern[str]) -> None:
    """Return if one of the keys made one of the signatures.

    Args:
        signatures: as they came.
        keys: the live keys.
        signed: the bytes that the provider signs.
        form: how the signatures are written, ``HEX`` or ``BASE64``.

    Raises:
        SignatureRefused: ``MISMATCH``.
    """
    macs = [mac(key, signed, form) for key in keys]
    if not any(hmac.compare_digest(expected, given) for given in signatures for expected in macs):
        raise SignatureRefused(Refusal.MISMATCH)


def mac(key: bytes, signed: bytes, form: re.Pattern[str]) -> bytes:
    """Return the HMAC-SHA256 in hex or base64."""
    digest = hmac.digest(key, signed, "sha256")
    return digest.hex().encode("ascii") if form is HEX else base64.b64encode(digest)

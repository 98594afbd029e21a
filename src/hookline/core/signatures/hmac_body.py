"""This module uses the live secrets to verify an HMAC-SHA256 that is sent in a header. Most providers sign this way.

The format of the header is checked before any HMAC is calculated. So the signature consists of ASCII characters, and
its conversion to bytes for the comparison in constant time cannot fail. The hex or base64 texts are compared without
decoding them. So a different encoding of the same HMAC does not match.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence

from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.core.values.characters import is_visible

HEX = re.compile(r"[0-9a-f]{64}")
"""Pattern of an HMAC-SHA256 in lower-case hex. Providers do not send upper-case hex."""

BASE64 = re.compile(r"[A-Za-z0-9+/]{43}=")
"""Pattern of an HMAC-SHA256 in base64."""


def read_signature(headers: Mapping[str, str], name: str, form: re.Pattern[str]) -> bytes:
    """Return the signature from a header, after checking its format.

    Args:
        headers: the headers, with names in lower case.
        name: name of the header in lower case.
        form: ``HEX`` or ``BASE64``.

    Raises:
        SignatureRefused: ``MISSING`` when the header is absent or empty, ``MALFORMED`` when it has another format.
    """
    value = headers.get(name, "")
    if not value:
        raise SignatureRefused(Refusal.MISSING)
    if not form.fullmatch(value):
        raise SignatureRefused(Refusal.MALFORMED)
    return value.encode("ascii")


def is_usable(secret: str) -> bool:
    """Return whether a secret can be a signing secret: printable ASCII characters without spaces, at least one."""
    return is_visible(secret, len(secret))


def usable_keys(secrets: Iterable[str]) -> dict[str, bytes]:
    """Return the live secrets that are not empty, as secret → HMAC key.

    Raises:
        SignatureRefused: ``NO_SECRET`` when all secrets are empty, or there are none.
    """
    keys = {secret: secret.encode("utf-8", "surrogatepass") for secret in secrets if secret.strip()}
    if not keys:
        raise SignatureRefused(Refusal.NO_SECRET)
    return keys


def require_match(signatures: Sequence[bytes], keys: Mapping[str, bytes], signed: bytes, form: re.Pattern[str]) -> str:
    """Return the first live secret with which one of the signatures was made.

    Args:
        signatures: the received signatures, as hex or base64 text.
        keys: live secret → its HMAC key.
        signed: the bytes that the provider signs.
        form: pattern for the encoding of the signatures, ``HEX`` or ``BASE64``.

    Raises:
        SignatureRefused: ``MISMATCH`` when no signature matches.
    """
    for secret, key in keys.items():
        expected = mac(key, signed, form)
        if any(hmac.compare_digest(expected, given) for given in signatures):
            return secret
    raise SignatureRefused(Refusal.MISMATCH)


def mac(key: bytes, signed: bytes, form: re.Pattern[str]) -> bytes:
    """Return the HMAC-SHA256 of the bytes ``signed`` as hex or base64 text."""
    digest = hmac.digest(key, signed, "sha256")
    return digest.hex().encode("ascii") if form is HEX else base64.b64encode(digest)

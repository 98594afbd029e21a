"""The HMAC key in a secret of Standard Webhooks, in each form in which senders show secrets.

Sources: the Standard Webhooks specification 1.0.0, section "Signature scheme" (``whsec_`` and base64); Supabase's
documentation of Auth Hooks (``v1,whsec_``); the open code with which Polar signs (polarsource/polar,
``server/polar/webhook/tasks.py``); Whop's documentation of webhooks ("Validating webhooks"). The last two use the bytes
of the whole text as the key.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from functools import lru_cache

MIN_SECRET_BYTES = 16
"""Minimum length of a secret key in bytes. The specification requires 24 bytes, but older senders use 16 bytes."""

RAW = "raw:"
"""Prefix of a secret whose key is the bytes of the text after the prefix."""

TEXT_PREFIXES = ("polar_whs_", "ws_")
"""Prefixes of Polar's older secrets and of Whop's secrets, whose key is the bytes of the whole text."""

ASYMMETRIC_PREFIXES = ("whpk_", "whsk_")
"""Prefixes of the public and the private key of the asymmetric scheme ``v1a``, which hookline does not verify."""

_BASE64_PREFIXES = ("whsec_", "v1,whsec_")
_SECRETS_REMEMBERED = 16


@lru_cache(_SECRETS_REMEMBERED)  # the live secrets stay the same for minutes
def key_of(secret: str) -> bytes | None:
    """Return the key of a secret. Return None if the secret has no known form or is shorter than ``MIN_SECRET_BYTES``.

    The prefix alone decides the form, so a secret has one key:

    - ``raw:`` and a text: the bytes of the text.
    - A text that begins with one of ``TEXT_PREFIXES``: the bytes of the whole text.
    - ``whsec_`` or ``v1,whsec_`` and base64, or base64 alone: the decoded bytes. The padding may be absent.

    URL-safe base64 is no known form, because the libraries of the specification decode it to different keys.
    """
    if not secret.isascii():
        return None
    key = _text_key(secret) or _decoded(secret)
    return key if key is not None and len(key) >= MIN_SECRET_BYTES else None


def same_key(one: str, other: str) -> bool:
    """Return whether two secrets are the same text or have the same key."""
    return one == other or (key_of(one) is not None and key_of(one) == key_of(other))


def _text_key(secret: str) -> bytes | None:
    if secret.startswith(RAW):
        return secret.removeprefix(RAW).encode("ascii")
    return secret.encode("ascii") if secret.startswith(TEXT_PREFIXES) else None


def _decoded(secret: str) -> bytes | None:
    prefix = next((each for each in _BASE64_PREFIXES if secret.startswith(each)), "")
    text = secret.removeprefix(prefix)
    padded = text if "=" in text else text + "=" * (-len(text) % 4)
    try:
        key = a2b_base64(padded, strict_mode=True)
    except ValueError:
        return None
    return key if b2a_base64(key, newline=False).decode("ascii") == padded else None

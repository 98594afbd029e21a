"""Verification and creation of Standard Webhooks signatures.

Source: the Standard Webhooks specification 1.0.0 (https://www.standardwebhooks.com), sections "Signature scheme" and
"Verifying webhook authenticity". Only the symmetric scheme ``v1`` is supported.
"""

from __future__ import annotations

import hmac
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Mapping

from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.core.signatures.standard_webhooks_key import MIN_SECRET_BYTES, key_of
from hookline.core.values.characters import is_digits, is_printable, is_visible

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

SVIX_HEADERS = {"svix-id": ID_HEADER, "svix-timestamp": TIMESTAMP_HEADER, "svix-signature": SIGNATURE_HEADER}
"""Name that Svix gives a header → name in the specification.

Source: Svix's documentation, "Verifying webhooks manually". Only the names differ: the signed text is the same.
"""

SIGNATURE_HEADERS = (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)
"""Names of the three headers that a signed request must have, in lower case."""

TOLERANCE_SECONDS = 300
"""Maximum difference in seconds between the signed time and the receiver's clock, in the past or future."""

_MAX_ID_LENGTH = 256
_MAX_SECONDS_LENGTH = 12
_MAX_SIGNATURES_LENGTH = 4096
_VERSION = "v1,"
_ASYMMETRIC_VERSION = "v1a,"
_MAC_LENGTH = 44
_MAC_BYTES = 32


def verify(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: int) -> str:
    """Verify a Standard Webhooks signature. Return the live secret with which it was made.

    The format of the headers is checked before any HMAC is calculated. Signatures with an unknown version and malformed
    signatures are ignored. Malformed secrets are also ignored. If all secrets are malformed, the delivery is rejected.

    Args:
        headers: the headers of the request, with names in lower case.
        body: the exact bytes of the request body.
        secrets: the live secrets, in a form of ``key_of``. One matching secret is enough.
        now: current time of the receiver in Unix seconds.

    Raises:
        SignatureRefused: when the signature is not genuine, with the reason.
    """
    webhook_id, timestamp, signatures = _read_headers(headers)
    keys = {secret: key for secret in secrets if (key := key_of(secret)) is not None}
    if not keys:
        raise SignatureRefused(Refusal.NO_SECRET)
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise SignatureRefused(Refusal.EXPIRED)
    for secret, key in keys.items():
        expected = _mac(key, webhook_id, timestamp, body)
        if any(hmac.compare_digest(expected, given) for given in signatures):
            return secret
    raise SignatureRefused(Refusal.MISMATCH)


def is_usable(secret: str) -> bool:
    """Return whether a secret has a form of ``key_of``."""
    return key_of(secret) is not None


def sign(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """Return the Standard Webhooks signature of a request.

    Args:
        secret: a secret in a form of ``key_of``.
        webhook_id: value of the ``webhook-id`` header.
        timestamp: value of the ``webhook-timestamp`` header in Unix seconds.
        body: the exact bytes of the request body.

    Returns:
        The value of the ``webhook-signature`` header.

    Raises:
        ValueError: when the secret has no form of ``key_of``, or is too short.
    """
    key = key_of(secret)
    if key is None:
        raise ValueError(f"a signing secret must be base64 of at least {MIN_SECRET_BYTES} bytes")
    return "v1," + _mac(key, webhook_id, str(timestamp), body).decode("ascii")


def _read_headers(headers: Mapping[str, str]) -> tuple[str, str, list[bytes]]:
    webhook_id, timestamp, signature = [headers.get(name, "") for name in SIGNATURE_HEADERS]
    if not (webhook_id and timestamp and signature):
        raise SignatureRefused(Refusal.MISSING)
    well_formed = is_visible(webhook_id, _MAX_ID_LENGTH) and _is_unix_seconds(timestamp)
    if not (well_formed and is_printable(signature, _MAX_SIGNATURES_LENGTH)):
        raise SignatureRefused(Refusal.MALFORMED)
    signatures = [entry[len(_VERSION) :].encode("ascii") for entry in signature.split(" ") if _is_signature(entry)]
    if not signatures:
        raise SignatureRefused(Refusal.ASYMMETRIC if _is_asymmetric(signature) else Refusal.MALFORMED)
    return webhook_id, timestamp, signatures


def _is_asymmetric(signature: str) -> bool:
    """Return whether all entries of the header ``webhook-signature`` are of version ``v1a`` (ed25519)."""
    entries = signature.split()
    return bool(entries) and all(entry.startswith(_ASYMMETRIC_VERSION) for entry in entries)


def _is_unix_seconds(text: str) -> bool:
    return is_digits(text) and len(text) <= _MAX_SECONDS_LENGTH and (text[0] != "0" or text == "0")


def _is_signature(entry: str) -> bool:
    """Return whether an entry of the header ``webhook-signature`` has the form ``v1,`` and an HMAC-SHA256 in base64."""
    mac = entry[len(_VERSION) :]
    if not entry.startswith(_VERSION) or len(mac) != _MAC_LENGTH:
        return False
    try:
        return len(a2b_base64(mac, strict_mode=True)) == _MAC_BYTES
    except ValueError:
        return False


def _mac(key: bytes, webhook_id: str, timestamp: str, body: bytes) -> bytes:
    """Return the HMAC as base64. Base64 texts are compared, so a different encoding of the same HMAC does not match."""
    signed = b".".join((webhook_id.encode("ascii"), timestamp.encode("ascii"), body))
    return b2a_base64(hmac.digest(key, signed, "sha256"), newline=False)

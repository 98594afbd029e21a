"""Standard Webhooks signatures: verify and sign.

Source of the rules: the Standard Webhooks specification 1.0.0 (https://www.standardwebhooks.com), sections
"Signature scheme" and "Verifying webhook authenticity". Only the symmetric scheme ``v1`` is spoken.
"""

import base64
import binascii
import hmac
import re

from hookline.core.signatures import Refusal, SignatureRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

SIGNATURE_HEADERS = (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)
"""Names of the three headers, in lower case."""

TOLERANCE_SECONDS = 300
"""How far the signed time may lie from the receiver's clock, either way."""

MIN_SECRET_BYTES = 16
"""Shortest key that is used; the specification asks for 24, older senders have 16."""

_SECRET_PREFIX = "whsec_"  # noqa: S105 - says what a secret looks like
_ID = re.compile(r"[!-~]{1,256}")
_UNIX_SECONDS = re.compile(r"0|[1-9][0-9]{0,11}")
_SIGNATURES = re.compile(r"[ -~]{1,4096}")
_V1 = re.compile(r"v1,([A-Za-z0-9+/]{43}=)")


def verify(headers: "Mapping[str, str]", body: bytes, secrets: "Iterable[str]", now: int) -> None:
    """Verify a delivery; returning at all means that it is genuine.

    The headers' form is checked before anything is computed. Signatures of unknown versions, and entries
    that are no signatures, are passed over. A secret that could not be a key is passed over too, so no
    usable secret means that nothing is accepted.

    Args:
        headers: the request's headers, names in lower case.
        body: the exact bytes received.
        secrets: the live secrets, base64 with or without ``whsec_``; any may match.
        now: the receiver's clock in Unix seconds.

    Raises:
        SignatureRefused: in every other case, with the reason.
    """
    webhook_id, timestamp, signatures = _read_headers(headers)
    keys = list(_usable_keys(secrets))
    if not keys:
        raise SignatureRefused(Refusal.NO_SECRET)
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise SignatureRefused(Refusal.EXPIRED)
    expected = [_mac(key, webhook_id, timestamp, body) for key in keys]
    if not any(hmac.compare_digest(mac, given) for mac in expected for given in signatures):
        raise SignatureRefused(Refusal.MISMATCH)


def sign(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """Sign a delivery.

    Args:
        secret: base64 with or without ``whsec_``.
        webhook_id: value of the ``webhook-id`` header.
        timestamp: value of the ``webhook-timestamp`` header, Unix seconds.
        body: the exact bytes to send.

    Returns:
        The value of the ``webhook-signature`` header.

    Raises:
        ValueError: when the secret could not be a key.
    """
    key = _key(secret)
    if key is None:
        raise ValueError(f"a signing secret is base64 of at least {MIN_SECRET_BYTES} bytes")
    return "v1," + _mac(key, webhook_id, str(timestamp), body).decode("ascii")


def _read_headers(headers: "Mapping[str, str]") -> tuple[str, str, list[bytes]]:
    webhook_id, timestamp, signature = (headers.get(name, "") for name in SIGNATURE_HEADERS)
    if not (webhook_id and timestamp and signature):
        raise SignatureRefused(Refusal.MISSING)
    well_formed = _ID.fullmatch(webhook_id) and _UNIX_SECONDS.fullmatch(timestamp)
    if not (well_formed and _SIGNATURES.fullmatch(signature)):
        raise SignatureRefused(Refusal.MALFORMED)
    matches = (_V1.fullmatch(entry) for entry in signature.split(" "))
    signatures = [match[1].encode("ascii") for match in matches if match]
    if not signatures:
        raise SignatureRefused(Refusal.MALFORMED)
    return webhook_id, timestamp, signatures


def _usable_keys(secrets: "Iterable[str]") -> "Iterator[bytes]":
    for secret in secrets:
        key = _key(secret)
        if key is not None:
            yield key


def _key(secret: str) -> bytes | None:
    text = secret.removeprefix(_SECRET_PREFIX)
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    canonical = base64.b64encode(key).decode("ascii") == text
    return key if canonical and len(key) >= MIN_SECRET_BYTES else None


def _mac(key: bytes, webhook_id: str, timestamp: str, body: bytes) -> bytes:
    """Return the signature as base64, the form in which it travels: equal text leaves no room for aliases."""
    signed = b".".join((webhook_id.encode("ascii"), timestamp.encode("ascii"), body))
    return base64.b64encode(hmac.digest(key, signed, "sha256"))

"""The parts of an API Gateway REST proxy event that matter, read without trusting its form."""

import base64
import binascii
import re

from hookline.core.errors import Rejected, malformed_json, payload_too_large

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MAX_BODY_BYTES = 262_144
"""Largest body of a transaction that is looked at (256 KiB)."""

_MEDIA_TYPE = re.compile(r"\s*application/json\s*(;.*)?", re.IGNORECASE)
_CHARSET = re.compile(r';\s*charset\s*=\s*("?)([^";\s]*)\1', re.IGNORECASE)
_TRACE_ROOT = re.compile(r"(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)")


def read_body(event: "Mapping[str, Any]", limit: int = MAX_BODY_BYTES) -> bytes:
    """Return the exact bytes of the body; none counts as empty.

    Args:
        event: the event.
        limit: most bytes that the body may have, once decoded.

    Raises:
        Rejected: 413 ``payload_too_large``; 400 ``malformed_json`` for a body that is flagged as base64 and
            is not.
    """
    text: str = event.get("body") or ""
    # A lone surrogate cannot come out of UTF-8; passed on as it is, the strict decoder refuses it.
    body = text.encode("utf-8", "surrogatepass")
    if event.get("isBase64Encoded"):
        if len(body) > (limit + 2) // 3 * 4:
            raise payload_too_large(limit)
        body = _decode_base64(body)
    if len(body) > limit:
        raise payload_too_large(limit)
    return body


def read_headers(event: "Mapping[str, Any]") -> dict[str, set[str]]:
    """Return every header's distinct values, by its name in lower case."""
    single: Mapping[str, str | None] = event.get("headers") or {}
    multiple: Mapping[str, list[str] | None] = event.get("multiValueHeaders") or {}
    headers: dict[str, set[str]] = {}
    for name, value in single.items():
        if value is not None:
            headers.setdefault(name.lower(), set()).add(value)
    for name, values in multiple.items():
        if values:
            headers.setdefault(name.lower(), set()).update(values)
    return headers


def check_content_type(headers: "Mapping[str, set[str]]") -> None:
    """Refuse anything but JSON in UTF-8.

    Raises:
        Rejected: 415 ``unsupported_media_type``.
    """
    values = headers.get("content-type", set())
    if len(values) != 1 or not all(map(_is_json_utf8, values)):
        raise Rejected(415, "unsupported_media_type", "Content-Type must be application/json in UTF-8")


def trace_id(event: "Mapping[str, Any]", headers: "Mapping[str, set[str]]", runtime_trace: str) -> str:
    """Return the id under which X-Ray knows this delivery.

    Args:
        event: the event.
        headers: what ``read_headers`` returned.
        runtime_trace: value of the runtime's variable ``_X_AMZN_TRACE_ID``, or an empty string.

    Returns:
        The trace's root, or else API Gateway's request id.
    """
    for trace in (*headers.get("x-amzn-trace-id", ()), runtime_trace):
        match = _TRACE_ROOT.search(trace)
        if match:
            return match[1]
    context: Mapping[str, str] = event.get("requestContext") or {}
    return context.get("requestId") or "unknown"


def _decode_base64(text: bytes) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise malformed_json("the body is not base64 as it says") from None


def _is_json_utf8(content_type: str) -> bool:
    charsets = {match[2].lower() for match in _CHARSET.finditer(content_type)}
    return bool(_MEDIA_TYPE.fullmatch(content_type)) and charsets <= {"utf-8"}

"""Functions that read the body, headers and trace id of an API Gateway REST proxy event."""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from hookline.core.errors import Rejected, malformed_json, payload_too_large

MAX_BODY_BYTES = 262_144
"""Maximum body size in bytes of a request to the validator (256 KiB)."""

_USUAL_CONTENT_TYPES = ("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8")
_MEDIA_TYPE = r"(?i)\s*application/json\s*(;.*)?"
_CHARSET = r'(?i);\s*charset\s*=\s*("?)([^";\s]*)\1'
_ROOT_FORM = b"0-00000000-000000000000000000000000"
_HEX_DIGITS_AS_ZEROS = bytes.maketrans(b"123456789abcdef", b"000000000000000")


def read_body(event: Mapping[str, Any], limit: int = MAX_BODY_BYTES) -> bytes:
    """Return the exact bytes of a request body. A missing body counts as empty.

    Args:
        event: the API Gateway event.
        limit: maximum size of the body in bytes, after base64 decoding.

    Raises:
        Rejected: 413 ``payload_too_large`` when the body is too large, or 400 ``malformed_json`` when the event says
            that the body is base64, but it is not.
    """
    text: str = event.get("body") or ""
    # An unpaired surrogate is not valid UTF-8. ``surrogatepass`` keeps it, because the strict JSON decoder rejects it.
    body = text.encode("utf-8", "surrogatepass")
    if event.get("isBase64Encoded"):
        if len(body) > (limit + 2) // 3 * 4:
            raise payload_too_large(limit)
        body = _decode_base64(body)
    if len(body) > limit:
        raise payload_too_large(limit)
    return body


def read_headers(event: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the headers of a request: header name in lower case → values."""
    single: Mapping[str, str | None] = event.get("headers") or {}
    multiple: Mapping[str, list[str] | None] = event.get("multiValueHeaders") or {}
    if multiple.keys() >= single.keys():  # the usual case: `headers` repeats the last value of each header
        headers = {name.lower(): values for name, values in multiple.items() if values}
        if len(headers) == len(multiple):
            return headers
    return _merged([*multiple.items(), *((name, None if value is None else [value]) for name, value in single.items())])


def check_content_type(headers: Mapping[str, Collection[str]]) -> None:
    """Check that the content type of a request is JSON in UTF-8.

    Raises:
        Rejected: 415 ``unsupported_media_type`` for any other content type.
    """
    values = set(headers.get("content-type", ()))
    if len(values) != 1 or not all(map(_is_json_utf8, values)):
        raise Rejected(415, "unsupported_media_type", "Content-Type must be application/json in UTF-8")


def trace_id(event: Mapping[str, Any], headers: Mapping[str, Collection[str]], runtime_trace: str) -> str:
    """Return the X-Ray trace id of a request or an EventBridge event.

    Args:
        event: the API Gateway or EventBridge event.
        headers: the result of ``read_headers``.
        runtime_trace: value of Lambda's environment variable ``_X_AMZN_TRACE_ID``, or an empty string.

    Returns:
        The root id of the trace. If there is no trace, the request id of API Gateway. If there is no request id,
        ``unknown``.
    """
    for trace in (*headers.get("x-amzn-trace-id", ()), runtime_trace):
        root = _root_of(trace)
        if root:
            return root
    context: Mapping[str, str] = event.get("requestContext") or {}
    return context.get("requestId") or "unknown"


def _merged(headers: Iterable[tuple[str, list[str] | None]]) -> dict[str, list[str]]:
    """Merge headers whose names differ only in case, and drop headers without a value."""
    merged: dict[str, list[str]] = {}
    for name, values in headers:
        if values:
            merged.setdefault(name.lower(), []).extend(values)
    return merged


def _decode_base64(text: bytes) -> bytes:
    try:
        return a2b_base64(text, strict_mode=True)
    except ValueError:
        raise malformed_json("the body is marked as base64 but is not base64") from None


def _is_json_utf8(content_type: str) -> bool:
    if content_type in _USUAL_CONTENT_TYPES:  # avoids compiling the regular expressions in the usual case
        return True
    charsets = {match[2].lower() for match in re.finditer(_CHARSET, content_type)}
    return bool(re.fullmatch(_MEDIA_TYPE, content_type)) and charsets <= {"utf-8"}


def _root_of(trace: str) -> str | None:
    """Return the root id in an X-Ray trace header. Return None if there is no root id in X-Ray's exact format."""
    for part in trace.split(";"):
        name, _, root = part.partition("=")
        form = root.encode("ascii", "replace").translate(_HEX_DIGITS_AS_ZEROS)
        if name.lstrip() == "Root" and form == _ROOT_FORM and root.startswith("1-"):
            return root
    return None

"""S3: the two calls that hookline makes, named and with parameters as in boto3.

Source of the rules: "PutObject" and "GetObject" in the S3 API reference.
"""

from __future__ import annotations

import io
from hashlib import sha256
from typing import Any

from hookline.functions.aws.answer import HttpAnswer
from hookline.functions.aws.client import Client
from hookline.functions.aws.endpoint import find

_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
"""What a key keeps as it stands in a path, for a signature too."""


class S3:
    """One bucket of S3."""

    def __init__(self, bucket: str) -> None:
        """Prepare; nothing is sent.

        Args:
            bucket: its name. It is part of the host, but not at an endpoint of the environment's own, nor with a dot in
                it, for which S3's certificates do not speak.
        """
        endpoint = find("s3", "S3")
        in_path = endpoint.custom or "." in bucket
        self.client = Client(endpoint if in_path else endpoint.within(bucket), "s3", read_xml_error)
        self._bucket = bucket
        self._root = f"/{bucket}/" if in_path else "/"

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> dict[str, Any]:  # noqa: N803
        """Write an object."""
        self._send("PUT", Bucket, Key, Body, {"content-type": ContentType})
        return {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - AWS's names
        """Read an object."""
        return {"Body": io.BytesIO(self._send("GET", Bucket, Key, b"", {}).body)}

    def _send(self, method: str, bucket: str, key: str, body: bytes, headers: dict[str, str]) -> HttpAnswer:
        if bucket != self._bucket:
            raise ValueError("this client is for another bucket")
        path = self._root + "".join([chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in key.encode()])
        return self.client.send(method, path, {"x-amz-content-sha256": sha256(body).hexdigest(), **headers}, body)


def read_xml_error(answer: HttpAnswer) -> tuple[str, dict[str, Any]]:
    """Return the error code of an answer that refuses, and no details; without a code it is the status."""
    code = answer.body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode("ascii", "replace")
    return code or f"HTTP{answer.status}", {}

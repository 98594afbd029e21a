"""An S3 client with the two calls that hookline uses, with the names and parameters of boto3.

Source: "PutObject" and "GetObject" in the S3 API reference.
"""

from __future__ import annotations

import io
from hashlib import sha256
from typing import Any

from hookline.functions.aws.answer import HttpAnswer
from hookline.functions.aws.client import Client
from hookline.functions.aws.endpoint import find

_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
"""The bytes of an object key that are not percent-encoded in the path."""


class S3:
    """A client for one S3 bucket."""

    def __init__(self, bucket: str) -> None:
        """Create a client without connecting.

        The bucket name is part of the host name. It is part of the path for an endpoint from an environment variable,
        and for a name with a dot, because S3's certificate does not cover such a host name.

        Args:
            bucket: name of the bucket.
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
            raise ValueError("this S3 client is for another bucket")
        path = self._root + "".join([chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in key.encode()])
        return self.client.send(method, path, {"x-amz-content-sha256": sha256(body).hexdigest(), **headers}, body)


def read_xml_error(answer: HttpAnswer) -> tuple[str, dict[str, Any]]:
    """Return the error code of an error answer, without details. Without a code, return the HTTP status as code."""
    code = answer.body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode("ascii", "replace")
    return code or f"HTTP{answer.status}", {}

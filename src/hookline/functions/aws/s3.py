"""An S3 client with only the two calls that hookline uses. Their names and parameters are the same as in boto3.

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
"""The bytes of an object key that are not percent-encoded in the URL path."""


class S3:
    """A client for one S3 bucket."""

    def __init__(self, bucket: str) -> None:
        """Create a client without opening the connection.

        Usually, the bucket name is part of the host name. It is part of the URL path if the endpoint comes from an
        environment variable, or if the bucket name contains a dot, because S3's certificate does not cover a host name
        with such a bucket name.

        Args:
            bucket: name of the bucket.
        """
        endpoint = find("s3", "S3")
        in_path = endpoint.custom or "." in bucket
        self.client = Client(endpoint if in_path else endpoint.within(bucket), "s3", read_xml_error)
        self._bucket = bucket
        self._root = f"/{bucket}/" if in_path else "/"

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str, IfNoneMatch: str) -> dict[str, Any]:  # noqa: N803
        """Write an object to the bucket. With ``IfNoneMatch="*"``, S3 rejects the call if the key has an object."""
        self._send("PUT", Bucket, Key, Body, {"content-type": ContentType, "if-none-match": IfNoneMatch})
        return {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - AWS's names
        """Read an object of the bucket."""
        return {"Body": io.BytesIO(self._send("GET", Bucket, Key, b"", {}).body)}

    def _send(self, method: str, bucket: str, key: str, body: bytes, headers: dict[str, str]) -> HttpAnswer:
        if bucket != self._bucket:
            raise ValueError("this S3 client is for another bucket")
        path = self._root + "".join([chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in key.encode()])
        return self.client.send(method, path, {"x-amz-content-sha256": sha256(body).hexdigest(), **headers}, body)


def read_xml_error(answer: HttpAnswer) -> tuple[str, dict[str, Any]]:
    """Return the error code of an error answer in XML, and an empty dictionary of details.

    If the answer has no error code, the result is the HTTP status, such as ``HTTP500``.
    """
    code = answer.body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode("ascii", "replace")
    return code or f"HTTP{answer.status}", {}

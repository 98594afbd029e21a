"""Request signatures in Signature Version 4, with which AWS authenticates requests.

Source: "Create a signed AWS API request" in the IAM user guide.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from hmac import digest
from time import gmtime, strftime

from hookline.functions.aws.errors import AwsError

ALGORITHM = "AWS4-HMAC-SHA256"


class RequestSigner:
    """The code that signs requests to one AWS service in one region.

    It reads the credentials from the environment variables for each request, so new credentials apply immediately.
    """

    def __init__(self, service: str, region: str) -> None:
        """Set the service and the region of the requests.

        Args:
            service: name of the service in signatures, such as ``dynamodb``.
            region: the region, such as ``eu-central-1``.
        """
        self._service = service
        self._region = region
        self._derived_from = ("", "")
        self._key = b""

    def sign(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, seconds: float | None = None
    ) -> dict[str, str]:
        """Sign a request to AWS, and return all headers to send.

        Args:
            method: HTTP method.
            path: percent-encoded URL path without a query.
            headers: all headers to sign, with names in lower case and with ``host``. For S3, they also contain
                ``x-amz-content-sha256``.
            body: the exact bytes of the request body.
            seconds: the signing time in Unix seconds, or None for the current time.

        Raises:
            AwsError: ``NoCredentials`` when the environment has no credentials.
        """
        access_key, secret, token = credentials()
        stamp = strftime("%Y%m%dT%H%M%SZ", gmtime(seconds))
        signed = {**headers, "x-amz-date": stamp}
        if token:
            signed["x-amz-security-token"] = token
        hashed = headers.get("x-amz-content-sha256") or sha256(body).hexdigest()
        names = sorted(signed)
        listed = ";".join(names)
        lines = "\n".join([f"{name}:{signed[name]}" for name in names])
        canonical = f"{method}\n{path}\n\n{lines}\n\n{listed}\n{hashed}"
        scope = f"{stamp[:8]}/{self._region}/{self._service}/aws4_request"
        to_sign = f"{ALGORITHM}\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = digest(self._signing_key(secret, stamp[:8]), to_sign.encode(), "sha256").hex()
        signed["authorization"] = (
            f"{ALGORITHM} Credential={access_key}/{scope}, SignedHeaders={listed}, Signature={signature}"
        )
        return signed

    def _signing_key(self, secret: str, day: str) -> bytes:
        if self._derived_from != (secret, day):
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = digest(key, part.encode(), "sha256")
            self._key = key
            self._derived_from = (secret, day)
        return self._key


def credentials() -> tuple[str, str, str]:
    """Return the access key id, the secret key and the session token from environment variables.

    If there is no session token, the third value is an empty string.

    Raises:
        AwsError: ``NoCredentials`` when the environment has no credentials.
    """
    environ = os.environ
    try:
        return environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"], environ.get("AWS_SESSION_TOKEN", "")
    except KeyError:
        raise AwsError("NoCredentials") from None

"""The endpoints of AWS services.

Sources: "Service-specific endpoints" in the AWS SDKs and tools reference guide, and "Virtual hosting of general purpose
buckets" in the S3 user guide.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

_SUFFIXES = {
    **dict.fromkeys(("af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us"), "amazonaws.com"),
    "cn": "amazonaws.com.cn",
    "eusc": "amazonaws.eu",
}
_OTHER_HOSTS = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT")


class Endpoint:
    """The endpoint of an AWS service.

    Attributes:
        secure: whether the endpoint uses TLS.
        host: host name or IP address.
        port: TCP port.
        custom: whether the endpoint comes from an environment variable, as in local mode.
    """

    def __init__(self, secure: bool, host: str, port: int, custom: bool) -> None:
        self.secure = secure
        self.host = host
        self.port = port
        self.custom = custom

    @property
    def authority(self) -> str:
        """The value of the header ``host``. It contains the port only if the port is not the default port."""
        return self.host if self.port == (443 if self.secure else 80) else f"{self.host}:{self.port}"

    def within(self, label: str) -> Endpoint:
        """Return a copy of this endpoint with ``label`` and a dot in front of the host name."""
        return Endpoint(self.secure, f"{label}.{self.host}", self.port, self.custom)


def region(environ: Mapping[str, str] = os.environ) -> str:
    """Return the AWS region of this function from the environment variables of Lambda.

    Raises:
        KeyError: when no environment variable contains the region.
    """
    return environ.get("AWS_REGION") or environ["AWS_DEFAULT_REGION"]


def find(service: str, variable: str, environ: Mapping[str, str] = os.environ) -> Endpoint:
    """Return the endpoint of an AWS service from an environment variable if it is set, otherwise the usual endpoint.

    Args:
        service: first label of the host name, such as ``dynamodb``.
        variable: last part of the environment variable ``AWS_ENDPOINT_URL_…``, such as ``DYNAMODB``.
        environ: the environment variables.

    Raises:
        ValueError: for an endpoint that only botocore supports, or a malformed URL.
    """
    url = environ.get(f"AWS_ENDPOINT_URL_{variable}") or environ.get("AWS_ENDPOINT_URL")
    if url:
        return _parse(url)
    name = region(environ)
    area, _, rest = name.partition("-")
    asks_for_other = any(environ.get(flag, "").lower() == "true" for flag in _OTHER_HOSTS)
    if area not in _SUFFIXES or rest.startswith("iso") or asks_for_other:
        raise ValueError(f"hookline's client has no endpoint of {service} in {name}: set HOOKLINE_AWS_CLIENT=botocore")
    return Endpoint(True, f"{service}.{name}.{_SUFFIXES[area]}", 443, False)


def _parse(url: str) -> Endpoint:
    scheme, _, rest = url.rstrip("/").partition("://")
    host, _, port = rest.partition(":")
    if scheme not in ("http", "https") or not host or "/" in rest or not (port or "443").isdecimal():
        raise ValueError("an endpoint URL must be http:// or https:// with a host and an optional port")
    secure = scheme == "https"
    return Endpoint(secure, host, int(port or (443 if secure else 80)), True)

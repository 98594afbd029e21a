"""Where the services of AWS are.

Source of the rules: "Service-specific endpoints" in the AWS SDKs and tools reference guide, and "Virtual hosting of
general purpose buckets" in the S3 user guide.
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
    """One address that requests go to.

    Attributes:
        secure: whether it speaks TLS.
        host: its name, or its address.
        port: TCP port.
        custom: whether the environment names it, as local mode does.
    """

    def __init__(self, secure: bool, host: str, port: int, custom: bool) -> None:
        self.secure = secure
        self.host = host
        self.port = port
        self.custom = custom

    @property
    def authority(self) -> str:
        """What the header ``host`` says: without the port that the scheme implies."""
        return self.host if self.port == (443 if self.secure else 80) else f"{self.host}:{self.port}"

    def within(self, label: str) -> Endpoint:
        """Return the endpoint whose name has one more label in front."""
        return Endpoint(self.secure, f"{label}.{self.host}", self.port, self.custom)


def region(environ: Mapping[str, str] = os.environ) -> str:
    """Return the region of this function, as Lambda's environment has it.

    Raises:
        KeyError: when the environment names none.
    """
    return environ.get("AWS_REGION") or environ["AWS_DEFAULT_REGION"]


def find(service: str, variable: str, environ: Mapping[str, str] = os.environ) -> Endpoint:
    """Return the endpoint of a service: the one that the environment names, or else the region's.

    Args:
        service: first label of the service's host, such as ``dynamodb``.
        variable: what ends the name of the service's own environment variable, such as ``DYNAMODB``.
        environ: the environment.

    Raises:
        ValueError: for endpoints that this does not know; botocore does.
    """
    url = environ.get(f"AWS_ENDPOINT_URL_{variable}") or environ.get("AWS_ENDPOINT_URL")
    if url:
        return _parse(url)
    name = region(environ)
    area, _, rest = name.partition("-")
    asks_for_other = any(environ.get(flag, "").lower() == "true" for flag in _OTHER_HOSTS)
    if area not in _SUFFIXES or rest.startswith("iso") or asks_for_other:
        raise ValueError(f"no such endpoint of {service} in {name} is known here: set HOOKLINE_AWS_CLIENT=botocore")
    return Endpoint(True, f"{service}.{name}.{_SUFFIXES[area]}", 443, False)


def _parse(url: str) -> Endpoint:
    scheme, _, rest = url.rstrip("/").partition("://")
    host, _, port = rest.partition(":")
    if scheme not in ("http", "https") or not host or "/" in rest or not (port or "443").isdecimal():
        raise ValueError("an endpoint is http:// or https://, a host, and perhaps a port")
    secure = scheme == "https"
    return Endpoint(secure, host, int(port or (443 if secure else 80)), True)

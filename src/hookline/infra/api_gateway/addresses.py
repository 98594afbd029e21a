"""The resource policy of a REST API that limits the source addresses of some URL paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def address_policy(stage: str, addresses: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return a resource policy of API Gateway that denies requests from other addresses than the given ones.

    API Gateway compares the address of the connection. A header of the request cannot change it.

    Args:
        stage: the ARN of the stage, with a slash at the end.
        addresses: URL path → the IP addresses and CIDR blocks that may send requests to it. All addresses may send to
            the other paths.
    """
    allow = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": f"{stage}*"}
    deny = [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "execute-api:Invoke",
            "Resource": f"{stage}POST/{path}",
            "Condition": {"NotIpAddress": {"aws:SourceIp": list(allowed)}},
        }
        for path, allowed in sorted(addresses.items())
    ]
    return {"Version": "2012-10-17", "Statement": [allow, *deny]}

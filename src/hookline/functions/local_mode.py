"""Whether a function runs in local mode."""

from __future__ import annotations

from collections.abc import Mapping


def is_local(environ: Mapping[str, str]) -> bool:
    """Return whether a function runs in local mode, according to its environment variables.

    Only local mode sets ``AWS_ENDPOINT_URL``. An empty value does not count, because the AWS clients ignore it too.
    """
    return bool(environ.get("AWS_ENDPOINT_URL"))

"""The conversion of resource policies, such as a bucket's policy, to policies for the emulator."""

from __future__ import annotations

import json
from typing import Any

_WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def without_tls_demands(policy: str) -> dict[str, Any]:
    """Return a policy after removing its statements that require TLS, because the emulator uses plain HTTP."""
    document: dict[str, Any] = json.loads(policy)
    statements = [s for s in document["Statement"] if s.get("Condition") != _WITHOUT_TLS]
    return {**document, "Statement": statements}

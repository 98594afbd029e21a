"""Policies of resources, as far as the emulator can honour them."""

from __future__ import annotations

import json
from typing import Any

_WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def without_tls_demands(policy: str) -> dict[str, Any]:
    """A policy without the statements that deny what does not come over TLS: the emulator speaks HTTP, on loopback."""
    document: dict[str, Any] = json.loads(policy)
    statements = [s for s in document["Statement"] if s.get("Condition") != _WITHOUT_TLS]
    return {**document, "Statement": statements}

"""The conversion of resource policies, such as a bucket's policy, to policies for the emulator."""

from __future__ import annotations

import json
from typing import Any

_NOT_FOR_THE_EMULATOR = (
    {"Bool": {"aws:SecureTransport": "false"}},  # the emulator uses plain HTTP
    {"Null": {"s3:if-none-match": "true"}},  # the emulator does not know this key, and would deny every write
)


def for_emulator(policy: str) -> dict[str, Any]:
    """Return a policy without the statements whose conditions the emulator cannot evaluate."""
    document: dict[str, Any] = json.loads(policy)
    statements = [s for s in document["Statement"] if s.get("Condition") not in _NOT_FOR_THE_EMULATOR]
    return {**document, "Statement": statements}

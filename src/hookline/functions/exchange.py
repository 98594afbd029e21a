"""One request and its answer: what both endpoints say alike, and what of it may be logged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from hookline.core.errors import Rejected
from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.core.values.strict_json import encode_in_order

RETRY_AFTER_SECONDS = 5
"""When a sender may try again after 503."""

_METRICS = {
    "event_conflict": "Conflict",
    "signature_missing": "Unauthorized",
    "signature_invalid": "Unauthorized",
    "signature_expired": "Unauthorized",
    "unavailable": "Unavailable",
    "internal": "Unavailable",
}
"""The metric of each refusal's code; of all others it is ``Rejected``."""

_SIGNATURE_CODES = {Refusal.MISSING: "signature_missing", Refusal.EXPIRED: "signature_expired"}


class Exchange:
    """One request on its way through the rules.

    Attributes:
        event: the API Gateway REST proxy event.
        received_at: when it arrived.
        trace_id: X-Ray trace id, once it has been read.
        log: what may be logged about it so far. Of an accepted or known event the metric says what became of it; of a
            refused one the log has ``outcome``, the code in the answer, and ``status``.
        metric: counts what became of it.
    """

    def __init__(self, event: Mapping[str, Any], received_at: datetime) -> None:
        self.event = event
        self.received_at = received_at
        self.trace_id = "unknown"
        self.log: dict[str, object] = {}
        self.metric = "Rejected"

    def conclude(self, accept: Callable[[], dict[str, object]]) -> dict[str, object]:
        """Return what ``accept`` answers, or the refusal that it raises; never raises."""
        try:
            return accept()
        except Rejected as rejected:
            return self._refuse(rejected)
        except Exception as bug:  # noqa: BLE001 - whatever it is, the sender is to try again, and no value may leak
            self.log["error"] = type(bug).__name__
            return self._refuse(Rejected(500, "internal", "the event could not be processed"))

    def answer(self, status: int, body: Mapping[str, object]) -> dict[str, object]:
        """Return the proxy response with a JSON body."""
        headers = {"Content-Type": "application/json"}
        if status == 503:
            headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return {"statusCode": status, "headers": headers, "body": encode_in_order(body)}

    def unauthorized(self, refused: SignatureRefused) -> Rejected:
        """Return the refusal (401) of a signature; the exact reason is for the log only."""
        self.log["reason"] = refused.reason
        code = _SIGNATURE_CODES.get(refused.reason, "signature_invalid")
        return Rejected(401, code, "the webhook signature was not accepted")

    def unavailable(self, error: str) -> Rejected:
        """Return the refusal (503) for a fault on this side, named by a code that may be logged."""
        self.log["error"] = error
        return Rejected(503, "unavailable", "the event cannot be accepted at the moment; send it again")

    def _refuse(self, rejected: Rejected) -> dict[str, object]:
        self.log["outcome"] = rejected.code
        self.log["status"] = rejected.status
        self.metric = _METRICS.get(rejected.code, "Rejected")
        self.log["field"] = rejected.field
        error = {"code": rejected.code, "message": rejected.message, "field": rejected.field}
        return self.answer(rejected.status, {"error": error})

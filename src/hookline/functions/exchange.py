"""The handling of an HTTP request, its answer and its log fields. The validator and ingestion use this module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from hookline.core.errors import Rejected
from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.core.values.strict_json import encode_in_order

RETRY_AFTER_SECONDS = 5
"""Value of the header ``Retry-After`` in an answer with status 503."""

_METRICS = {
    "event_conflict": "Conflict",
    "signature_missing": "Unauthorized",
    "signature_invalid": "Unauthorized",
    "signature_expired": "Unauthorized",
    "unavailable": "Unavailable",
    "internal": "Unavailable",
}
"""Error code of the answer → metric. The metric of all other error codes is ``Rejected``."""

_SIGNATURE_CODES = {Refusal.MISSING: "signature_missing", Refusal.EXPIRED: "signature_expired"}


class Exchange:
    """An HTTP request while a function handles it, with the log fields and the metric of the request.

    Attributes:
        event: the API Gateway REST proxy event.
        received_at: time of receipt.
        trace_id: X-Ray trace id, or ``unknown`` before it is read.
        log: log fields without sensitive data. For a rejected request, they contain ``outcome`` (the error code) and
            ``status``. For an accepted or duplicate event, the log fields do not contain the result, because the
            metric shows it.
        metric: name of the metric that counts the result.
    """

    def __init__(self, event: Mapping[str, Any], received_at: datetime) -> None:
        self.event = event
        self.received_at = received_at
        self.trace_id = "unknown"
        self.log: dict[str, object] = {}
        self.metric = "Rejected"

    def conclude(self, accept: Callable[[], dict[str, object]]) -> dict[str, object]:
        """Return the answer of ``accept``, or an error answer if ``accept`` raises. This method never raises."""
        try:
            return accept()
        except Rejected as rejected:
            return self._refuse(rejected)
        except Exception as bug:  # noqa: BLE001 - the sender must retry after any bug, and no value may leak
            self.log["error"] = type(bug).__name__
            return self._refuse(Rejected(500, "internal", "the event could not be processed"))

    def answer(self, status: int, body: Mapping[str, object]) -> dict[str, object]:
        """Return an API Gateway proxy response with a JSON body."""
        headers = {"Content-Type": "application/json"}
        if status == 503:
            headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return {"statusCode": status, "headers": headers, "body": encode_in_order(body)}

    def unauthorized(self, refused: SignatureRefused) -> Rejected:
        """Return the error (401) for a rejected signature, and log the exact reason."""
        self.log["reason"] = refused.reason
        code = _SIGNATURE_CODES.get(refused.reason, "signature_invalid")
        return Rejected(401, code, "the webhook signature was not accepted")

    def unavailable(self, error: str) -> Rejected:
        """Return the error (503) for a failed call to AWS or to a certificate server, and log its error code."""
        self.log["error"] = error
        return Rejected(503, "unavailable", "the event cannot be accepted at the moment; send it again")

    def _refuse(self, rejected: Rejected) -> dict[str, object]:
        self.log["outcome"] = rejected.code
        self.log["status"] = rejected.status
        self.metric = _METRICS.get(rejected.code, "Rejected")
        self.log["field"] = rejected.field
        error = {"code": rejected.code, "message": rejected.message, "field": rejected.field}
        return self.answer(rejected.status, {"error": error})

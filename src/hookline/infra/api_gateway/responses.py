"""The responses that API Gateway makes instead of a function, in the same JSON form as the functions' errors.

A response template can only insert `$context` variables. It has no conditions and no functions ("Gateway responses for
REST APIs", API Gateway Developer Guide). The value of `$context.error.messageString` includes the quotes around the
text. `$context.error.validationErrorString` has no quotes around the text, but quotes inside the text are escaped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class GatewayResponse:
    """A response that API Gateway makes instead of a function.

    Attributes:
        template: the template of the body. The resulting body must be JSON.
        status: the HTTP status code; None keeps the status code that API Gateway chooses.
        headers: header name → fixed value.
    """

    template: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def parameters(self) -> dict[str, str]:
        """The headers as API Gateway's response parameters, with each fixed value in single quotes."""
        return {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in self.headers.items()}


def _error(code: str, message: str) -> str:
    return json.dumps({"error": {"code": code, "message": message, "field": None}})


def _error_in_aws_words(code: str) -> str:
    return _error(code, "WORDS").replace('"WORDS"', "$context.error.messageString")


GATEWAY_RESPONSES: Mapping[str, GatewayResponse] = {
    "BAD_REQUEST_BODY": GatewayResponse(
        _error("invalid_body", "The body does not match the model: $context.error.validationErrorString"),
        400,
    ),
    "BAD_REQUEST_PARAMETERS": GatewayResponse(_error_in_aws_words("missing_header"), 400),
    "MISSING_AUTHENTICATION_TOKEN": GatewayResponse(
        _error("not_found", "There is no such endpoint: check the path and the method"), 404
    ),
    "REQUEST_TOO_LARGE": GatewayResponse(_error("payload_too_large", "The request is too large"), 413),
    "UNSUPPORTED_MEDIA_TYPE": GatewayResponse(
        _error("unsupported_media_type", "Send the event as application/json"), 415
    ),
    "THROTTLED": GatewayResponse(
        _error("too_many_requests", "Too many requests: send the event again later"),
        429,
        {"Retry-After": "1"},
    ),
    "INTEGRATION_FAILURE": GatewayResponse(
        _error("unavailable", "The event was not accepted: send it again later"), 503, {"Retry-After": "5"}
    ),
    "INTEGRATION_TIMEOUT": GatewayResponse(
        _error("timeout", "It is not known whether the event was accepted: send it again later"),
        504,
        {"Retry-After": "5"},
    ),
    "DEFAULT_4XX": GatewayResponse(_error_in_aws_words("refused")),
    "DEFAULT_5XX": GatewayResponse(_error_in_aws_words("internal_error"), headers={"Retry-After": "5"}),
}

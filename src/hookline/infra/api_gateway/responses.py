"""What API Gateway answers itself, in the same JSON as the functions' own errors.

A template here knows only simple substitution of `$context` variables: no conditions, no functions ("Gateway
responses for REST APIs", API Gateway Developer Guide). `$context.error.messageString` comes with its quotes;
`$context.error.validationErrorString` comes without, its inner quotes escaped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class GatewayResponse:
    """One of API Gateway's own answers.

    Attributes:
        template: body template; its result must be JSON.
        status: HTTP status code; None keeps API Gateway's.
        headers: header name → fixed value.
    """

    template: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def parameters(self) -> dict[str, str]:
        """The headers as API Gateway's response parameters, in which a fixed value is quoted."""
        return {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in self.headers.items()}


def _error(code: str, message: str) -> str:
    return json.dumps({"error": {"code": code, "message": message, "field": None}})


def _error_in_aws_words(code: str) -> str:
    return _error(code, "WORDS").replace('"WORDS"', "$context.error.messageString")


GATEWAY_RESPONSES: Mapping[str, GatewayResponse] = {
    "BAD_REQUEST_BODY": GatewayResponse(
        _error("invalid_body", "The body does not fit the model: $context.error.validationErrorString"),
        400,
    ),
    "BAD_REQUEST_PARAMETERS": GatewayResponse(_error_in_aws_words("missing_header"), 400),
    "MISSING_AUTHENTICATION_TOKEN": GatewayResponse(
        _error("not_found", "There is nothing here: check the path and the method"), 404
    ),
    "REQUEST_TOO_LARGE": GatewayResponse(_error("payload_too_large", "The request is too large"), 413),
    "UNSUPPORTED_MEDIA_TYPE": GatewayResponse(
        _error("unsupported_media_type", "Send the event as application/json"), 415
    ),
    "THROTTLED": GatewayResponse(
        _error("too_many_requests", "Too many requests: send it again later"),
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

"""The inputs of every part of a `RestApi` that are plain values, in one place.

The parts are made from this definition and the deployment is triggered by its hash, so that no part can
change without a new deployment: API Gateway serves the last deployment, not the parts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hookline.infra.gateway_responses import GatewayResponse

Inputs = dict[str, Any]


@dataclass(frozen=True)
class Definition:
    """The plain inputs of a REST API's parts, by Pulumi's argument names.

    Attributes:
        resource: of the path.
        model: of the body's model.
        validator: of the request validator.
        method: of the method.
        integration: of the integration; where it calls is not a plain value and is not here.
        responses: gateway response type → inputs.
    """

    resource: Inputs
    model: Inputs
    validator: Inputs
    method: Inputs
    integration: Inputs
    responses: Mapping[str, Inputs]

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, of everything above."""
        return hashlib.sha256(json.dumps(vars(self), sort_keys=True).encode()).hexdigest()


def define(
    *, path: str, model_name: str, schema: Mapping[str, Any], responses: Mapping[str, GatewayResponse]
) -> Definition:
    """Defines an API of the one method `POST /{path}`: a model checks the body, a function answers.

    Args:
        path: without slashes.
        model_name: letters and digits.
        schema: JSON schema, draft 4.
        responses: gateway response type → answer.
    """
    return Definition(
        resource={"path_part": path},
        model={"name": model_name, "content_type": "application/json", "schema": json.dumps(schema)},
        validator={"validate_request_body": True, "validate_request_parameters": False},
        method={
            "http_method": "POST",
            "authorization": "NONE",
            # $default stands for every content type not listed; without it, those would skip the model.
            "request_models": {"application/json": model_name, "$default": model_name},
        },
        integration={"http_method": "POST", "type": "AWS_PROXY", "integration_http_method": "POST"},
        responses={name: _response(name, response) for name, response in responses.items()},
    )


def _response(response_type: str, response: GatewayResponse) -> Inputs:
    return {
        "response_type": response_type,
        "status_code": None if response.status is None else str(response.status),
        "response_templates": {"application/json": response.template},
        "response_parameters": response.parameters,
    }

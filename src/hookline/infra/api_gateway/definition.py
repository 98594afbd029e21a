"""The inputs of every part of a `RestApi` that are plain values, in one place.

The parts are made from this definition and the deployment is triggered by its hash, so that no part can
change without a new deployment: API Gateway serves the last deployment, not the parts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hookline.infra.api_gateway.responses import GatewayResponse

Inputs = dict[str, Any]


@dataclass(frozen=True)
class Model:
    """What a body must look like.

    Attributes:
        name: letters and digits, as API Gateway demands; the suffix is added without hyphens.
        schema: JSON schema, draft 4.
    """

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Route:
    """A path that answers POST, and what API Gateway checks before it calls the function.

    Attributes:
        path: such as `webhook/stripe`; without slashes at its ends.
        required_headers: names of headers that a request must have, in any case.
        model: of the body; None takes any.
    """

    path: str
    required_headers: Sequence[str] = ()
    model: Model | None = None


@dataclass(frozen=True)
class Definition:
    """The plain inputs of a REST API's parts, by Pulumi's argument names.

    Attributes:
        api: of the API itself.
        resources: path → of the resource, parents before their children.
        models: path → of the model of its bodies.
        validator: of the request validator.
        methods: path → of its method.
        integration: of every integration; where it calls is not a plain value and is not here.
        responses: gateway response type → inputs.
    """

    api: Inputs
    resources: Mapping[str, Inputs]
    models: Mapping[str, Inputs]
    validator: Inputs
    methods: Mapping[str, Inputs]
    integration: Inputs
    responses: Mapping[str, Inputs]

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, of everything above."""
        return hashlib.sha256(json.dumps(vars(self), sort_keys=True).encode()).hexdigest()


def define(
    routes: Sequence[Route],
    *,
    suffix: str,
    responses: Mapping[str, GatewayResponse],
    binary_media_types: Sequence[str] = (),
) -> Definition:
    """Defines an API of POST methods that one function answers.

    Args:
        routes: the paths, and what each demands.
        suffix: ends the models' names.
        responses: gateway response type → answer.
        binary_media_types: media types whose bodies reach the function in base64, byte for byte.
    """
    models = {
        route.path: {
            "name": route.model.name + suffix.replace("-", ""),
            "content_type": "application/json",
            "schema": json.dumps(route.model.schema),
        }
        for route in routes
        if route.model
    }
    return Definition(
        api={"binary_media_types": list(binary_media_types)} if binary_media_types else {},
        resources={path: {"path_part": path.rpartition("/")[2]} for path in _with_parents(routes)},
        models=models,
        validator={
            "validate_request_body": bool(models),
            "validate_request_parameters": any(route.required_headers for route in routes),
        },
        methods={route.path: _method(route, models.get(route.path)) for route in routes},
        integration={"http_method": "POST", "type": "AWS_PROXY", "integration_http_method": "POST"},
        responses={name: _response(name, response) for name, response in responses.items()},
    )


def _with_parents(routes: Sequence[Route]) -> list[str]:
    paths: set[str] = set()
    for route in routes:
        segments = route.path.split("/")
        paths.update("/".join(segments[:length]) for length in range(1, len(segments) + 1))
    return sorted(paths)


def _method(route: Route, model: Inputs | None) -> Inputs:
    method: Inputs = {"http_method": "POST", "authorization": "NONE"}
    if model:
        # $default stands for every content type not listed; without it, those would skip the model.
        method["request_models"] = {"application/json": model["name"], "$default": model["name"]}
    if route.required_headers:
        method["request_parameters"] = {f"method.request.header.{name}": True for name in route.required_headers}
    return method


def _response(response_type: str, response: GatewayResponse) -> Inputs:
    return {
        "response_type": response_type,
        "status_code": None if response.status is None else str(response.status),
        "response_templates": {"application/json": response.template},
        "response_parameters": response.parameters,
    }

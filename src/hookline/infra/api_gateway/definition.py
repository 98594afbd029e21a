"""The input values of every part of a `RestApi`, such as its methods and models, without Pulumi outputs.

API Gateway serves the last deployment of an API. A changed method or model has no effect until the next deployment. So
`RestApi` collects the inputs of all its parts in a `Definition`. If the definition's hash changes, Pulumi makes a new
deployment.
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
    """A model of API Gateway: the JSON schema that a request body must match.

    Attributes:
        name: letters and digits, as API Gateway requires. `define` adds the suffix without its hyphens.
        schema: a JSON schema, draft 4.
    """

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Route:
    """A URL path with a POST method, and the checks that API Gateway makes before it calls the function.

    Attributes:
        path: the URL path without leading or trailing slash, such as `webhook/stripe`.
        required_headers: the names of the headers that a request must have. Upper or lower case does not matter.
        model: the model of the body; None allows every body.
        rate_limit: the limit of this path in requests per second; None for the limits of the whole stage.
        addresses: the IP addresses and CIDR blocks that may send requests to this path; empty allows all.
        closed: True if API Gateway answers 404 itself. It demands an AWS signature then, and an anonymous request gets
            the answer of a path that does not exist. The path keeps its integration and its permission: a deployment
            has them until the next one (decision 0038).
    """

    path: str
    required_headers: Sequence[str] = ()
    model: Model | None = None
    rate_limit: int | None = None
    addresses: Sequence[str] = ()
    closed: bool = False


@dataclass(frozen=True)
class Definition:
    """The inputs of a REST API's parts, as Pulumi argument name → value.

    No value is a Pulumi output, because the program calculates a hash of all values while it runs.

    Attributes:
        api: the inputs of the API.
        resources: URL path → inputs of the resource, with parents before children.
        models: URL path → inputs of the model.
        validator: the inputs of the request validator.
        methods: URL path → inputs of the method.
        integration: the inputs that all integrations share. The URI is missing, because it is a Pulumi output.
        responses: gateway response type → inputs of the response.
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
        """The SHA-256 of all inputs of the API's parts, in hexadecimal."""
        return hashlib.sha256(json.dumps(vars(self), sort_keys=True).encode()).hexdigest()


def define(
    routes: Sequence[Route],
    *,
    suffix: str,
    responses: Mapping[str, GatewayResponse],
    binary_media_types: Sequence[str] = (),
    execute_api: bool = True,
) -> Definition:
    """Return the definition of an API with POST methods that call one function.

    Args:
        routes: the URL paths, and the checks of their requests.
        suffix: the end of the models' names.
        responses: gateway response type → response.
        binary_media_types: the media types whose bodies API Gateway passes on unchanged, in base64.
        execute_api: whether the API answers at its execute-api URL. A change needs a new deployment.
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
        api={
            **({"binary_media_types": list(binary_media_types)} if binary_media_types else {}),
            "disable_execute_api_endpoint": not execute_api,  # without a value, pulumi-aws never switches it on again
        },
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
    method: Inputs = {"http_method": "POST", "authorization": "AWS_IAM" if route.closed else "NONE"}
    if model:
        # `$default` means all other content types. Without it, API Gateway passes on their bodies without validation.
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

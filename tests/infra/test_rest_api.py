"""What the emulator hides about an API: deployments are snapshots, and gateway responses are templates."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from infra.stack import deploy, make_function, run

from hookline.infra import RestApi, RestApiArgs
from hookline.infra.gateway_responses import GATEWAY_RESPONSES, GatewayResponse
from hookline.infra.rest_api_definition import Definition, define
from hookline.local.engine import Deployment

RESPONSES = {"THROTTLED": GatewayResponse("{}", 429)}


def deploy_api(provisioned: int = 0, **changes: Any) -> Deployment:
    """A small API, with some of its arguments changed."""
    arguments: dict[str, Any] = {
        "suffix": "x",
        "description": "Takes orders",
        "path": "orders",
        "model_name": "Order",
        "schema": {"type": "object"},
        "responses": RESPONSES,
    }

    def program() -> None:
        function = make_function(provisioned=provisioned)
        RestApi("orders-api", RestApiArgs(function=function, **(arguments | changes)))

    return run(program, {})


def triggers(deployment: Deployment) -> dict[str, str]:
    """What makes API Gateway deploy again."""
    return deployment.one("aws:apigateway/deployment:Deployment").inputs["triggers"]


@pytest.mark.parametrize(
    "change",
    [
        {"path": "order"},
        {"model_name": "Orders"},
        {"schema": {"type": "object", "required": ["id"]}},
        {"responses": {}},
        {"responses": {"THROTTLED": GatewayResponse("{}", 430)}},
        {"responses": {"THROTTLED": GatewayResponse('{"a":1}', 429)}},
        {"responses": {"THROTTLED": GatewayResponse("{}", 429, {"Retry-After": "1"})}},
        {"provisioned": 1},
    ],
)
def test_a_change_of_any_part_deploys_the_api_again(change: dict[str, Any]) -> None:
    """Path, model, each property of a response, and the function that is called."""
    assert triggers(deploy_api()) != triggers(deploy_api(**change))


@pytest.mark.parametrize("change", [{}, {"burst_limit": 1}, {"access_logs": False}])
def test_what_belongs_to_the_stage_does_not_deploy_the_api_again(change: dict[str, Any]) -> None:
    """The stage's own settings take effect at once; the same API is not deployed twice."""
    assert triggers(deploy_api()) == triggers(deploy_api(**change))


DEFINITION = define(path="p", model_name="M", schema={}, responses=RESPONSES)


@pytest.mark.parametrize("part", ["resource", "model", "validator", "method", "integration", "responses"])
def test_every_part_of_a_definition_counts(part: str) -> None:
    """A new plain input of any part, such as an authorizer of the method, changes the fingerprint."""
    changed = Definition(**(vars(DEFINITION) | {part: {**getattr(DEFINITION, part), "new": {"a": 1}}}))
    assert changed.fingerprint != DEFINITION.fingerprint


def test_the_parts_are_made_from_the_definition(stack: Deployment) -> None:
    """What is fingerprinted is what is registered."""
    method = stack.one("aws:apigateway/method:Method").inputs
    model = stack.one("aws:apigateway/model:Model").inputs["name"]
    definition = define(path="webhook", model_name=model, schema={}, responses={})
    assert definition.method["request_models"] == method["requestModels"]
    assert definition.integration["type"] == stack.one("aws:apigateway/integration:Integration").inputs["type"]


def test_the_deployment_waits_for_every_part(stack: Deployment) -> None:
    """A deployment is a snapshot: what is made after it is not in it."""
    deployment = stack.one("aws:apigateway/deployment:Deployment")
    parts = [
        r.urn
        for kind in ("resource:Resource", "method:Method", "integration:Integration", "model:Model")
        for r in stack.by_type(f"aws:apigateway/{kind}")
    ]
    parts += [r.urn for r in stack.by_type("aws:apigateway/response:Response")]
    parts += [r.urn for r in stack.by_type("aws:apigateway/requestValidator:RequestValidator")]
    assert set(parts) <= set(deployment.dependencies)


# What API Gateway puts in for a variable, quotes and all. How it renders validationErrorString was taken from
# answers of AWS that others published; only AWS can prove it for every possible body.
RENDERED = {
    "$context.error.messageString": ' "Internal server error"',
    "$context.error.validationErrorString": '[object has missing required properties ([\\"amount\\"])]',
}


def rendered(template: str) -> Any:
    """The body that a template becomes."""
    for variable, value in RENDERED.items():
        template = template.replace(variable, value)
    assert "$" not in template
    return json.loads(template)


@pytest.mark.parametrize("response_type", GATEWAY_RESPONSES)
def test_api_gateways_own_answers_have_the_shape_of_the_functions(stack: Deployment, response_type: str) -> None:
    """The body is JSON with code, message and field; nothing from the request is in the template."""
    response = stack.one("aws:apigateway/response:Response", response_type.lower().replace("_", "-")).inputs
    assert response["responseType"] == response_type
    (template,) = response["responseTemplates"].values()
    body = rendered(template)
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"code", "message", "field"}
    assert re.fullmatch(r"[a-z_]+", body["error"]["code"])
    assert body["error"]["message"].strip()
    assert body["error"]["field"] is None


STATUSES: Mapping[str, tuple[str | None, str | None]] = {
    "BAD_REQUEST_BODY": ("400", None),
    "MISSING_AUTHENTICATION_TOKEN": ("404", None),
    "REQUEST_TOO_LARGE": ("413", None),
    "UNSUPPORTED_MEDIA_TYPE": ("415", None),
    "THROTTLED": ("429", "'1'"),
    "INTEGRATION_FAILURE": ("503", "'5'"),
    "INTEGRATION_TIMEOUT": ("504", "'5'"),
    "DEFAULT_4XX": (None, None),
    "DEFAULT_5XX": (None, "'5'"),
}


def test_every_answer_has_its_status_and_says_when_to_come_back(stack: Deployment) -> None:
    """Where sending again can help, Retry-After says when, in seconds."""
    answers = {
        r.inputs["responseType"]: (
            r.inputs.get("statusCode"),
            r.inputs["responseParameters"].get("gatewayresponse.header.Retry-After"),
        )
        for r in stack.by_type("aws:apigateway/response:Response")
    }
    assert answers == STATUSES


def test_a_refused_body_is_answered_with_the_reason() -> None:
    """The sender learns which field the model did not accept."""
    message = rendered(GATEWAY_RESPONSES["BAD_REQUEST_BODY"].template)["error"]["message"]
    assert message.endswith('[object has missing required properties (["amount"])]')


def test_the_stage_caches_nothing() -> None:
    """A cached answer would accept an event without recording it."""
    assert deploy().one("aws:apigateway/stage:Stage").inputs["cacheClusterEnabled"] is False


def test_an_api_of_a_stack_can_be_named_in_outputs() -> None:
    """The component's URL is an output that other components can use."""

    def program() -> None:
        args = RestApiArgs(suffix="x", description="", path="p", function=make_function(), model_name="M", schema={})
        pulumi.export("upper", RestApi("an-api", args).url.apply(str.upper))

    assert run(program, {}).outputs["upper"].endswith("/API-X/P")

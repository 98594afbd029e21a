"""Properties of an API that the emulator does not show: deployments as snapshots, and gateway response templates."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from support.program import METHOD, RESOURCE, STAGE, deploy, make_function, run

from hookline.infra import Function, Model, RestApi, RestApiArgs, Route
from hookline.infra.api_gateway.definition import Definition, define
from hookline.infra.api_gateway.responses import GATEWAY_RESPONSES, GatewayResponse
from hookline.program.engine import Deployment

RESPONSES = {"THROTTLED": GatewayResponse("{}", 429)}
ORDERS = Route("orders", model=Model("Order", {"type": "object"}))


def deploy_api(provisioned: int = 0, **changes: Any) -> Deployment:
    """Return a small API with some changed arguments."""
    arguments: dict[str, Any] = {
        "suffix": "x",
        "description": "Takes orders",
        "routes": [ORDERS],
        "responses": RESPONSES,
    }

    def program() -> None:
        function = make_function(provisioned=provisioned)
        RestApi("orders-api", RestApiArgs(function=function, **(arguments | changes)))

    return run(program, {})


def triggers(deployment: Deployment) -> dict[str, str]:
    """Return the values whose change causes a new deployment."""
    return deployment.one("aws:apigateway/deployment:Deployment").inputs["triggers"]


@pytest.mark.parametrize(
    "change",
    [
        {"routes": [Route("order", model=ORDERS.model)]},
        {"routes": [Route("orders")]},
        {"routes": [Route("orders", model=Model("Orders", {"type": "object"}))]},
        {"routes": [Route("orders", model=Model("Order", {"type": "object", "required": ["id"]}))]},
        {"routes": [Route("orders", ["X-Signature"], ORDERS.model)]},
        {"routes": [ORDERS, Route("orders/refunds")]},
        {"binary_media_types": ["*/*"]},
        {"routes": [Route("orders", model=ORDERS.model, addresses=["192.0.2.1"])]},
        {"responses": {}},
        {"responses": {"THROTTLED": GatewayResponse("{}", 430)}},
        {"responses": {"THROTTLED": GatewayResponse('{"a":1}', 429)}},
        {"responses": {"THROTTLED": GatewayResponse("{}", 429, {"Retry-After": "1"})}},
        {"provisioned": 1},
    ],
)
def test_a_change_of_any_part_deploys_the_api_again(change: dict[str, Any]) -> None:
    """Paths, models, required headers, media types, gateway responses and the function are such parts."""
    assert triggers(deploy_api()) != triggers(deploy_api(**change))


@pytest.mark.parametrize("change", [{}, {"burst_limit": 1}, {"access_logs": False}])
def test_what_belongs_to_the_stage_does_not_deploy_the_api_again(change: dict[str, Any]) -> None:
    """Settings of the stage take effect without a new deployment."""
    assert triggers(deploy_api()) == triggers(deploy_api(**change))


DEFINITION = define([ORDERS], suffix="x", responses=RESPONSES)


@pytest.mark.parametrize("part", ["api", "resources", "models", "validator", "methods", "integration", "responses"])
def test_every_part_of_a_definition_counts(part: str) -> None:
    """A new input of any part, such as an authorizer, changes the fingerprint."""
    changed = Definition(**(vars(DEFINITION) | {part: {**getattr(DEFINITION, part), "new": {"a": 1}}}))
    assert changed.fingerprint != DEFINITION.fingerprint


def test_the_parts_are_made_from_the_definition(transactions: Deployment) -> None:
    """The registered resources have the inputs of the fingerprint."""
    method = transactions.one(METHOD).inputs
    definition = define([Route("webhook", model=Model("TransactionEvent", {}))], suffix="dev", responses={})
    assert definition.methods["webhook"]["request_models"] == method["requestModels"]
    integration = transactions.one("aws:apigateway/integration:Integration").inputs
    assert definition.integration["type"] == integration["type"]


def test_a_path_hangs_below_its_parent() -> None:
    """A parent that is not a route is created once, without a method."""
    routes = [Route("orders/refunds/late"), Route("orders/refunds")]
    made = deploy_api(routes=routes)
    parents = {r.inputs["pathPart"]: r.inputs["parentId"] for r in made.by_type(RESOURCE)}
    assert {part: parent.removeprefix("orders-api-") for part, parent in parents.items()} == {
        "orders": "root",
        "refunds": "orders-resource-x",
        "late": "orders-refunds-resource-x",
    }
    assert len(made.by_type(METHOD)) == 2


def test_headers_are_required_where_a_route_says_so() -> None:
    """One request validator serves all routes, and each method has its own headers and model."""
    made = deploy_api(routes=[ORDERS, Route("signed", ["X-Signature", "x-time"])])
    validator = made.one("aws:apigateway/requestValidator:RequestValidator").inputs
    assert (validator["validateRequestBody"], validator["validateRequestParameters"]) == (True, True)
    signed = made.one(METHOD, "-signed-").inputs
    assert signed["requestParameters"] == {
        "method.request.header.X-Signature": True,
        "method.request.header.x-time": True,
    }
    assert "requestModels" not in signed
    assert "requestParameters" not in made.one(METHOD, "-orders-").inputs


def test_a_function_can_be_made_from_the_address_that_it_will_have() -> None:
    """The URL is known from the API's id, before there are routes."""
    seen: list[pulumi.Output[str]] = []

    def program() -> None:
        def answer(base_url: pulumi.Output[str]) -> Function:
            seen.append(base_url)
            pulumi.export("known", base_url)
            return make_function()

        api = RestApi("orders-api", RestApiArgs(suffix="x", description="", routes=[ORDERS], function=answer))
        pulumi.export("real", api.base_url)

    outputs = run(program, {}).outputs
    assert len(seen) == 1
    assert outputs["known"] == outputs["real"]


def test_the_deployment_waits_for_every_part(stack: Deployment) -> None:
    """A deployment is a snapshot, so a later part would be missing."""
    kinds = ("resource:Resource", "method:Method", "integration:Integration", "model:Model")
    kinds += ("response:Response", "requestValidator:RequestValidator")
    for deployment in stack.by_type("aws:apigateway/deployment:Deployment"):
        parts = {r.urn for kind in kinds for r in stack.by_type(f"aws:apigateway/{kind}")}
        own = {urn for urn in parts if f"::{deployment.name.split('-')[0]}-api-" in urn}
        assert len(own) > len(kinds)
        assert own <= set(deployment.dependencies)


# Values that API Gateway inserts for a variable, including quotes. The value of validationErrorString comes from
# published answers of AWS. Only a test on AWS can prove it for every possible body.
RENDERED = {
    "$context.error.messageString": ' "Internal server error"',
    "$context.error.validationErrorString": '[object has missing required properties ([\\"amount\\"])]',
}


def rendered(template: str) -> Any:
    """Return the decoded body that a template gives."""
    for variable, value in RENDERED.items():
        template = template.replace(variable, value)
    assert "$" not in template
    return json.loads(template)


@pytest.mark.parametrize("response_type", GATEWAY_RESPONSES)
def test_api_gateways_own_answers_have_the_shape_of_the_functions(transactions: Deployment, response_type: str) -> None:
    """The body is JSON with code, message and field, and the template contains no data of the request."""
    response = transactions.one("aws:apigateway/response:Response", response_type.lower().replace("_", "-")).inputs
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
    "BAD_REQUEST_PARAMETERS": ("400", None),
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
    """If a retry can help, Retry-After has the delay in seconds."""
    answers = {
        r.inputs["responseType"]: (
            r.inputs.get("statusCode"),
            r.inputs["responseParameters"].get("gatewayresponse.header.Retry-After"),
        )
        for r in stack.by_type("aws:apigateway/response:Response")
    }
    assert answers == STATUSES


def test_a_refused_body_is_answered_with_the_reason() -> None:
    """The sender learns which field the model rejects."""
    message = rendered(GATEWAY_RESPONSES["BAD_REQUEST_BODY"].template)["error"]["message"]
    assert message.endswith('[object has missing required properties (["amount"])]')


def test_the_stage_caches_nothing() -> None:
    """A cached answer would accept an event without storing it."""
    stages = deploy().by_type("aws:apigateway/stage:Stage")
    assert [stage.inputs["cacheClusterEnabled"] for stage in stages] == [False, False]


def test_an_api_of_a_stack_can_be_named_in_outputs() -> None:
    """The component's URL is an output for other components."""

    def program() -> None:
        args = RestApiArgs(suffix="x", description="", routes=[Route("p")], function=make_function())
        pulumi.export("upper", RestApi("an-api", args).url.apply(str.upper))

    assert run(program, {}).outputs["upper"].endswith("/API-X/P")


SAMPLING_RULE = "aws:xray/samplingRule:SamplingRule"
METHOD_SETTINGS = "aws:apigateway/methodSettings:MethodSettings"


def test_each_api_has_a_sampling_rule_for_its_own_stage(stack: Deployment) -> None:
    """The rule has no reservoir, which would record nearly every request of a quiet stack."""
    stages = {made.inputs["restApi"]: made.inputs["stageName"] for made in stack.by_type(STAGE)}
    rules = {made.inputs["resourceArn"]: made.inputs for made in stack.by_type(SAMPLING_RULE)}
    assert set(rules) == {
        f"arn:aws:apigateway:us-east-1::/restapis/{api}/stages/{stage}" for api, stage in stages.items()
    }
    for rule in rules.values():
        assert rule["serviceType"] == "AWS::ApiGateway::Stage"
        assert (rule["reservoirSize"], rule["fixedRate"], rule["version"]) == (0, 0.05, 1)
        assert {rule[key] for key in ("serviceName", "host", "httpMethod", "urlPath")} == {"*"}


def test_a_sampling_rule_is_named_after_the_api_and_the_suffix(stack: Deployment) -> None:
    """With the ten characters of an API's id and the longest suffix, 31 of X-Ray's 32 characters are used."""
    apis = {made.inputs["restApi"] for made in stack.by_type(STAGE)}
    assert {made.inputs["ruleName"] for made in stack.by_type(SAMPLING_RULE)} == {f"{api}-dev" for api in apis}


def test_an_api_without_a_percentage_makes_no_rule() -> None:
    """X-Ray then decides by its own rules."""
    assert deploy_api().by_type(SAMPLING_RULE) == []
    assert deploy(apiTracePercent="aws").by_type(SAMPLING_RULE) == []
    assert deploy_api(trace_percent=0).one(SAMPLING_RULE).inputs["fixedRate"] == 0


def test_metrics_of_each_method_are_a_choice() -> None:
    """The setting applies to every method of both APIs."""
    made = deploy(methodMetrics="true", providerRateLimits='{"stripe": 50}').by_type(METHOD_SETTINGS)
    assert [each.inputs["settings"]["metricsEnabled"] for each in made] == [True] * 3

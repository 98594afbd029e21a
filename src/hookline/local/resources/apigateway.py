"""The functions that make API Gateway REST APIs and their parts in the emulator."""

from __future__ import annotations

from typing import Any

from hookline.local.process.addresses import TAG, address
from hookline.local.provision.inputs import UnsupportedInput, fit
from hookline.local.provision.making import Made, Making

# In the emulator, `$context.error.validationErrorString` is always empty. So local mode uses `$context.error.message`,
# which has the most similar text.
_UNKNOWN_VARIABLE, _KNOWN_VARIABLE = "$context.error.validationErrorString", "$context.error.message"


def rest_api(making: Making) -> Made:
    """Make a REST API in the emulator. The removal of the API also removes its parts."""
    name = making.inputs.take("name")
    if making.interrupted:
        _remove_leftover(making, name)
    making.announce()
    values = making.inputs.take_all()
    endpoint = values.pop("endpointConfiguration", {})
    request = {
        "name": name,
        "endpointConfiguration": {**endpoint, "types": [endpoint.get("types", "EDGE")]},
        **values,
    }
    client = making.cloud.client("apigateway")
    tags = {**making.tags, TAG: address(making.stack, name)}
    made = client.create_rest_api(**fit(client, "create_rest_api", request), tags=tags)
    api = made["id"]
    making.undo("apigateway", "delete_rest_api", restApiId=api)
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    arn = f"arn:aws:execute-api:us-east-1:{making.cloud.account}:{api}"
    outputs = {"name": name, "rootResourceId": root, "executionArn": arn}
    return Made(api, {**outputs, "arn": f"arn:aws:apigateway:us-east-1::/restapis/{api}"})


def path(making: Making) -> Made:
    """Make the API Gateway resource of one segment of a URL path."""
    client, request = _request(making, "create_resource")
    api = request["restApiId"]
    if making.interrupted:
        for item in client.get_resources(restApiId=api)["items"]:
            if (item.get("parentId"), item.get("pathPart")) == (request["parentId"], request["pathPart"]):
                client.delete_resource(restApiId=api, resourceId=item["id"])
    making.announce()
    made = client.create_resource(**request)
    making.undo("apigateway", "delete_resource", restApiId=api, resourceId=made["id"])
    return Made(made["id"], {"path": made["path"]})


def body_model(making: Making) -> Made:
    """Make a model of API Gateway, which is a JSON schema of request bodies."""
    made = _make(making, "create_model", "delete_model")
    return Made(made["id"], {"name": made["name"]})


def request_validator(making: Making) -> Made:
    """Make a request validator of API Gateway."""
    client, request = _request(making, "create_request_validator")
    api = request["restApiId"]
    if making.interrupted:
        for item in client.get_request_validators(restApiId=api)["items"]:
            if item["name"] == request["name"]:
                client.delete_request_validator(restApiId=api, requestValidatorId=item["id"])
    making.announce()
    made = client.create_request_validator(**request)
    making.undo("apigateway", "delete_request_validator", restApiId=api, requestValidatorId=made["id"])
    return Made(made["id"], {})


def method(making: Making) -> Made:
    """Make an API Gateway method, such as POST, of one URL path."""
    made = _make(making, "put_method", "delete_method")
    return Made(f"agm-{made['httpMethod']}", {"httpMethod": made["httpMethod"]})


def update_method(making: Making, before: Made) -> Made | None:
    """Update a method in place, and keep its integration. Return None if its path changed: then make it again.

    The emulator cannot change the whole method. It forgets the integration if the method is put again.
    """
    client, request = _request(making, "put_method")
    where = {name: request[name] for name in ("restApiId", "resourceId", "httpMethod")}
    try:
        integrated = client.get_method(**where).get("methodIntegration")
    except client.exceptions.NotFoundException:
        return None
    client.put_method(**request)
    if integrated:
        values = {**integrated, "integrationHttpMethod": integrated["httpMethod"], **where}
        known = client.meta.service_model.operation_model("PutIntegration").input_shape.members
        client.put_integration(**{key: value for key, value in values.items() if key in known})
    return before


def integration(making: Making) -> Made:
    """Make the integration of an API Gateway method, which connects the method to a function."""
    _make(making, "put_integration", "delete_integration")
    return Made("agi", {})


def gateway_response(making: Making) -> Made:
    """Make a gateway response, which API Gateway sends instead of a function's response."""
    templates = making.inputs.take("responseTemplates", {})
    known = {kind: text.replace(_UNKNOWN_VARIABLE, _KNOWN_VARIABLE) for kind, text in templates.items()}
    making.inputs.put("responseTemplates", known)
    _make(making, "put_gateway_response", "delete_gateway_response")
    return Made("aggr", {})


def deployment(making: Making) -> Made:
    """Make a deployment of a REST API. It is removed with the API. Ignore `triggers`, because only Pulumi uses it."""
    making.inputs.take("triggers", None)
    client, request = _request(making, "create_deployment")
    return Made(client.create_deployment(**request)["id"], {})


def stage(making: Making) -> Made:
    """Make a stage of a REST API, which serves a deployment at a URL. The emulator writes no access logs."""
    inputs = making.inputs
    inputs.take("accessLogSettings", None)
    name, api, deployed = inputs.take("stageName"), inputs.take("restApi"), inputs.take("deployment")
    request = {
        "restApiId": api,
        "stageName": name,
        "deploymentId": deployed,
        **_stage_settings(inputs.take_all()),
    }
    client = making.cloud.client("apigateway")
    making.undo("apigateway", "delete_stage", restApiId=api, stageName=name)
    client.create_stage(**fit(client, "create_stage", request), tags=making.tags)
    tags = client.get_rest_api(restApiId=api)["tags"]
    url = making.cloud.endpoint + tags[TAG]
    execution = f"arn:aws:execute-api:us-east-1:{making.cloud.account}:{api}/{name}"
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api}/stages/{name}"
    return Made(f"ags-{api}-{name}", {"stageName": name, "invokeUrl": url, "executionArn": execution, "arn": arn})


def account(making: Making) -> Made:
    """Set the role with which API Gateway writes access logs. The removal leaves this setting, which has no effect."""
    role = {"op": "replace", "path": "/cloudwatchRoleArn", "value": making.inputs.take("cloudwatchRoleArn")}
    making.call("apigateway", "update_account", patchOperations=[role])
    return Made("api-gateway-account", {})


def method_settings(making: Making) -> Made:
    """Set throttling, metrics and logging of an API stage, for all methods (`*/*`) or one (`resource/path/VERB`)."""
    api, name, methods = (making.inputs.take(key) for key in ("restApi", "stageName", "methodPath"))
    settings = making.inputs.take("settings")
    if unknown := settings.keys() - _SETTINGS.keys():
        raise UnsupportedInput(f"local mode does not know the argument {', '.join(map(repr, sorted(unknown)))}")
    resource, _, verb = methods.rpartition("/")
    is_path = resource != "*" and not resource.startswith("~1")
    prefix = f"/~1{resource.replace('/', '~1')}/{verb}" if is_path else f"/{methods}"
    changes = [
        {"op": "replace", "path": f"{prefix}/{_SETTINGS[key]}", "value": value} for key, value in settings.items()
    ]
    where = {"restApiId": api, "stageName": name}
    making.undo("apigateway", "update_stage", **where, patchOperations=[{"op": "remove", "path": prefix}])
    client = making.cloud.client("apigateway")
    client.update_stage(**fit(client, "update_stage", {**where, "patchOperations": changes}))
    return Made(f"{api}-{name}-{methods}", {})


def domain_name(making: Making) -> Made:
    """Make a domain name of API Gateway. No DNS name leads to the emulator, so the APIs keep their local addresses."""
    types = making.inputs.take("endpointConfiguration")["types"]
    making.inputs.put("endpointConfiguration", {"types": [types]})
    client, request = _request(making, "create_domain_name")
    name = request["domainName"]
    making.undo("apigateway", "delete_domain_name", domainName=name)
    made = client.create_domain_name(**request, tags=making.tags)
    target = {"regionalDomainName": made["regionalDomainName"], "regionalZoneId": made["regionalHostedZoneId"]}
    return Made(name, {"domainName": name, **target})


def base_path_mapping(making: Making) -> Made:
    """Make the mapping from a base path of a domain name to a stage."""
    making.inputs.put("stage", making.inputs.take("stageName"))
    client, request = _request(making, "create_base_path_mapping")
    where = {key: request[key] for key in ("domainName", "basePath")}
    making.undo("apigateway", "delete_base_path_mapping", **where)
    client.create_base_path_mapping(**request)
    return Made("/".join(where.values()), where)


def without_effect(making: Making) -> Made:
    """Accept a resource that would have no effect in the emulator.

    The emulator has no resource policies, no web ACLs and no sampling rules of APIs, and no saved queries. It sends no
    e-mail, and nothing in it publishes alarms to a topic.
    """
    making.inputs.take_all()
    return Made(making.record.urn.rpartition("::")[2], {})


_SETTINGS = {
    "dataTraceEnabled": "logging/dataTrace",
    "loggingLevel": "logging/loglevel",
    "metricsEnabled": "metrics/enabled",
    "throttlingBurstLimit": "throttling/burstLimit",
    "throttlingRateLimit": "throttling/rateLimit",
    "cachingEnabled": "caching/enabled",
    "cacheDataEncrypted": "caching/dataEncrypted",
}


_RENAMED = {"restApi": "restApiId", "authorization": "authorizationType"}


def _request(making: Making, operation: str) -> tuple[Any, dict[str, Any]]:
    """Take all inputs of a resource. Return an API Gateway client and the parameters of the create operation."""
    client = making.cloud.client("apigateway")
    values = {_RENAMED.get(key, key): value for key, value in making.inputs.take_all().items()}
    return client, fit(client, operation, values)


def _make(making: Making, operation: str, undo: str) -> dict[str, Any]:
    """Record the API Gateway operation that deletes a resource, and then call the operation that creates it."""
    client, request = _request(making, operation)
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[undo]).input_shape
    known = {**request, "modelName": request.get("name")}
    making.undo("apigateway", undo, **{key: known[key] for key in shape.members})
    return getattr(client, operation)(**request)


def _stage_settings(values: dict[str, Any]) -> dict[str, Any]:
    renamed = {"xrayTracingEnabled": "tracingEnabled"}
    return {renamed.get(key, key): value for key, value in values.items()}


def _remove_leftover(making: Making, name: str) -> None:
    for api in making.call("apigateway", "get_rest_apis")["items"]:
        if api["name"] == name:
            making.call("apigateway", "delete_rest_api", restApiId=api["id"])

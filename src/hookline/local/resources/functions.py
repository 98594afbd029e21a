"""The functions that make Lambda functions, aliases, permissions and event source mappings in the emulator."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from hookline.local.provision.inputs import UnsupportedInput, fit
from hookline.local.provision.making import Made, Making
from hookline.local.resources.tags import set_tags
from hookline.poll_permissions import QUEUE_ACTIONS
from hookline.program.wire import Archive

_OLDEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def function(making: Making) -> Made:
    """Make a Lambda function. The emulator ignores `runtime` and `architectures`, and uses its own Python."""
    name, code, reserved, request = _read(making)
    making.undo("lambda", "delete_function", FunctionName=name)
    client = making.cloud.client("lambda")
    request = {"code": {"zipFile": _zip(code)}, "tags": making.tags, **request}
    made = client.create_function(**fit(client, "create_function", {"functionName": name, **request}))
    _reserve(making, name, reserved)
    return Made(name, _outputs(making, made))


def update_function(making: Making, before: Made) -> Made | None:
    """Update a Lambda function in place. Return None if its name changed, so that it must be made again."""
    name, code, reserved, request = _read(making)
    if name != before.id:
        return None
    arn = before.outputs["arn"]
    set_tags(
        making,
        making.call("lambda", "list_tags", Resource=arn)["Tags"],
        lambda tags: making.call("lambda", "tag_resource", Resource=arn, Tags=tags),
        lambda keys: making.call("lambda", "untag_resource", Resource=arn, TagKeys=keys),
    )
    client = making.cloud.client("lambda")
    of_code = {key: request.pop(key) for key in ("publish", "architectures") if key in request}
    client.update_function_configuration(
        **fit(client, "update_function_configuration", {"functionName": name, **request})
    )
    request = {"functionName": name, "zipFile": _zip(code), **of_code}
    made = client.update_function_code(**fit(client, "update_function_code", request))
    _reserve(making, name, reserved)
    return Made(name, _outputs(making, made))


def alias(making: Making) -> Made:
    """Make an alias of a Lambda function, which is a name for a published version."""
    function_name, name = making.inputs.take("functionName"), making.inputs.take("name")
    making.undo("lambda", "delete_alias", FunctionName=function_name, Name=name)
    client = making.cloud.client("lambda")
    request = {"functionName": function_name, "name": name, **making.inputs.take_all()}
    arn = client.create_alias(**fit(client, "create_alias", request))["AliasArn"]
    return Made(arn, {"arn": arn, "name": name, "invokeArn": _invoke_arn(arn)})


def provisioned_concurrency(making: Making) -> Made:
    """Set the provisioned concurrency of a Lambda function. The emulator stores it, but warms up no instance."""
    function_name, qualifier = making.inputs.take("functionName"), making.inputs.take("qualifier")
    making.inputs.expect("skipDestroy", False)
    making.undo("lambda", "delete_provisioned_concurrency_config", FunctionName=function_name, Qualifier=qualifier)
    making.call(
        "lambda",
        "put_provisioned_concurrency_config",
        FunctionName=function_name,
        Qualifier=qualifier,
        ProvisionedConcurrentExecutions=making.inputs.take("provisionedConcurrentExecutions"),
    )
    return Made(f"{function_name},{qualifier}", {})


def permission(making: Making) -> Made:
    """Make a permission to invoke a Lambda function."""
    values = making.inputs.take_all()
    values["functionName"] = values.pop("function")
    values.setdefault("statementId", making.record.urn.rsplit("::", 1)[1])
    fitted = fit(making.cloud.client("lambda"), "add_permission", values)
    where = {key: fitted[key] for key in ("FunctionName", "StatementId", "Qualifier") if key in fitted}
    making.undo("lambda", "remove_permission", **where)
    making.call("lambda", "add_permission", **fitted)
    return Made(fitted["StatementId"], {"statementId": fitted["StatementId"]})


def event_source_mapping(making: Making) -> Made:
    """Make an event source mapping of a queue or a stream.

    The mapping of a stream is disabled, because `hookline.local.stand_ins.poller` reads the stream instead of the
    emulator.
    """
    making.inputs.expect("enabled", True)
    making.inputs.expect("tumblingWindowInSeconds", 0)
    request = _mapping_request(making.inputs.take_all())
    if making.interrupted:
        _remove_leftover_mapping(making, request["functionName"], request["eventSourceArn"])
    making.announce()
    fitted = fit(making.cloud.client("lambda"), "create_event_source_mapping", request)
    from_queue = ":sqs:" in fitted["EventSourceArn"]
    if from_queue:
        _demand_queue_permissions(making, fitted["FunctionName"], fitted["EventSourceArn"])
    made = making.call("lambda", "create_event_source_mapping", Enabled=from_queue, Tags=making.tags, **fitted)
    making.undo("lambda", "delete_event_source_mapping", UUID=made["UUID"])
    return Made(made["UUID"], {"uuid": made["UUID"], "functionArn": made["FunctionArn"]})


def _mapping_request(values: dict[str, Any]) -> dict[str, Any]:
    if not any(service in values["eventSourceArn"] for service in (":dynamodb:", ":sqs:")):
        raise UnsupportedInput("local mode supports event source mappings only for DynamoDB streams and SQS queues")
    for item in values.get("filterCriteria", {}).get("filters", []):
        pattern = json.loads(item["pattern"])
        if not all(isinstance(v, list) and all(isinstance(x, str) for x in v) for v in pattern.values()):  # pyright: ignore[reportUnknownVariableType]
            raise UnsupportedInput("local mode supports only filters on exact values of top-level keys")
    if "destinationConfig" in values:
        destination = values["destinationConfig"]["onFailure"]["destinationArn"]
        if not destination.startswith("arn:aws:sqs:"):
            raise UnsupportedInput("local mode supports only SQS queues as failure destinations")
        values["destinationConfig"] = {"onFailure": {"destination": destination}}
    return values


def _demand_queue_permissions(making: Making, function_arn: str, queue_arn: str) -> None:
    """Raise `UnsupportedInput` if a function's role is not allowed to read a queue.

    AWS itself checks this permission for an event source mapping. The emulator does not.
    """
    role = making.call("lambda", "get_function_configuration", FunctionName=function_arn)["Role"]
    answer = making.call(
        "iam",
        "simulate_principal_policy",
        PolicySourceArn=role,
        ActionNames=list(QUEUE_ACTIONS),
        ResourceArns=[queue_arn],
    )
    denied = [r["EvalActionName"] for r in answer["EvaluationResults"] if r["EvalDecision"] != "allowed"]
    if denied:
        raise UnsupportedInput(f"{role} does not allow {', '.join(denied)} on {queue_arn}")


def event_invoke_config(making: Making) -> Made:
    """Set the retries and the failure destination of a Lambda function's asynchronous invocations."""
    name = making.inputs.take("functionName")
    qualifier = {"Qualifier": making.inputs.take("qualifier")} if making.inputs.has("qualifier") else {}
    values = making.inputs.take_all()
    client = making.cloud.client("lambda")
    making.undo("lambda", "delete_function_event_invoke_config", FunctionName=name, **qualifier)
    fitted = fit(client, "put_function_event_invoke_config", {"functionName": name, **values})
    making.call("lambda", "put_function_event_invoke_config", **fitted, **qualifier)
    return Made(name, {})


def _remove_leftover_mapping(making: Making, function_name: str, source: str) -> None:
    found = making.call("lambda", "list_event_source_mappings", FunctionName=function_name, EventSourceArn=source)
    for mapping in found["EventSourceMappings"]:
        making.call("lambda", "delete_event_source_mapping", UUID=mapping["UUID"])


def _read(making: Making) -> tuple[str, Archive, int | None, dict[str, Any]]:
    inputs = making.inputs
    inputs.expect("packageType", "Zip")
    inputs.expect("skipDestroy", False)
    name, code, reserved = (
        inputs.take("name"),
        inputs.take("code"),
        inputs.take("reservedConcurrentExecutions", None),
    )
    return name, code, reserved, inputs.take_all()


def _reserve(making: Making, name: str, reserved: int | None) -> None:
    if reserved == -1:  # in Pulumi, -1 means no reservation
        making.call("lambda", "delete_function_concurrency", FunctionName=name)
    elif reserved is not None:
        making.call("lambda", "put_function_concurrency", FunctionName=name, ReservedConcurrentExecutions=reserved)


def _outputs(making: Making, made: dict[str, Any]) -> dict[str, Any]:
    arn = f"arn:aws:lambda:us-east-1:{making.cloud.account}:function:{made['FunctionName']}"
    version = made["Version"]
    return {
        "arn": arn,
        "name": made["FunctionName"],
        "invokeArn": _invoke_arn(arn),
        "version": version,
        "qualifiedArn": f"{arn}:{version}",
    }


def _invoke_arn(arn: str) -> str:
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


def _zip(code: Archive) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(code.files.items()):
            info = zipfile.ZipInfo(path, _OLDEST_ZIP_TIME)
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()

"""A fake API Gateway, and the order in which Pulumi's engine changes it: deletions come last."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from hookline.program.engine import Deployment, Registration

DEPLOYMENT = "aws:apigateway/deployment:Deployment"
PERMISSION = "aws:lambda/permission:Permission"
INTEGRATION = "aws:apigateway/integration:Integration"
NO_PARTS = {DEPLOYMENT, "aws:apigateway/stage:Stage", "aws:apigateway/methodSettings:MethodSettings"}
"""The types of API Gateway that a deployment does not copy."""

# The engine makes independent resources in any order. The worst for a deployment is to come before all others.
FIRST, LAST = {DEPLOYMENT}, {PERMISSION}

Api = dict[str, Registration]


@dataclass
class FakeGateway:
    """API Gateway with its deployments as snapshots, and the resource policy of each function.

    Attributes:
        parts: URN → part of an API, as it is now.
        served: URN of a deployment → the parts as they were when this deployment was made.
        allowed: the permissions as (function or alias, API, id of the statement) → path.
    """

    parts: Api = field(default_factory=Api)
    served: dict[str, Api] = field(default_factory=dict[str, Api])
    allowed: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])

    def make(self, resource: Registration) -> None:
        """Make or change one resource."""
        if resource.type == DEPLOYMENT:
            self.served[resource.urn] = self.now(resource.inputs["restApi"])
        elif resource.type == PERMISSION:
            self.allowed[_statement(resource)] = resource.inputs["sourceArn"].partition("/POST/")[2]
        elif _is_part(resource):
            self.parts[resource.urn] = resource

    def delete(self, resource: Registration) -> None:
        """Delete one resource. A deployment keeps its copy."""
        self.allowed.pop(_statement(resource), None) if resource.type == PERMISSION else None
        self.parts.pop(resource.urn, None)

    def now(self, api: str) -> Api:
        """Return the parts of one API as they are now."""
        return {urn: part for urn, part in self.parts.items() if _api(part) == api}

    def without_permission(self) -> list[str]:
        """Return the served integrations whose function does not allow the call: their paths answer 500."""
        return [
            urn
            for parts in self.served.values()
            for urn, part in parts.items()
            if part.type == INTEGRATION and not self._may_call(part, _path(parts, part.inputs["resourceId"]))
        ]

    def _may_call(self, integration: Registration, path: str) -> bool:
        called = integration.inputs["uri"].rpartition(":")[2].removesuffix("/invocations")
        api = integration.inputs["restApi"]
        return any(key[:2] == (called, api) and path == of for key, of in self.allowed.items())


def play(gateway: FakeGateway, before: Deployment | None, after: Deployment) -> Iterator[Registration]:
    """Take a gateway from one program to the next in the engine's order, and yield each resource after its step."""
    old = {each.urn: each for each in before.resources} if before else {}
    new = {each.urn: each for each in after.resources}
    late = [each for urn, each in old.items() if urn not in new]
    for resource in _in_order(new):
        was = old.get(resource.urn)
        if was and was.type == PERMISSION and was.inputs != resource.inputs:
            # Every changed input replaces a permission. With the same statement id, pulumi-aws deletes first.
            if _name(was) == _name(resource):
                gateway.delete(was)
                yield was
            else:
                late.append(was)
        if was is None or was.inputs != resource.inputs:
            gateway.make(resource)
            yield resource
    for resource in sorted(late, key=lambda each: each.type not in LAST):
        gateway.delete(resource)
        yield resource


def _in_order(resources: Api) -> Iterator[Registration]:
    waiting = dict(resources)
    while waiting:
        ready = [each for each in waiting.values() if not waiting.keys() & {*each.dependencies}]
        chosen = min(ready, key=lambda each: (each.type not in FIRST, each.type in LAST))
        yield waiting.pop(chosen.urn)


def _is_part(resource: Registration) -> bool:
    return resource.type.startswith("aws:apigateway/") and resource.type not in NO_PARTS


def _api(part: Registration) -> str:
    return part.inputs.get("restApi") or part.inputs.get("restApiId", "")


def _path(parts: Api, resource: str) -> str:
    by_name = {part.name: part.inputs for part in parts.values() if "pathPart" in part.inputs}
    if resource not in by_name:
        return ""
    above = _path(parts, by_name[resource]["parentId"])
    return f"{above}/{by_name[resource]['pathPart']}".strip("/")


def _name(permission: Registration) -> str:
    return permission.inputs["statementId"]


def _statement(permission: Registration) -> tuple[str, str, str]:
    inputs = permission.inputs
    called = inputs.get("qualifier") or inputs["function"]
    return called, inputs["sourceArn"].rpartition(":")[2].partition("/")[0], inputs["statementId"]


def readable(api: Api) -> dict[str, str]:
    """Return URN → inputs, to compare what an API serves with what it is."""
    return {urn: json.dumps(part.inputs, sort_keys=True, default=str) for urn, part in api.items()}

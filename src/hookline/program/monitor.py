"""Replacements for Pulumi's monitor and engine, to which Pulumi's Python SDK sends its requests.

The SDK accepts any objects with the methods of the services `ResourceMonitor` and `Engine`. `Monitor` receives the
registration of each resource, with the same URN, parent and dependencies as in Pulumi's engine. `Monitor` calls a
`ResourceProvider` to create the resource.

The argument `monitor` of the SDK's `Settings` has a type but no documentation, so another version of the SDK could
change the argument. Therefore, hookline pins the version of `pulumi`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from pulumi.runtime.proto import engine_pb2, resource_pb2

from hookline.program import wire
from hookline.program.registration import Deployment, ProgramError, Registration, ResourceProvider

STACK_REFERENCE = "pulumi:pulumi:StackReference"


class Monitor:
    """A Pulumi resource monitor inside this process. It passes requests of Pulumi's SDK to a `ResourceProvider`."""

    def __init__(self, project: str, stack: str, provider: ResourceProvider) -> None:
        self._prefix = f"urn:pulumi:{stack}::{project}::"
        self._provider = provider
        self._lock = threading.Lock()
        self._urns: set[str] = set()
        self.deployment = Deployment()
        self.failure: str = ""

    def GetDeploymentInfo(self, request: object) -> resource_pb2.DeploymentInfo:  # noqa: ARG002, N802
        """Return the optional Pulumi features that this monitor supports: only secrets."""
        return resource_pb2.DeploymentInfo(supportedFeatures=[resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS])

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Create a resource that the program registers. After the first failure, all later registrations fail too."""
        self._refuse_after_failure()
        try:
            resource = self._reserve(request)
            if not resource.custom:
                return resource_pb2.RegisterResourceResponse(urn=resource.urn, object=request.object)
            identity, outputs = self._provider.create(resource)
        except Exception as error:
            self._record(f"{request.type} {request.name}: {error}")
            raise
        merged = wire.merge(request.object, outputs)
        return resource_pb2.RegisterResourceResponse(urn=resource.urn, id=identity, object=merged)

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> engine_pb2.LogRequest:
        """Store the outputs if they belong to the stack. Ignore the outputs of components."""
        if "::pulumi:pulumi:Stack::" in request.urn:
            self.deployment.outputs = wire.to_plain(request.outputs)
        return engine_pb2.LogRequest()

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        """Return the result of a Pulumi function that the program calls, such as `aws:index/getRegion:getRegion`."""
        self._refuse_after_failure()
        try:
            answer = self._provider.invoke(request.tok, wire.to_plain(request.args))
        except Exception as error:
            self._record(f"{request.tok}: {error}")
            raise
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(wire.to_struct(answer))  # `response.return` would be a syntax error
        return response

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> None:  # noqa: N802
        """Reject `Resource.get` and `StackReference`, because the monitor knows only the resources of the program."""
        other = "references to other stacks" if request.type == STACK_REFERENCE else "existing resources (.get)"
        self._record(f"{request.type} {request.name}: {other} need the Pulumi engine")
        raise ProgramError(self.failure)

    def SignalAndWaitForShutdown(self, request: object) -> engine_pb2.LogRequest:  # noqa: ARG002, N802
        """Return immediately, because this monitor never runs delete hooks for which the program must wait."""
        return engine_pb2.LogRequest()

    def _refuse_after_failure(self) -> None:
        if self.failure:
            raise ProgramError(self.failure)

    def _record(self, message: str) -> None:
        with self._lock:
            self.failure = self.failure or message

    def _reserve(self, request: resource_pb2.RegisterResourceRequest) -> Registration:
        resource = _registration(self._urn(request), request)
        if request.importId:
            raise ProgramError("existing resources cannot be imported without the Pulumi engine (import_)")
        with self._lock:
            if resource.urn in self._urns:
                raise ProgramError("another resource of this type already has this name")
            self._urns.add(resource.urn)
            self.deployment.resources.append(resource)
        return resource

    def _urn(self, request: resource_pb2.RegisterResourceRequest) -> str:
        parent_type = request.parent.split("::")[2] if request.parent else ""
        under = "" if parent_type in {"", "pulumi:pulumi:Stack"} else f"{parent_type}$"
        return f"{self._prefix}{under}{request.type}::{request.name}"


class WarningsOnly:
    """A Pulumi engine that passes on the warnings of a Pulumi program, and drops its other log lines."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn

    def Log(self, request: engine_pb2.LogRequest) -> engine_pb2.LogRequest:  # noqa: N802
        """Pass on a warning. The causes of failures are not lost, because exceptions contain them."""
        if request.severity == engine_pb2.WARNING:
            self._warn(request.message)
        return engine_pb2.LogRequest()


def _registration(urn: str, request: resource_pb2.RegisterResourceRequest) -> Registration:
    return Registration(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=request.parent,
        custom=request.custom,
        inputs=wire.to_plain(request.object),
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies={k: tuple(sorted(v.urns)) for k, v in request.propertyDependencies.items()},
        provider=request.provider,
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
    )

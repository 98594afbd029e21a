"""The two objects that the Pulumi SDK takes for its engine.

The SDK talks to a *monitor* and an *engine*; it accepts any object that has the methods of the `ResourceMonitor` and
`Engine` services. `Monitor` sees every registration with the URN, parent and dependencies that the real engine would
see, and asks a `ResourceProvider` to create the resource.

`Settings(monitor=object)` is typed in the SDK but not documented, which is why `pulumi` is pinned.
"""

from __future__ import annotations

import threading

from pulumi.runtime.proto import engine_pb2, resource_pb2

from hookline.program import wire
from hookline.program.registration import Deployment, ProgramError, Registration, ResourceProvider

STACK_REFERENCE = "pulumi:pulumi:StackReference"


class Monitor:
    """Pulumi's resource monitor, in-process: turns SDK requests into calls of a `ResourceProvider`."""

    def __init__(self, project: str, stack: str, provider: ResourceProvider) -> None:
        self._prefix = f"urn:pulumi:{stack}::{project}::"
        self._provider = provider
        self._lock = threading.Lock()
        self._urns: set[str] = set()
        self.deployment = Deployment()
        self.failure: str = ""

    def GetDeploymentInfo(self, request: object) -> resource_pb2.DeploymentInfo:  # noqa: ARG002, N802
        """Names the optional features that this monitor has: secrets, and nothing else."""
        return resource_pb2.DeploymentInfo(supportedFeatures=[resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS])

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Creates one resource; the first failure stops everything that would come after it."""
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
        """Keeps the stack's outputs; those of components have no use here."""
        if "::pulumi:pulumi:Stack::" in request.urn:
            self.deployment.outputs = wire.to_plain(request.outputs)
        return engine_pb2.LogRequest()

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        """Answers a function call."""
        self._refuse_after_failure()
        try:
            answer = self._provider.invoke(request.tok, wire.to_plain(request.args))
        except Exception as error:
            self._record(f"{request.tok}: {error}")
            raise
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(wire.to_struct(answer))  # the field's name is a word of Python
        return response

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> None:  # noqa: N802
        """Refuses `Resource.get` and `StackReference`: local mode has nothing but what the program creates."""
        other = "other stacks to refer to" if request.type == STACK_REFERENCE else "resources made elsewhere (.get)"
        self._record(f"{request.type} {request.name}: local mode has no {other}")
        raise ProgramError(self.failure)

    def SignalAndWaitForShutdown(self, request: object) -> engine_pb2.LogRequest:  # noqa: ARG002, N802
        """Ends at once: there are no delete hooks to wait for."""
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
            raise ProgramError("local mode cannot import existing resources (import_)")
        with self._lock:
            if resource.urn in self._urns:
                raise ProgramError("another resource of this type has this name already")
            self._urns.add(resource.urn)
            self.deployment.resources.append(resource)
        return resource

    def _urn(self, request: resource_pb2.RegisterResourceRequest) -> str:
        parent_type = request.parent.split("::")[2] if request.parent else ""
        under = "" if parent_type in {"", "pulumi:pulumi:Stack"} else f"{parent_type}$"
        return f"{self._prefix}{under}{request.type}::{request.name}"


class SilentEngine:
    """The other half of the SDK's connection, which takes the program's log lines."""

    def Log(self, request: object) -> engine_pb2.LogRequest:  # noqa: ARG002, N802
        """Drops a line: what a failure needs to say, its exception says."""
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

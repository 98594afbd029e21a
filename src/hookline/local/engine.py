"""Runs a Pulumi program in this process, without the Pulumi CLI.

The Pulumi SDK talks to its engine through two objects, a *monitor* and an *engine*; it accepts any object that
has the methods of the `ResourceMonitor` service. `Monitor` is such an object: it sees every registration with the
URN, parent and dependencies that the real engine would see, and asks a `Provider` to create the resource.

`Settings(monitor=object)` is typed in the SDK but not documented, which is why `pulumi` is pinned.
"""

from __future__ import annotations

import asyncio
import contextvars
import runpy
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pulumi import runtime
from pulumi.runtime.proto import engine_pb2, resource_pb2
from pulumi.runtime.stack import run_in_stack

from hookline.local import wire

WORKERS = 8
Plain = dict[str, Any]


class ProgramError(Exception):
    """The program failed; the message is the first cause, by the resource's name where there is one."""


@dataclass(frozen=True)
class Registration:
    """One resource as the program registered it.

    Attributes:
        urn: Pulumi's unique name of the resource.
        type: the type token, such as `aws:sqs/queue:Queue`.
        name: the logical name.
        parent: the parent's URN; empty for the stack itself.
        custom: True for a cloud resource, False for a component.
        inputs: plain values; secrets unwrapped, whole numbers as `int`, archives as `wire.Archive`.
        dependencies: URNs that must exist before this resource.
        property_dependencies: input name → URNs from which its value came.
        provider: reference of the explicit provider (`urn::id`), or empty.
        protect: True if the program forbids its deletion.
        retain_on_delete: True if destroying the stack would leave it in the cloud.
        replacements: input names whose change forces a replacement.
    """

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: Plain
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    provider: str = ""
    protect: bool = False
    retain_on_delete: bool = False


class Provider(Protocol):
    """What creates the resources that a program registers."""

    def create(self, resource: Registration) -> tuple[str, Plain]:
        """Creates or reuses `resource`; returns its id and its output properties."""
        ...

    def invoke(self, token: str, args: Plain) -> Plain:
        """Answers a function call of the program, such as `aws:index/getRegion:getRegion`."""
        ...


@dataclass
class Deployment:
    """What a program registered and exported."""

    resources: list[Registration] = field(default_factory=list[Registration])
    outputs: Plain = field(default_factory=dict[str, Any])

    def by_type(self, type_token: str) -> list[Registration]:
        """All resources of one type, in the order of registration."""
        return [r for r in self.resources if r.type == type_token]

    def one(self, type_token: str, name_contains: str = "") -> Registration:
        """The only resource of a type whose logical name contains a text; raises `LookupError` otherwise."""
        found = [r for r in self.by_type(type_token) if name_contains in r.name]
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources of type {type_token} have '{name_contains}' in their name")
        return found[0]


class Monitor:
    """Pulumi's resource monitor, in-process: turns SDK requests into calls of a `Provider`."""

    def __init__(self, project: str, stack: str, provider: Provider) -> None:
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
            _refuse_what_local_mode_cannot_honour(request)
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
        """Refuses `Resource.get`: local mode has nothing but what the program creates."""
        self._record(f"{request.type} {request.name}: local mode cannot read resources made elsewhere (.get)")
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


class _SilentEngine:
    """The other half of the SDK's connection: it takes log lines, and remembers the root resource."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self._root = ""

    def Log(self, request: engine_pb2.LogRequest) -> engine_pb2.LogRequest:  # noqa: N802
        if request.severity == engine_pb2.ERROR:
            self.errors.append(request.message)
        return engine_pb2.LogRequest()

    def SetRootResource(  # noqa: N802
        self, request: engine_pb2.SetRootResourceRequest
    ) -> engine_pb2.SetRootResourceResponse:
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    def GetRootResource(self, request: object) -> engine_pb2.GetRootResourceResponse:  # noqa: ARG002, N802
        return engine_pb2.GetRootResourceResponse(urn=self._root)


def run_program(
    program: Path | Callable[[], object],
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
    provider: Provider,
) -> Deployment:
    """Runs a Pulumi program to its end and returns what it registered.

    Args:
        program: the path of a `__main__.py`, or a function that registers resources.
        project: the Pulumi project's name.
        stack: the stack's name.
        config: full keys (`hookline:environmentSuffix`) and their values as Pulumi stores them.
        provider: creates the resources.

    Raises:
        ProgramError: with the first cause, if the program or any of its resources failed.
    """
    monitor = Monitor(project, stack, provider)
    context = contextvars.Context()  # the SDK keeps its state in context variables: a new context, a new engine
    try:
        context.run(asyncio.run, _run(program, project, stack, config, monitor))
    except Exception as error:
        raise ProgramError(monitor.failure or f"{type(error).__name__}: {error}") from error
    return monitor.deployment


async def _run(
    program: Path | Callable[[], object],
    project: str,
    stack: str,
    config: Mapping[str, str],
    monitor: Monitor,
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(WORKERS, thread_name_prefix="pulumi"))
    loop.set_exception_handler(_ignore)  # one failure fails every task that waits for it: once is enough
    runtime.set_all_config(dict(config), [])
    runtime.configure(
        runtime.Settings(project=project, stack=stack, dry_run=False, monitor=monitor, engine=_SilentEngine())
    )

    def body() -> None:
        if isinstance(program, Path):
            runpy.run_path(str(program), run_name="__main__")
        else:
            program()

    await run_in_stack(body)


def _ignore(_loop: asyncio.AbstractEventLoop, _context: dict[str, Any]) -> None: ...


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


def _refuse_what_local_mode_cannot_honour(request: resource_pb2.RegisterResourceRequest) -> None:
    if request.importId:
        raise ProgramError("local mode cannot import existing resources (import_)")
    if request.type == "pulumi:pulumi:StackReference":
        raise ProgramError("local mode has no other stacks to refer to (StackReference)")

"""The AWS provider of a rehearsal: a Pulumi provider plugin that makes resources in the emulator.

The Pulumi engine sends the requests of the service `ResourceProvider`, which a provider plugin answers. This plugin
calls the same makers as `hookline up`. A resource type that local mode cannot update is replaced when it changes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from google.protobuf import empty_pb2, struct_pb2
from grpc import ServicerContext, StatusCode
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from hookline.local.cloud import Cloud
from hookline.local.provision.builder import Builder, provider_tags
from hookline.local.provision.inputs import UnsupportedInput
from hookline.local.provision.making import Made, Maker, Updater
from hookline.local.provision.state import Record
from hookline.local.rehearsal.properties import changed_inputs, known_inputs
from hookline.local.resources import IDENTITY, UPDATED_OUTPUTS, WITHOUT_EFFECT
from hookline.program import wire

Function = TypeVar("Function")
MARK = "hooklineRehearsal"
"""The output property that says which plugin made a resource."""


class Kept(dict[str, Record]):
    """The records of the resources that exist in the emulator, as URN → record."""

    def save(self, record: Record) -> None:
        """Keep the record of a resource, in place of an earlier one."""
        self[record.urn] = record

    def forget(self, record: Record) -> None:
        """Drop the record of a resource that does not exist any more."""
        self.pop(record.urn, None)


class EmulatorProvider(provider_pb2_grpc.ResourceProviderServicer):
    """A Pulumi provider plugin for `aws` that makes resources in the emulator. Threads can share an instance.

    The outputs of each resource have a mark of this instance. A resource without it is from a stack outside of the
    rehearsal, to which another `PULUMI_BACKEND_URL` led. If the plugin accepted its deletion, the engine would forget
    it, although it still exists on AWS. So the plugin refuses every request about it.

    Args:
        cloud: AWS clients of the emulator with root permissions.
        makers: resource type → function that makes a resource.
        updaters: resource type → function that updates a resource in place.
        invokes: token of a Pulumi function → function that returns its result.
    """

    def __init__(
        self,
        cloud: Cloud,
        makers: Mapping[str, Maker],
        updaters: Mapping[str, Updater],
        invokes: Mapping[str, Callable[[Cloud, dict[str, Any]], dict[str, Any]]],
    ) -> None:
        self._cloud, self._makers, self._updaters, self._invokes = cloud, makers, updaters, invokes
        self._records = Kept()
        self._builder = Builder(cloud, self._records)
        self._mark = secrets.token_hex(16)
        self._tags: dict[str, dict[str, str]] = {}
        """The default tags of each provider of a program. Each one has a connection of its own."""

    def Attach(self, request: plugin_pb2.PluginAttach, context: ServicerContext) -> empty_pb2.Empty:
        """Accept the engine. A plugin that the engine starts itself has no such call."""
        return empty_pb2.Empty()

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Say that secrets may be sent as secrets, so that the answers contain them as secrets too."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True)

    def GetPluginInfo(self, request: empty_pb2.Empty, context: ServicerContext) -> plugin_pb2.PluginInfo:
        """Return the version of pulumi-aws whose resources the program uses."""
        return plugin_pb2.PluginInfo(version=version("pulumi-aws"))

    def CheckConfig(self, request: provider_pb2.CheckRequest, context: ServicerContext) -> provider_pb2.CheckResponse:
        """Accept the settings of the provider."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: ServicerContext) -> provider_pb2.DiffResponse:
        """Compare the settings of the provider. No change of them replaces a resource."""
        return _diff(changed_inputs(request.old_inputs, request.news), [])

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        """Remember the provider's default tags."""
        with _reported(context):
            self._tags[context.peer()] = provider_tags(wire.to_plain(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def Invoke(self, request: provider_pb2.InvokeRequest, context: ServicerContext) -> provider_pb2.InvokeResponse:
        """Return the result of a Pulumi function, such as `aws:index/getRegion:getRegion`."""
        response = provider_pb2.InvokeResponse()
        with _reported(context):
            answer = _known(self._invokes, request.tok)(self._cloud, wire.to_plain(request.args))
            getattr(response, "return").CopyFrom(wire.to_struct(answer))  # `response.return` would be a syntax error
        return response

    def Check(self, request: provider_pb2.CheckRequest, context: ServicerContext) -> provider_pb2.CheckResponse:
        """Accept the inputs of a resource, if local mode knows its type."""
        with _reported(context):
            _known(self._makers, _type(request.urn))
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: provider_pb2.DiffRequest, context: ServicerContext) -> provider_pb2.DiffResponse:
        """Say which inputs changed, and which of them replace the resource."""
        self._refuse_others(request.urn, request.olds, context)
        changed = changed_inputs(request.old_inputs, request.news)
        effective = [key for key in changed if key not in WITHOUT_EFFECT]
        removed = [key for key in effective if key not in request.news.fields]
        in_place = _type(request.urn) in self._updaters and not removed and not IDENTITY & {*changed}
        return _diff(changed, [] if in_place else effective)

    def Create(self, request: provider_pb2.CreateRequest, context: ServicerContext) -> provider_pb2.CreateResponse:
        """Make a resource. First remove what an interrupted `pulumi up` made of it."""
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        with _reported(context):
            record, leftover = Record(request.urn, 0, ""), self._records.get(request.urn)
            making = self._builder.start(record, known_inputs(request.properties), self._default_tags(context))
            if leftover:
                making.interrupted = not leftover.ready
                self._builder.remove(leftover)
            self._builder.make(self._makers[_type(request.urn)], making)
        return provider_pb2.CreateResponse(id=record.id, properties=self._state(request.properties, record))

    def Read(self, request: provider_pb2.ReadRequest, context: ServicerContext) -> provider_pb2.ReadResponse:
        """Return a resource as it was made, for `pulumi refresh`. Return no id if it does not exist any more."""
        self._refuse_others(request.urn, request.properties, context)
        record = self._records.get(request.urn)
        if record is None or record.id != request.id:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Update(self, request: provider_pb2.UpdateRequest, context: ServicerContext) -> provider_pb2.UpdateResponse:
        """Update a resource in place."""
        self._refuse_others(request.urn, request.olds, context)
        record = self._records[request.urn]
        if request.preview:
            known = {name: value for name, value in record.outputs.items() if name not in UPDATED_OUTPUTS}
            return provider_pb2.UpdateResponse(properties=wire.merge(request.news, known))
        with _reported(context):
            making = self._builder.start(record, known_inputs(request.news), self._default_tags(context))
            if updater := self._updaters.get(_type(request.urn)):
                made = updater(making, Made(record.id, record.outputs))
                if made is None:
                    raise UnsupportedInput(f"local mode cannot update {record.name}")
                making.inputs.finish()
                record.outputs = made.outputs
        return provider_pb2.UpdateResponse(properties=self._state(request.news, record))

    def Delete(self, request: provider_pb2.DeleteRequest, context: ServicerContext) -> empty_pb2.Empty:
        """Remove a resource from the emulator. Do nothing if it does not exist any more."""
        self._refuse_others(request.urn, request.properties, context)
        record = self._records.get(request.urn)
        if record and record.id == request.id:
            with _reported(context):
                self._builder.remove(record)
        return empty_pb2.Empty()

    def Cancel(self, request: empty_pb2.Empty, context: ServicerContext) -> empty_pb2.Empty:
        """Accept that the user interrupts a command. Every call ends soon by itself."""
        return empty_pb2.Empty()

    def _state(self, inputs: struct_pb2.Struct, record: Record) -> struct_pb2.Struct:
        return wire.merge(inputs, record.outputs | {MARK: self._mark})

    def _refuse_others(self, urn: str, state: struct_pb2.Struct, context: ServicerContext) -> None:
        """End a call about a resource that this plugin did not make, with an error."""
        if state.fields[MARK].string_value != self._mark:
            name = urn.rsplit("::", 1)[1]
            message = f"this rehearsal did not make {name}: pulumi uses a stack from outside, so end the rehearsal"
            context.abort(StatusCode.FAILED_PRECONDITION, message)

    def _default_tags(self, context: ServicerContext) -> dict[str, str]:
        return self._tags.get(context.peer(), {})


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _known(functions: Mapping[str, Function], token: str) -> Function:
    if token not in functions:
        raise UnsupportedInput(f"local mode does not know {token}")
    return functions[token]


def _diff(changed: list[str], replaces: list[str]) -> provider_pb2.DiffResponse:
    some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(changes=some, diffs=changed, replaces=replaces, deleteBeforeReplace=bool(replaces))


@contextmanager
def _reported(context: ServicerContext) -> Generator[None]:
    """Give the engine the message of an error, without a traceback."""
    try:
        yield
    except (UnsupportedInput, ClientError, BotoCoreError, ValueError) as error:
        context.abort(StatusCode.UNKNOWN, str(error))

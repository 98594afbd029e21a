"""The AWS provider of a rehearsal, which answers the Pulumi engine."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import plugin_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from support.fakes.emulator import FakeCloud
from support.fakes.errors import client_error

from hookline.local.provision.making import Made, Making
from hookline.local.rehearsal.properties import changed_inputs
from hookline.local.rehearsal.provider import MARK, EmulatorProvider
from hookline.program import wire

THING, UPDATABLE = "test:index:Thing", "test:index:Updatable"
SIGNATURE, SECRET, ARCHIVE = rpc._special_sig_key, rpc._special_secret_sig, rpc._special_archive_sig
URN = f"urn:pulumi:dev::shop::parent${THING}::t"
UPDATABLE_URN = f"urn:pulumi:dev::shop::{UPDATABLE}::u"
NONE, SOME = pb.DiffResponse.DIFF_NONE, pb.DiffResponse.DIFF_SOME


class Aborted(Exception):  # noqa: N818 - what gRPC does, not what went wrong
    """The call ended with an error, whose text the engine shows."""


class Context:
    """What gRPC tells a plugin about a call, such as the connection."""

    def __init__(self, peer: str = "engine") -> None:
        self._peer = peer

    def peer(self) -> str:
        """Return the connection's other end."""
        return self._peer

    def abort(self, _code: object, message: str) -> None:
        """End the call."""
        raise Aborted(message)


class Rehearsed:
    """A provider with a maker that notes what it gets, and what the engine asks of the provider."""

    def __init__(self) -> None:
        self.cloud = FakeCloud()
        self.seen: list[Making] = []
        makers = {THING: self.make, UPDATABLE: self.make}
        invokes = {"test:index:ask": lambda _cloud, args: {"asked": args["what"]}}
        self.provider = EmulatorProvider(self.cloud, makers, {UPDATABLE: self.update}, invokes)
        self.state = struct_pb2.Struct()

    def make(self, making: Making) -> Made:
        """Make a resource with one call and one undo step."""
        self.seen.append(making)
        name = making.inputs.take("name")
        making.undo("test", "unmake", name=name)
        making.call("test", "make", name=name, size=making.inputs.take("size", 0))
        return Made(name, {"arn": f"arn:{name}", "name": name, "version": "1"})

    def update(self, making: Making, before: Made) -> Made | None:
        """Update a resource, unless its size is 0."""
        making.inputs.take("name")
        size = making.inputs.take("size")
        return Made(before.id, {**before.outputs, "version": "2"}) if size else None

    def create(self, urn: str = URN, *, preview: bool = False, peer: str = "engine", **inputs: Any) -> Any:
        """Make a resource, and keep its state as the engine does."""
        request = pb.CreateRequest(urn=urn, properties=wire.to_struct(inputs), preview=preview)
        answer = self.provider.Create(request, Context(peer))
        self.state = answer.properties
        return answer

    def update_it(self, *, preview: bool = False, **inputs: Any) -> Any:
        """Update the updatable resource."""
        news = wire.to_struct(inputs)
        request = pb.UpdateRequest(id="n", urn=UPDATABLE_URN, olds=self.state, news=news, preview=preview)
        return self.provider.Update(request, Context())

    def delete(self, identity: str) -> None:
        """Delete the resource."""
        self.provider.Delete(pb.DeleteRequest(id=identity, urn=URN, properties=self.state), Context())

    def diff(self, urn: str, old: dict[str, Any], new: dict[str, Any]) -> Any:
        """Compare two lists of inputs of a resource that was made."""
        self.create(urn, **old)
        request = pb.DiffRequest(urn=urn, olds=self.state, old_inputs=wire.to_struct(old), news=wire.to_struct(new))
        return self.provider.Diff(request, Context())

    @property
    def made(self) -> list[str]:
        """The operations in the emulator, in order."""
        return [operation for _, operation, _ in self.cloud.calls]


@pytest.fixture
def it() -> Rehearsed:
    """Return a provider without resources."""
    return Rehearsed()


def seen(state: struct_pb2.Struct) -> dict[str, Any]:
    """Return the properties in a state that a program sees: all but the plugin's mark."""
    return {key: value for key, value in wire.to_plain(state).items() if key != MARK}


def secret(value: object) -> dict[str, object]:
    """Return a secret as the engine sends it."""
    return {SIGNATURE: SECRET, "value": value}


def test_the_engine_may_send_secrets(it: Rehearsed) -> None:
    """Only then do the answers contain them as secrets, so that the state encrypts them."""
    provider, context = it.provider, Context()
    assert provider.Attach(plugin_pb2.PluginAttach(), context) == empty_pb2.Empty()
    assert provider.Handshake(pb.ProviderHandshakeRequest(), context).accept_secrets
    assert provider.Configure(pb.ConfigureRequest(), context).acceptSecrets
    assert provider.GetPluginInfo(empty_pb2.Empty(), context).version == version("pulumi-aws")
    assert provider.Cancel(empty_pb2.Empty(), context) == empty_pb2.Empty()


def test_the_settings_of_the_provider_are_taken_as_they_are(it: Rehearsed) -> None:
    """A change of them replaces no resource."""
    news = wire.to_struct({"region": "us-east-1"})
    assert it.provider.CheckConfig(pb.CheckRequest(news=news), Context()).inputs == news
    assert it.provider.DiffConfig(pb.DiffRequest(old_inputs=news, news=news), Context()).changes == NONE
    changed = it.provider.DiffConfig(pb.DiffRequest(news=news), Context())
    assert (changed.changes, list(changed.replaces)) == (SOME, [])


def test_each_provider_of_a_program_has_its_own_tags(it: Rehearsed) -> None:
    """The engine configures each provider of a program over a connection of its own."""
    for peer in ("one", "two"):
        args = wire.to_struct({"defaultTags": f'{{"tags": {{"Service": "{peer}"}}}}'})
        it.provider.Configure(pb.ConfigureRequest(args=args), Context(peer))
    it.create(name="n", peer="one", tags={"Own": "1"})
    it.create(UPDATABLE_URN, name="m", peer="two")
    assert [making.tags for making in it.seen] == [{"Service": "one", "Own": "1"}, {"Service": "two"}]


def test_another_region_is_refused(it: Rehearsed) -> None:
    """The emulator has only us-east-1."""
    args = wire.to_struct({"region": "eu-west-1"})
    with pytest.raises(Aborted, match="only the region us-east-1"):
        it.provider.Configure(pb.ConfigureRequest(args=args), Context())


def test_a_function_of_pulumi_is_answered(it: Rehearsed) -> None:
    """Local mode's own functions answer; any other is refused."""
    request = pb.InvokeRequest(tok="test:index:ask", args=wire.to_struct({"what": "this"}))
    assert getattr(it.provider.Invoke(request, Context()), "return") == wire.to_struct({"asked": "this"})
    with pytest.raises(Aborted, match="does not know test:index:unknown"):
        it.provider.Invoke(pb.InvokeRequest(tok="test:index:unknown"), Context())


def test_an_unknown_resource_type_is_refused_in_the_preview(it: Rehearsed) -> None:
    """The engine checks inputs before it plans anything."""
    news = wire.to_struct({"name": "n"})
    assert it.provider.Check(pb.CheckRequest(urn=URN, news=news), Context()).inputs == news
    with pytest.raises(Aborted, match="does not know test:index:Unknown"):
        it.provider.Check(pb.CheckRequest(urn="urn:pulumi:dev::shop::test:index:Unknown::x"), Context())


def test_a_preview_makes_nothing(it: Rehearsed) -> None:
    """The plan has the inputs; the engine does not know the outputs yet."""
    answer = it.create(name="n", preview=True)
    assert (answer.id, answer.properties) == ("", wire.to_struct({"name": "n"}))
    assert it.made == []


def test_the_preview_of_an_update_knows_what_stays(it: Rehearsed) -> None:
    """Only the outputs that an update can change are not known."""
    it.create(UPDATABLE_URN, name="n", size=1)
    answer = it.update_it(name="n", size=2, preview=True)
    assert wire.to_plain(answer.properties) == {"name": "n", "size": 2, "arn": "arn:n"}


def test_a_resource_is_made_with_its_outputs(it: Rehearsed) -> None:
    """The maker gets plain values. An input that is secret stays secret in the answer."""
    answer = it.create(name=secret("n"), region="us-east-1")
    assert answer.id == "n"
    assert answer.properties["name"] == wire.to_struct(secret("n"))
    assert seen(answer.properties) == {"name": "n", "region": "us-east-1", "arn": "arn:n", "version": "1"}
    assert it.cloud.calls == [("test", "make", {"name": "n", "size": 0})]


@pytest.mark.parametrize("unknown", [wire.UNKNOWN, [wire.UNKNOWN], {"of": [1, {"it": wire.UNKNOWN}]}])
def test_nothing_is_made_of_unknown_inputs(it: Rehearsed, unknown: Any) -> None:
    """The engine must know every input before it makes a resource."""
    with pytest.raises(Aborted, match="the value of size is not known yet"):
        it.create(name="n", size=unknown)
    assert it.made == []


def test_an_error_of_the_emulator_reaches_the_engine(it: Rehearsed) -> None:
    """The engine shows its message."""
    it.cloud.answers["make"] = client_error("AccessDenied")
    with pytest.raises(Aborted, match="AccessDenied"):
        it.create(name="n")


def test_what_an_interrupted_up_made_is_made_again(it: Rehearsed) -> None:
    """The engine was killed before it knew of the resource, which exists already."""
    it.create(name="n")
    it.create(name="n", size=2)
    assert it.made == ["make", "unmake", "make"]
    assert [making.interrupted for making in it.seen] == [False, False]


def test_half_a_resource_is_removed_first(it: Rehearsed) -> None:
    """The maker learns that something may be left for which there is no undo step."""
    it.cloud.answers["make"] = [client_error("Throttling"), {}]
    with pytest.raises(Aborted):
        it.create(name="n")
    it.create(name="n")
    assert it.made == ["make", "unmake", "make"]
    assert [making.interrupted for making in it.seen] == [False, True]


def test_a_refresh_finds_what_was_made(it: Rehearsed) -> None:
    """A resource that does not exist any more has no id."""
    made = it.create(name="n")
    known = pb.ReadRequest(id="n", urn=URN, properties=made.properties, inputs=wire.to_struct({"name": "n"}))
    found = it.provider.Read(known, Context())
    assert (found.id, found.properties, found.inputs) == ("n", known.properties, known.inputs)
    earlier = pb.ReadRequest(id="earlier", urn=URN, properties=made.properties)
    assert it.provider.Read(earlier, Context()).id == ""
    it.delete("n")
    assert it.provider.Read(known, Context()).id == ""


def test_an_update_changes_the_resource_in_place(it: Rehearsed) -> None:
    """The answer has the new inputs and outputs."""
    it.create(UPDATABLE_URN, name="n", size=1)
    assert seen(it.update_it(name="n", size=2).properties) == {
        "name": "n",
        "size": 2,
        "arn": "arn:n",
        "version": "2",
    }
    assert it.made == ["make"]


def test_a_change_without_effect_is_only_noted(it: Rehearsed) -> None:
    """The protection of data does nothing in the emulator, so its change replaces nothing."""
    it.create(name="n")
    news = wire.to_struct({"name": "n", "forceDestroy": True})
    answer = it.provider.Update(pb.UpdateRequest(id="n", urn=URN, olds=it.state, news=news), Context())
    assert seen(answer.properties) == {"name": "n", "forceDestroy": True, "arn": "arn:n", "version": "1"}
    assert it.made == ["make"]


def test_an_update_that_fails_says_so(it: Rehearsed) -> None:
    """The engine must not believe that the resource has changed."""
    it.create(UPDATABLE_URN, name="n", size=1)
    with pytest.raises(Aborted, match="cannot update u"):
        it.update_it(name="n", size=0)


def test_delete_removes_only_what_has_the_id(it: Rehearsed) -> None:
    """A second delete, or that of an earlier resource with the same URN, does nothing."""
    it.create(name="n")
    it.delete("earlier")
    assert it.made == ["make"]
    it.delete("n")
    it.delete("n")
    assert it.made == ["make", "unmake"]


@pytest.mark.parametrize("state", [{}, {"arn": "arn:n"}, {MARK: "of an earlier rehearsal"}])
@pytest.mark.parametrize("method", ["Delete", "Diff", "Read", "Update"])
def test_a_resource_from_outside_of_the_rehearsal_is_refused(it: Rehearsed, method: str, state: dict[str, str]) -> None:
    """The engine would forget what still exists on AWS. Its name and id can be those of a resource here."""
    it.create(name="n")
    outputs = {"Diff": "olds", "Update": "olds"}.get(method, "properties")
    request = getattr(pb, f"{method}Request")(id="n", urn=URN, **{outputs: wire.to_struct(state)})
    with pytest.raises(Aborted, match="this rehearsal did not make t: pulumi uses a stack from outside"):
        getattr(it.provider, method)(request, Context())
    assert it.made == ["make"]


@pytest.mark.parametrize(
    ("urn", "new", "replaces"),
    [
        (URN, {"name": "n", "size": 2}, ["size"]),
        (UPDATABLE_URN, {"name": "n", "size": 2}, []),
        (UPDATABLE_URN, {"name": "m", "size": 1}, ["name"]),
        (UPDATABLE_URN, {"name": "n", "size": 1, "resourceId": "other"}, ["resourceId"]),
        (UPDATABLE_URN, {"name": "n"}, ["size"]),
        (URN, {"name": "n", "size": 1, "forceDestroy": True}, []),
    ],
)
def test_a_change_replaces_what_cannot_be_updated(
    it: Rehearsed, urn: str, new: dict[str, Any], replaces: list[str]
) -> None:
    """The old resource goes first, because its name is taken until then."""
    answer = it.diff(urn, {"name": "n", "size": 1}, new)
    assert (answer.changes, list(answer.replaces)) == (SOME, replaces)
    assert answer.deleteBeforeReplace == bool(replaces)


def test_no_change_is_no_difference(it: Rehearsed) -> None:
    """An update without changes does nothing."""
    answer = it.diff(URN, {"name": "n"}, {"name": "n"})
    assert (answer.changes, list(answer.replaces), answer.deleteBeforeReplace) == (NONE, [], False)


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (secret("v"), "v", True),
        (secret("v"), secret("w"), False),
        ([{"a": secret(1)}], [{"a": 1}], True),
        ({SIGNATURE: ARCHIVE, "hash": "h"}, {SIGNATURE: ARCHIVE, "hash": "h", "assets": {}}, True),
        ({SIGNATURE: ARCHIVE, "hash": "h"}, {SIGNATURE: ARCHIVE, "hash": "i"}, False),
        (1, wire.UNKNOWN, False),
    ],
)
def test_inputs_are_compared_by_what_they_mean(before: object, after: object, same: bool) -> None:
    """The state has only the hash of an archive."""
    old, new = (wire.to_struct({"it": value, "same": 1}) for value in (before, after))
    assert changed_inputs(old, new) == ([] if same else ["it"])
    assert changed_inputs(old, struct_pb2.Struct()) == ["it", "same"]

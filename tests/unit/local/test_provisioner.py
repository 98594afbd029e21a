"""Reuse, update, replacement and removal of resources, tested with fakes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.fakes.emulator import FakeCloud
from support.fakes.errors import client_error

from hookline.local.provision import state as states
from hookline.local.provision.inputs import UnsupportedInput
from hookline.local.provision.making import Changes, Made, Making
from hookline.local.provision.provisioner import PROVIDER, Provisioner
from hookline.local.provision.state import State
from hookline.program.registration import Registration
from hookline.program.wire import Archive

THING, UPDATABLE = "test:index:Thing", "test:index:Updatable"


def registration(
    logical_name: str, /, *dependencies: str, kind: str = THING, stack: str = "dev", **inputs: Any
) -> Registration:
    """Return the registration of a resource."""
    known = tuple(urn(dependency) for dependency in dependencies)
    return Registration(urn(logical_name, kind, stack), kind, logical_name, "", True, inputs, known)


def urn(name: str, kind: str = THING, stack: str = "dev") -> str:
    """Return the URN of a resource."""
    return f"urn:pulumi:{stack}::test::{kind}::{name}"


class Run:
    """One run of a program in a cloud that keeps the state of earlier runs."""

    def __init__(self, cloud: FakeCloud, stack: str = "dev") -> None:
        states.prepare(cloud)
        self.cloud = cloud
        self.seen: list[Making] = []
        self.told: list[tuple[str, str]] = []
        makers = {THING: self.make, UPDATABLE: self.make}
        self.provisioner = Provisioner(
            cloud,
            State(cloud, stack),
            makers,
            {UPDATABLE: self.update},
            {"test:index:ask": lambda _cloud, args: {"asked": args}},
            lambda verb, name: self.told.append((verb, name)),
        )

    def make(self, making: Making) -> Made:
        """Make a resource with one call and one undo step."""
        self.seen.append(making)
        name = making.inputs.take("name", "nameless")
        making.undo("test", "unmake", name=name)
        making.call("test", "make", name=name, size=making.inputs.take("size", 0))
        making.inputs.take("code", None)
        return Made(f"id-{name}", {"arn": f"arn-{name}-{len(self.cloud.calls)}"})

    def update(self, making: Making, before: Made) -> Made | None:
        """Update a resource; return None if its name changed."""
        if making.inputs.take("name", "nameless") != before.id.removeprefix("id-"):
            return None
        making.call("test", "update", size=making.inputs.take("size", 0))
        return Made(before.id, {**before.outputs, "size": 1})

    def create(self, *resources: Registration) -> Changes:
        """Register resources one after another, and end the run."""
        for resource in resources:
            self.provisioner.create(resource)
        self.provisioner.remove_what_is_gone()
        return self.provisioner.changes


@pytest.fixture
def cloud() -> FakeCloud:
    """Return an empty cloud."""
    return FakeCloud()


def test_the_same_program_again_reuses_everything(cloud: FakeCloud) -> None:
    """The second run makes no calls and has the same outputs."""
    resources = [registration("a", name="a"), registration("b", "a", name="b", code=Archive({"f": b"1"}))]
    first = Run(cloud)
    assert first.create(*resources).made == [urn("a"), urn("b")]
    outputs = first.provisioner.create(resources[1])
    cloud.calls.clear()
    second = Run(cloud)
    assert second.create(*resources) == Changes(kept=[urn("a"), urn("b")])
    assert second.provisioner.create(resources[1]) == outputs
    assert cloud.calls == []


def test_a_changed_resource_is_replaced_with_all_that_depends_on_it(cloud: FakeCloud) -> None:
    """This includes indirect dependents; all other resources stay."""
    others = [registration("b", "a", name="b"), registration("c", "b", name="c"), registration("d", name="d")]
    Run(cloud).create(registration("a", name="a"), *others)
    cloud.calls.clear()
    changes = Run(cloud).create(registration("a", name="a", size=1), *others)
    assert changes == Changes(replaced=[urn("a"), urn("b"), urn("c")], kept=[urn("d")])
    steps = [(operation, arguments["name"]) for _, operation, arguments in cloud.calls]
    gone, made = [("unmake", name) for name in "cba"], [("make", name) for name in "abc"]
    assert steps == gone + made, "dependents are removed first and made last"


def test_a_file_of_an_archive_counts_as_an_input(cloud: FakeCloud) -> None:
    """The content of the file is compared."""
    Run(cloud).create(registration("a", name="a", code=Archive({"f": b"1"})))
    assert Run(cloud).create(registration("a", name="a", code=Archive({"f": b"2"}))).replaced == [urn("a")]


def test_an_input_without_a_fingerprint_is_an_error(cloud: FakeCloud) -> None:
    """The provisioner must not treat two different inputs as equal."""
    with pytest.raises(TypeError, match="local mode cannot compare an input of type bytes"):
        Run(cloud).create(registration("a", size=b"x"))


def test_what_is_updated_in_place_keeps_its_dependents(cloud: FakeCloud) -> None:
    """An update in place keeps the identity of the resource."""
    dependent = replace(registration("b", name="b"), dependencies=(urn("a", UPDATABLE),))
    Run(cloud).create(registration("a", kind=UPDATABLE, name="a"), dependent)
    cloud.calls.clear()
    run = Run(cloud)
    changes = run.create(registration("a", kind=UPDATABLE, name="a", size=2), dependent)
    assert changes == Changes(updated=[urn("a", UPDATABLE)], kept=[dependent.urn])
    assert cloud.operations() == ["update"]
    assert run.told == [("updating", "a")]
    again = Run(cloud).create(registration("a", kind=UPDATABLE, name="a", size=2), dependent)
    assert again.kept == [urn("a", UPDATABLE), dependent.urn]


def test_what_cannot_be_updated_is_replaced(cloud: FakeCloud) -> None:
    """The updater returns None, or an argument was removed and would keep its old value."""
    Run(cloud).create(registration("a", kind=UPDATABLE, name="a", size=1))
    assert Run(cloud).create(registration("a", kind=UPDATABLE, name="b", size=1)).replaced == [urn("a", UPDATABLE)]
    assert Run(cloud).create(registration("a", kind=UPDATABLE, name="b")).replaced == [urn("a", UPDATABLE)]


def test_an_update_that_was_cut_off_is_made_again_even_if_the_program_is_back_as_it_was(cloud: FakeCloud) -> None:
    """The result of an interrupted update is unknown."""
    Run(cloud).create(registration("a", kind=UPDATABLE, name="a"))
    cloud.answers["update"] = client_error("InternalFailure", 500)
    with pytest.raises(ClientError):
        Run(cloud).create(registration("a", kind=UPDATABLE, name="a", size=9))
    cloud.answers.clear()
    assert Run(cloud).create(registration("a", kind=UPDATABLE, name="a")).updated == [urn("a", UPDATABLE)]


def test_dependents_are_made_anew_even_if_the_run_is_cut_off_in_between(cloud: FakeCloud) -> None:
    """Dependents are removed before the resource that they depend on."""
    b = registration("b", "a", name="b")
    Run(cloud).create(registration("a", name="a"), b)
    Run(cloud).provisioner.create(registration("a", name="a", size=1))  # the run ends here
    changes = Run(cloud).create(registration("a", name="a", size=1), b)
    assert changes == Changes(made=[b.urn], kept=[urn("a")])


def test_what_comes_to_depend_on_another_goes_before_it(cloud: FakeCloud) -> None:
    """A new dependency counts, even if the inputs did not change."""
    Run(cloud).create(registration("b", name="b"), registration("a", name="a"))
    assert Run(cloud).create(registration("a", name="a"), registration("b", "a", name="b")).replaced == []
    cloud.calls.clear()
    Run(cloud).create(registration("a", name="a", size=1), registration("b", "a", name="b"))
    assert [arguments["name"] for _, _, arguments in cloud.calls] == ["b", "a", "a", "b"]


def test_a_dependent_of_something_replaced_that_is_gone_from_the_program_goes_once(cloud: FakeCloud) -> None:
    """A second removal could delete a new resource with the same name."""
    Run(cloud).create(registration("a", name="a"), registration("b", "a", name="b"))
    cloud.calls.clear()
    changes = Run(cloud).create(registration("a", name="a", size=1), registration("c", name="b"))
    assert changes == Changes(made=[urn("c")], replaced=[urn("a")], removed=[urn("b")])
    assert [(operation, arguments["name"]) for _, operation, arguments in cloud.calls] == [
        ("unmake", "b"),
        ("unmake", "a"),
        ("make", "a"),
        ("make", "b"),
    ]


def test_what_is_gone_from_the_program_is_removed_newest_first(cloud: FakeCloud) -> None:
    """The state also forgets the removed resources."""
    Run(cloud).create(registration("a", name="a"), registration("b", "a", name="b"), registration("c", name="c"))
    cloud.calls.clear()
    run = Run(cloud)
    assert run.create(registration("c", name="c")) == Changes(removed=[urn("b"), urn("a")], kept=[urn("c")])
    assert [arguments for _, _, arguments in cloud.calls] == [{"name": "b"}, {"name": "a"}]
    assert run.told == [("removing", "b"), ("removing", "a")]
    assert Run(cloud).create(registration("c", name="c")) == Changes(kept=[urn("c")])


def test_a_creation_that_was_cut_off_is_undone_and_made_anew(cloud: FakeCloud) -> None:
    """The maker knows about the interruption, so that it can search for resources without a fixed name."""
    cloud.answers["make"] = client_error("InternalFailure", 500)
    with pytest.raises(ClientError):
        Run(cloud).create(registration("a", name="a"))
    cloud.answers.clear()
    cloud.calls.clear()
    run = Run(cloud)
    assert run.create(registration("a", name="a")).replaced == [urn("a")]
    assert cloud.operations() == ["unmake", "make"]
    assert [making.interrupted for making in run.seen] == [True]
    assert Run(cloud).create(registration("a", name="a")).kept == [urn("a")]


def test_what_was_there_before_is_not_removed(cloud: FakeCloud) -> None:
    """If a creation fails because the resource exists, there is nothing to undo."""
    cloud.answers["make"] = client_error("ResourceInUseException")
    with pytest.raises(ClientError):
        Run(cloud).create(registration("a", name="a"))
    assert State(cloud, "dev").load()[urn("a")].undo == []


def test_a_creation_that_exists_before_any_undo_is_noted_changes_nothing(cloud: FakeCloud) -> None:
    """The record has no undo step to remove."""
    run = Run(cloud)

    def maker(_making: Making) -> Made:
        raise client_error("ResourceInUseException")

    run.provisioner._makers = {THING: maker}
    with pytest.raises(ClientError):
        run.create(registration("a"))
    assert State(cloud, "dev").load() == {}


def test_a_creation_without_a_name_is_announced(cloud: FakeCloud) -> None:
    """After an interruption, the record shows that the creation had started."""
    run = Run(cloud)
    interrupted: list[bool] = []

    def maker(making: Making) -> Made:
        interrupted.append(making.interrupted)
        making.announce()
        raise client_error("InternalFailure")

    run.provisioner._makers = {THING: maker}
    for _ in range(2):
        with pytest.raises(ClientError):
            run.create(registration("a"))
        run.provisioner._before = State(cloud, "dev").load()
    assert interrupted == [False, True]


def test_two_stacks_cannot_make_the_same_thing(cloud: FakeCloud) -> None:
    """The message names the owner; the second stack neither makes nor removes the resource."""
    Run(cloud).create(registration("a", name="shared"))
    cloud.calls.clear()
    with pytest.raises(UnsupportedInput, match="a of the stack dev has this name already in the emulator"):
        Run(cloud, "other").create(registration("mine", stack="other", name="shared"))
    assert cloud.calls == []
    assert State(cloud, "other").load() == {}


def test_a_program_can_ask_what_the_last_up_made(cloud: FakeCloud) -> None:
    """At first, there is nothing. Then there are the resources and the outputs, as Pulumi's engine answers."""
    token, stack = "pulumi:pulumi:readStackResourceOutputs", "pulumi:pulumi:Stack"
    assert Run(cloud).provisioner.invoke(token, {}) == {"outputs": {stack: {"type": stack, "outputs": {}}}}
    Run(cloud).create(registration("a", name="x"))
    State(cloud, "dev").save_outputs({"url": "http://x"})
    found = Run(cloud).provisioner.invoke(token, {})["outputs"]
    assert found.keys() == {urn("a"), stack}
    assert found[urn("a")]["type"] == THING
    assert found[urn("a")]["outputs"]["arn"].startswith("arn-x")
    assert found[stack]["outputs"] == {"url": "http://x"}


def test_an_unsupported_type_and_function_are_refused(cloud: FakeCloud) -> None:
    """The engine adds the name of the type or function to the message."""
    provisioner = Run(cloud).provisioner
    with pytest.raises(UnsupportedInput, match="local mode does not know this resource type"):
        provisioner.create(registration("a", kind="test:index:Else"))
    with pytest.raises(UnsupportedInput, match="local mode does not know this function"):
        provisioner.invoke("test:index:else", {})
    assert provisioner.invoke("test:index:ask", {"x": 1}) == {"asked": {"x": 1}}


def test_an_unknown_argument_fails_and_is_named(cloud: FakeCloud) -> None:
    """Each input that the maker does not take is an error."""
    with pytest.raises(UnsupportedInput, match="'colour'"):
        Run(cloud).create(registration("a", name="a", colour="red"))


def test_default_tags_are_merged_with_a_resources_own(cloud: FakeCloud) -> None:
    """A resource's own tags win, and a changed default tag changes the resource."""

    def program(default: str) -> list[Registration]:
        tags = f'{{"tags": {{"a": "{default}", "b": "1"}}}}'
        provider = registration("aws", kind=PROVIDER, region="us-east-1", defaultTags=tags)
        thing = registration("thing", name="t", tags={"b": "own"})
        return [provider, replace(thing, provider=f"{provider.urn}::aws"), registration("bare", name="bare")]

    run = Run(cloud)
    run.create(*program("x"))
    assert [making.tags for making in run.seen] == [{"a": "x", "b": "own"}, {}]
    assert Run(cloud).create(*program("y")) == Changes(replaced=[urn("thing")], kept=[urn("bare")])


def test_another_region_is_refused(cloud: FakeCloud) -> None:
    """This holds for the provider's region and for a resource's own region."""
    with pytest.raises(UnsupportedInput, match="only the region us-east-1, not 'eu-west-1'"):
        Run(cloud).create(registration("aws", kind=PROVIDER, region="eu-west-1"))
    with pytest.raises(UnsupportedInput, match="'region' has a value that local mode does not support: 'eu-west-1'"):
        Run(cloud).create(registration("a", name="a", region="eu-west-1"))
    assert Run(cloud).create(registration("a", name="a", region="us-east-1")).made == [urn("a")]


def test_a_doubted_resource_is_seen_to_again(cloud: FakeCloud) -> None:
    """A resource that is marked as changed is replaced, even without changed inputs."""
    run = Run(cloud)
    run.create(registration("a", name="a"))
    run.provisioner.mark_changed(urn("a"))
    assert Run(cloud).create(registration("a", name="a")).replaced == [urn("a")]

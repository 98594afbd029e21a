"""Pulumi programs in this process: registrations, and messages for failures."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pulumi
import pytest

from hookline.program.engine import Deployment, ProgramError, Registration, run_program

CONFIG = {"test:greeting": "hello"}


class Recorder:
    """A provider that records its calls, and fails for names with "broken"."""

    def __init__(self) -> None:
        self.created: list[str] = []
        self.invoked: list[tuple[str, dict[str, Any]]] = []
        self._lock = threading.Lock()

    def create(self, resource: Registration) -> tuple[str, dict[str, Any]]:
        """Return an id and an ARN."""
        if "broken" in resource.name:
            raise ValueError(f"no way to make {resource.inputs.get('size')}")
        with self._lock:
            self.created.append(resource.name)
        return f"id-{resource.name}", {"arn": f"arn:{resource.name}"}

    def invoke(self, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments and a number."""
        if "broken" in token:
            raise ValueError("no answer")
        self.invoked.append((token, args))
        return {"echo": args, "number": 4}


class Thing(pulumi.CustomResource):
    """A resource without a real provider."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> None:
        """Register the resource."""
        super().__init__("test:index:Thing", name, {**inputs, "arn": None}, opts)


class Group(pulumi.ComponentResource):
    """A component with two things."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the component."""
        super().__init__("test:index:Group", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.first = Thing(f"{name}-first", child, size=1)
        self.second = Thing(f"{name}-second", child, of=self.first.arn)
        self.register_outputs({"arn": self.first.arn})


def run(program: Any, provider: Recorder | None = None) -> Deployment:
    """Run a program."""
    return run_program(program, project="test", stack="dev", config=CONFIG, provider=provider or Recorder())


def failure(program: Any, provider: Recorder | None = None) -> str:
    """Return the message with which a program fails."""
    with pytest.raises(ProgramError) as caught:
        run(program, provider)
    return str(caught.value)


def test_registrations_have_the_urns_of_the_real_engine() -> None:
    """A component's type is part of its children's URNs; the stack's type is not."""

    def program() -> None:
        Group("outer")
        Thing("alone")

    deployment = run(program)
    prefix = "urn:pulumi:dev::test::"
    assert {r.name: r.urn for r in deployment.resources} == {
        "test-dev": f"{prefix}pulumi:pulumi:Stack::test-dev",
        "outer": f"{prefix}test:index:Group::outer",
        "outer-first": f"{prefix}test:index:Group$test:index:Thing::outer-first",
        "outer-second": f"{prefix}test:index:Group$test:index:Thing::outer-second",
        "alone": f"{prefix}test:index:Thing::alone",
    }
    assert {r.name for r in deployment.resources if not r.custom} == {"test-dev", "outer"}


def test_only_warnings_of_a_program_are_passed_on() -> None:
    """Without somebody who takes them, they are dropped like the other log lines."""
    warned: list[str] = []

    def program() -> None:
        pulumi.log.info("quiet")
        pulumi.log.warn("loud")

    run(program)
    run_program(program, project="test", stack="dev", config=CONFIG, provider=Recorder(), warn=warned.append)
    assert warned == ["loud"]


def test_a_registration_has_plain_inputs_and_its_dependencies() -> None:
    """Secrets are unwrapped, and dependencies are known for each property and for the resource."""

    def program() -> None:
        first = Thing("first", size=3)
        keep = pulumi.ResourceOptions(protect=True, retain_on_delete=True, depends_on=[first])
        Thing("second", keep, of=first.arn, password=pulumi.Output.secret("x"))

    deployment = run(program)
    first, second = (deployment.one("test:index:Thing", name) for name in ("first", "second"))
    assert first.inputs == {"size": 3}
    assert second.inputs == {"of": "arn:first", "password": "x"}
    assert second.dependencies == (first.urn,)
    assert second.property_dependencies["of"] == (first.urn,)
    assert (second.protect, second.retain_on_delete, first.protect, first.retain_on_delete) == (
        True,
        True,
        False,
        False,
    )


def test_an_explicit_provider_is_named_in_the_registration() -> None:
    """As in the real engine, the provider has a URN and an id."""

    class Provider(pulumi.ProviderResource):
        def __init__(self, name: str) -> None:
            super().__init__("test", name, {"region": "here"})

    def program() -> None:
        Thing("thing", pulumi.ResourceOptions(provider=Provider("mine")))

    deployment = run(program)
    provider = deployment.one("pulumi:providers:test")
    assert provider.inputs["region"] == "here"
    assert deployment.one("test:index:Thing").provider == f"{provider.urn}::id-mine"


def test_outputs_configuration_and_function_calls_reach_the_program() -> None:
    """The program exports the values that it received."""
    provider = Recorder()

    def program() -> None:
        pulumi.export("greeting", pulumi.Config().get("greeting"))
        pulumi.export("stack", pulumi.get_stack())
        pulumi.export("answer", pulumi.runtime.invoke("test:index:ask", {"x": 1}).value)
        pulumi.export("arn", Thing("thing").arn)
        pulumi.export("hidden", pulumi.Output.secret("x"))
        pulumi.log.info("a line that nobody needs")

    assert run(program, provider).outputs == {
        "greeting": "hello",
        "stack": "dev",
        "answer": {"echo": {"x": 1}, "number": 4},
        "arn": "arn:thing",
        "hidden": "x",
    }
    assert provider.invoked == [("test:index:ask", {"x": 1})]


def test_resources_are_found_by_type_and_name() -> None:
    """`one` fails if more than one resource matches."""

    def program() -> None:
        Thing("left")
        Thing("right")

    deployment = run(program)
    assert [r.name for r in deployment.by_type("test:index:Thing")] == ["left", "right"]
    assert deployment.one("test:index:Thing", "right").name == "right"
    with pytest.raises(LookupError, match="2 resources of type test:index:Thing have ''"):
        deployment.one("test:index:Thing")


def test_a_program_in_a_file_can_import_what_lies_beside_it(tmp_path: Path) -> None:
    """As with Pulumi, the program's folder is on the import path, but only during the run."""
    (tmp_path / "beside_the_program.py").write_text("NAME = 'from a neighbour'\n")
    program = tmp_path / "__main__.py"
    program.write_text("import pulumi, beside_the_program\npulumi.export('name', beside_the_program.NAME)\n")
    assert run(program).outputs == {"name": "from a neighbour"}
    with pytest.raises(ModuleNotFoundError):
        import beside_the_program_too  # type: ignore[import-not-found]  # noqa: F401, PLC0415


def test_an_asynchronous_program_is_awaited() -> None:
    """A program may be a coroutine function."""

    async def program() -> None:
        Thing("later")

    assert run(program).one("test:index:Thing").name == "later"


def test_the_first_cause_is_told_by_name_and_nothing_comes_after_it() -> None:
    """The message does not name resources that depend on the broken resource."""
    provider = Recorder()

    def program() -> None:
        broken = Thing("broken", size=7)
        after = Thing("after", of=broken.arn)
        Thing("last", of=after.arn)

    assert failure(program, provider) == "test:index:Thing broken: no way to make 7"
    assert provider.created == []


def test_after_a_failure_registrations_and_function_calls_are_refused() -> None:
    """A program that catches the failure cannot change any resource."""
    provider = Recorder()

    def program() -> None:
        with pytest.raises(Exception, match="no answer"):
            pulumi.runtime.invoke("test:index:broken", {})
        with pytest.raises(Exception, match="no answer"):
            pulumi.runtime.invoke("test:index:fine", {})
        Thing("late")

    assert failure(program, provider) == "test:index:broken: no answer"
    assert (provider.created, provider.invoked) == ([], [])


def test_two_resources_of_one_name_are_refused() -> None:
    """Their URNs would be equal."""

    def program() -> None:
        Thing("twin")
        Thing("twin")

    assert failure(program) == "test:index:Thing twin: another resource of this type already has this name"


def test_an_error_of_the_program_itself_is_told() -> None:
    """The message has the type and the text of the error."""

    def program() -> None:
        raise KeyError("forgotten")

    assert failure(program) == "KeyError: 'forgotten'"


def test_a_program_that_exits_has_failed() -> None:
    """An exit of the program does not exit the command."""

    def program() -> None:
        raise SystemExit(3)

    assert failure(program) == "SystemExit: 3"


def test_what_was_made_elsewhere_is_refused() -> None:
    """The engine supports no reads, no imports and no stack references."""
    assert failure(lambda: Thing("known", pulumi.ResourceOptions(import_="abc"))) == (
        "test:index:Thing known: existing resources cannot be imported without the Pulumi engine (import_)"
    )
    assert failure(lambda: Thing("known", pulumi.ResourceOptions(id="abc"))) == (
        "test:index:Thing known: existing resources (.get) need the Pulumi engine"
    )
    assert failure(lambda: pulumi.StackReference("someone/else/prod")) == (
        "pulumi:pulumi:StackReference someone/else/prod: references to other stacks need the Pulumi engine"
    )


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_rests_during_a_run_and_is_as_before_after_it(enabled: bool) -> None:
    """This also holds after a failure."""
    during: list[bool] = []

    def program() -> None:
        during.append(gc.isenabled())
        raise KeyError("over")

    try:
        (gc.enable if enabled else gc.disable)()
        failure(program)
        assert (during, gc.isenabled()) == ([False], enabled)
    finally:
        gc.enable()


def test_runs_do_not_see_each_other() -> None:
    """This holds for consecutive and for concurrent runs."""

    def program(name: str) -> Deployment:
        def body() -> None:
            Thing(name)
            pulumi.export("name", name)

        return run(body)

    with ThreadPoolExecutor(4) as pool:
        deployments = list(pool.map(program, ["a", "b", "c", "d", "a"]))
    assert [d.outputs for d in deployments] == [{"name": name} for name in "abcda"]
    assert [[r.name for r in d.resources if r.custom] for d in deployments] == [[name] for name in "abcda"]

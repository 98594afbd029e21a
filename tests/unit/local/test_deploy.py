"""`up` and `down` with fakes: a home without processes, and a cloud in memory."""

from __future__ import annotations

import io
import json
from typing import Any

import pulumi
import pytest
from support.fakes.emulator import FakeCloud
from support.fakes.errors import client_error
from support.fakes.project import FakeEmulator, FakeProject

from hookline.errors import UserError
from hookline.local import deploy, stack
from hookline.local.provision.making import Made, Making
from hookline.local.provision.state import State

FUNCTION, SECRET = deploy.FUNCTION, deploy.SECRET


class Function(pulumi.CustomResource):
    """A Lambda function with the inputs that `up` reads."""

    def __init__(self, name: str, **inputs: Any) -> None:
        """Register the resource."""
        super().__init__(FUNCTION, name, {"name": name, **inputs})


class Secret(pulumi.CustomResource):
    """A secret with the inputs that `up` reads."""

    def __init__(self, name: str) -> None:
        """Register the resource."""
        super().__init__(SECRET, name, {"name": name})


def program() -> None:
    """Declare one function, one secret and one output."""
    Function("f")
    Secret("s")
    pulumi.export("url", "http://x")


def make(making: Making) -> Made:
    """Make a resource without a real client."""
    name = making.inputs.take("name")
    making.inputs.take("size", None)
    making.undo("test", "unmake", name=name)
    making.call("test", "make", name=name)
    return Made(name, {})


@pytest.fixture(autouse=True)
def _makers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the real makers, which need real clients."""
    monkeypatch.setattr(deploy, "MAKERS", {FUNCTION: make, SECRET: make})
    monkeypatch.setattr(deploy, "UPDATERS", {})


@pytest.fixture
def project() -> FakeProject:
    """Return a project without an emulator."""
    return FakeProject(program)


def up(project: FakeProject, name: str = "dev", port: int | None = None) -> deploy.Provisioned:
    """Run `hookline up`."""
    return deploy.up(project, name, port)  # type: ignore[arg-type]


def down(project: FakeProject, name: str | None = "dev") -> list[str]:
    """Run `hookline down`."""
    return stack.down(project, name)  # type: ignore[arg-type]


def names(urns: list[str]) -> list[str]:
    """Return the logical names of URNs."""
    return sorted(urn.rsplit("::", 1)[1] for urn in urns)


def test_up_starts_the_emulator_and_provisions(project: FakeProject) -> None:
    """Each function is invoked once, and a secret without a value gets a signing secret."""
    done = up(project, port=4600)
    assert (done.outputs, names(done.changes.made), done.emulator.port) == ({"url": "http://x"}, ["f", "s"], 4600)
    assert project.home.events == ["start"]
    calls = {operation: arguments for _, operation, arguments in project.cloud.calls}
    assert calls["invoke"] == {"FunctionName": "f", "Payload": b'{"Records": []}'}
    (secret,) = json.loads(calls["put_secret_value"]["SecretString"])["transactions"]
    assert secret.startswith("whsec_")
    assert stack.outputs(project, "dev") == {"url": "http://x"}  # type: ignore[arg-type]


def test_a_second_up_calls_nothing(project: FakeProject) -> None:
    """Unchanged resources need no calls."""
    up(project)
    project.cloud.calls.clear()
    done = up(project, port=4566)
    assert (done.changes.made, names(done.changes.kept)) == ([], ["f", "s"])
    assert project.cloud.calls == []
    assert project.home.events == ["start"]


def test_the_running_emulator_has_its_port(project: FakeProject) -> None:
    """A user must stop the emulator before another port can be used."""
    up(project)
    with pytest.raises(UserError, match="runs on port 4566 already: `hookline down --all` stops it"):
        up(project, port=4600)


def test_a_secret_that_has_a_value_keeps_it(project: FakeProject) -> None:
    """`up` does not replace a value that the user has set."""
    start = project.home.start

    def with_a_value(port: int | None) -> FakeEmulator:
        running = start(port)
        running.its_cloud.answers["get_secret_value"] = {"SecretString": "{}"}
        return running

    project.home.start = with_a_value  # type: ignore[method-assign]
    up(project)
    assert "put_secret_value" not in project.cloud.operations()


@pytest.mark.parametrize(
    ("code", "problem"),
    [("ResourceNotFoundException", ""), ("InternalFailure", "the emulator failed: .*InternalFailure.*emulator.log")],
)
def test_only_a_missing_value_is_missing(project: FakeProject, code: str, problem: str) -> None:
    """Any other error of the emulator ends the run, and the message names the log."""
    project.home.running = FakeEmulator(FakeCloud(answers={"get_secret_value": client_error(code)}))
    if problem:
        with pytest.raises(UserError, match=problem):
            up(project)
    else:
        up(project)
        assert "put_secret_value" in project.cloud.operations()


def broken() -> None:
    """Declare a valid function, then an invalid one."""
    Function("f")
    Function("g", colour="red")


def test_a_failure_ends_the_emulator_that_was_started_for_it(project: FakeProject) -> None:
    """No process is left running."""
    project.program = broken
    with pytest.raises(UserError, match=f"{FUNCTION} g: local mode does not know the argument 'colour'"):
        up(project)
    assert project.home.events == ["start", "stop"]


def test_a_failure_of_a_new_stack_removes_it_and_leaves_the_others(project: FakeProject) -> None:
    """The emulator and the first stack stay."""
    up(project)
    project.program = broken
    with pytest.raises(UserError, match="f of the stack dev has this name already"):
        up(project, "second")
    project.program = lambda: Function("h", colour="red")
    with pytest.raises(UserError, match="'colour'"):
        up(project, "second")
    assert project.home.events == ["start"]
    assert State(project.cloud, "second").load() == {}
    assert len(State(project.cloud, "dev").load()) == 2


def test_a_failure_of_a_stack_that_stood_keeps_it(project: FakeProject) -> None:
    """The next run continues from the same state."""
    up(project)
    project.program = broken
    with pytest.raises(UserError, match="'colour'"):
        up(project)
    assert len(State(project.cloud, "dev").load()) == 3
    assert State(project.cloud, "dev").outputs() == {"url": "http://x"}


def test_a_function_that_cannot_run_fails_up_each_time(project: FakeProject) -> None:
    """A second run without changes also fails."""
    up(project)
    told = {"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorType": "E", "errorMessage": "no"}')}
    project.cloud.answers["invoke"] = lambda _arguments: told
    project.program = lambda: (Function("f", size=1), Function("g"))
    with pytest.raises(UserError, match="the function f fails at its first call: E: no; the function g fails"):
        up(project)
    told["Payload"] = io.BytesIO(b"")
    with pytest.raises(UserError, match="the function f fails at its first call: None: None"):
        up(project)
    project.cloud.answers.clear()
    assert names(up(project).changes.replaced) == ["f", "g"]


def test_after_a_crash_everything_is_run_and_given_its_secret(project: FakeProject) -> None:
    """After a crash, `up` invokes all functions and sets all secrets again."""
    up(project)
    State(project.cloud, "dev").forget_outputs()
    project.cloud.calls.clear()
    assert names(up(project).changes.kept) == ["f", "s"]
    assert project.cloud.operations() == ["invoke", "get_secret_value", "put_secret_value"]


def test_an_emulator_that_is_gone_needs_no_cleaning_up(project: FakeProject) -> None:
    """The error is the error of the run, not of the cleanup."""
    project.home.running = FakeEmulator(FakeCloud())
    project.cloud.table.error = client_error("InternalFailure", 500)
    with pytest.raises(UserError, match=r"the emulator failed: .*InternalFailure"):
        up(project)
    assert project.home.events == []


def test_an_interrupt_leaves_nothing_and_stays_an_interrupt(project: FakeProject) -> None:
    """Ctrl-C is not reported as a user error."""

    def interrupted(_arguments: dict[str, Any]) -> dict[str, Any]:
        raise KeyboardInterrupt

    start = project.home.start

    def start_and_interrupt(port: int | None) -> FakeEmulator:
        running = start(port)
        running.its_cloud.answers["get_secret_value"] = interrupted
        return running

    project.home.start = start_and_interrupt  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        up(project)
    assert project.home.events == ["start", "stop"]


# down


def test_down_without_anything_cleans_up_after_a_crash(project: FakeProject) -> None:
    """`down` without a running emulator is no error."""
    assert down(project) == []
    assert project.home.events == ["stop"]


def two_stacks(project: FakeProject) -> None:
    """Deploy `dev` and `prod`, with functions of different names."""
    up(project)
    project.program = lambda: Function("p")
    up(project, "prod")


def test_down_of_one_stack_leaves_the_other(project: FakeProject) -> None:
    """The emulator also keeps running."""
    two_stacks(project)
    assert down(project, "dev") == ["dev"]
    assert project.home.events == ["start"]
    assert stack.outputs(project, "prod") == {}  # type: ignore[arg-type]
    assert sum(operation == "unmake" for operation in project.cloud.operations()) == 2


def test_down_of_a_stack_that_does_not_run_does_nothing(project: FakeProject) -> None:
    """A typing error destroys no stack."""
    two_stacks(project)
    assert down(project, "devv") == []
    assert project.home.events == ["start"]


@pytest.mark.parametrize("which", ["dev", None])
def test_down_of_the_last_stack_ends_the_emulator(project: FakeProject, which: str | None) -> None:
    """This holds for `down` by name and for `down --all`."""
    up(project)
    assert down(project, which) == ["dev"]
    assert project.home.events == ["start", "stop"]


def test_down_of_all_ends_the_emulator_at_once(project: FakeProject) -> None:
    """`down --all` does not remove resources one by one."""
    two_stacks(project)
    assert down(project, None) == ["dev", "prod"]
    assert project.home.events == ["start", "stop"]


def test_down_tells_when_the_emulator_fails_and_all_ends_it_anyway(project: FakeProject) -> None:
    """The message names the command that helps."""
    two_stacks(project)
    project.cloud.table.error = client_error("InternalFailure", 500)
    with pytest.raises(UserError, match=r"InternalFailure.*`hookline down --all` stops it"):
        down(project, "dev")
    assert down(project, None) == []
    assert project.home.events == ["start", "stop"]


def test_outputs_of_what_does_not_run_name_the_command(project: FakeProject) -> None:
    """This holds with and without a running emulator."""
    for _ in range(2):
        with pytest.raises(UserError, match=r"the stack prod does not run here: .*`hookline up --stack prod`"):
            stack.outputs(project, "prod")  # type: ignore[arg-type]
        up(project)

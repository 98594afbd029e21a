"""A rehearsal for all tests with the Pulumi CLI, and the stacks in it. Without the CLI, the tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping

import pytest
from engine.pulumi_cli import Stack, make_project, search_path

from hookline.local.cloud import Cloud, Credentials
from hookline.local.project import Project
from hookline.local.rehearsal.rehearsal import rehearsal

SETTINGS = {"aws:region": "us-east-1", "hookline:allowUnsigned": "local", "hookline:apiGatewayLogging": "off"}

MakeStack = Callable[..., Stack]


def found_by_the_cli(variables: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the variables with a PATH on which the CLI finds what it needs."""
    return {**variables, "PATH": search_path(tmp_path_factory.mktemp("bin"), variables["PATH"])}


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Return the environment variables of a rehearsal, in which everything is empty at first."""
    if shutil.which("pulumi") is None:
        pytest.skip("the Pulumi CLI is not on PATH")
    with rehearsal(Project(tmp_path_factory.mktemp("rehearsal"))) as place:
        yield found_by_the_cli(place.environment, tmp_path_factory)


@pytest.fixture(scope="session")
def make_stack(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> MakeStack:
    """A function that makes a stack without resources, of hookline's own program or of another one."""

    def make(name: str, program: str | None = None) -> Stack:
        stack = Stack(make_project(tmp_path_factory.mktemp(name) / "project", program), name, environment)
        stack.pulumi("stack", "init")
        lines = [f'  {key}: "{value}"' for key, value in (SETTINGS | {"hookline:environmentSuffix": name}).items()]
        with (stack.folder / f"Pulumi.{name}.yaml").open("a") as file:
            file.write("\n".join(["config:", *lines, ""]))
        return stack

    return make


@pytest.fixture(scope="session")
def cloud(environment: dict[str, str]) -> Cloud:
    """Return AWS clients of the rehearsal's emulator."""
    keys = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    return Cloud(environment["AWS_ENDPOINT_URL"], keys)

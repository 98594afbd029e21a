"""Fixtures for all test suites, and a count of the requirements with a passing test."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Generator, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from support import packaged
from support.ledger import IDS
from support.tracing import untraced
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

if packaged.PACKAGED:
    packaged.install()

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.registry import provider
from hookline.errors import UserError
from hookline.local.project import Project
from hookline.operate.own_messages import require_own_messages
from hookline.operate.target import Target, aws_target, local_target

ROOT = Path(__file__).parent.parent
NOT_TRACED = (
    "e2e/",
    "engine/",
    "package/",
    *(f"integration/test_{name}" for name in ("flow", "local_c", "local_f", "local_g")),
)
"""Tests below `tests/` that run without coverage; other tests cover the same lines."""

SHARED_STACKS = ("tests/e2e/", "tests/integration/test_flow")
"""Tests that use the stacks of the fixtures ``project`` and ``target``."""

for _name in PROVIDER_NAMES:
    provider(_name)  # coverage must see the import, which could otherwise happen where nothing is traced

# A slow machine is no failure: no property asserts a time.
settings.register_profile("hookline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hookline")

_NAME = re.compile(r"test_(AC?\d+|[BC]\d+)_")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Return a copy of the Pulumi program in its own folder, separate from any local stack of this folder.

    HOOKLINE_AWS_CLIENT=botocore runs the functions with botocore. Its stack `dev` lets reports of Adyen in unsigned.
    """
    folder = tmp_path_factory.mktemp("project")
    for file in ("__main__.py", "Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"):
        shutil.copy(ROOT / file, folder)
    with (folder / "Pulumi.dev.yaml").open("a") as settings:
        settings.write('  hookline:adyenUnsignedTypes: ["REPORT_AVAILABLE"]\n')
        if client := os.environ.get("HOOKLINE_AWS_CLIENT"):
            settings.write(f"  hookline:awsClient: {client}\n")
    yield Project(folder)
    Project(folder).home.stop()


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Target:
    """Return the stack under test: the AWS stack in HOOKLINE_AWS_STACK, or a local stack started for the run."""
    if stack := os.environ.get("HOOKLINE_AWS_STACK"):
        try:
            deployed = aws_target(Project(ROOT), stack)
            require_own_messages(deployed)
        except UserError as error:
            pytest.exit(str(error), returncode=1)
        return deployed
    project: Project = request.getfixturevalue("project")
    from hookline.local import deploy  # noqa: PLC0415 - a run against AWS needs no emulator

    deploy.up(project, "dev")
    return local_target(project, "dev")


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are cores, because the tests with an emulator often wait."""
    return (os.cpu_count() or 1) + 1


class ByFile(LoadFileScheduling):
    """Runs the tests of a file in one process, and all tests of the shared stacks, which take long to start."""

    def _split_scope(self, nodeid: str) -> str:
        return "shared stacks" if nodeid.startswith(SHARED_STACKS) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Return what distributes the tests to the processes."""
    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Leave tests of the whole, and what they start, out of coverage."""
    with untraced() if item.path.relative_to(ROOT / "tests").as_posix().startswith(NOT_TRACED) else nullcontext():
        return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Print the number of requirements with a passing test, if the whole suite ran."""
    if terminalreporter.config.args != terminalreporter.config.getini("testpaths"):
        return
    passed = _ids(terminalreporter, "passed") - _ids(terminalreporter, "failed") - _ids(terminalreporter, "error")
    missing = [requirement for requirement in IDS if requirement not in passed]
    line = f"requirements with a passing test: {len(IDS) - len(missing)} of {len(IDS)}"
    terminalreporter.write_line(line + (f"; missing: {', '.join(missing)}" if missing else ""))


def _ids(reporter: pytest.TerminalReporter, outcome: str) -> set[str]:
    reports = reporter.stats.get(outcome, [])
    return {match.group(1) for report in reports if (match := _NAME.search(report.nodeid))}

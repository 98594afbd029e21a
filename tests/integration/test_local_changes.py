"""`up` after a change of the program, and with a second stack: only the necessary changes happen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.local_projects import ROOT, inventory, real_project, small_project, write_stack

from hookline.errors import UserError
from hookline.local import deploy, stack
from hookline.local.project import Project
from hookline.local.provision.provisioner import Changes
from hookline.operate.demo import run_demo
from hookline.operate.target import local_target
from hookline.packaging import archive, bytecode
from hookline.packaging import closure as module_closure

QUEUES = "import pulumi_aws as aws\nfor name in {names}: aws.sqs.Queue(name, name=name)\n"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Return the transactions system of the real program, deployed once for all tests of this module."""
    project = real_project(tmp_path_factory.mktemp("own"), systems="[transactions]")
    deploy.up(project, "dev")
    yield project
    project.home.stop()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Project]:
    """Return a project with two queues, not yet deployed."""
    project = small_project(tmp_path, QUEUES.format(names=["a", "b"]))
    yield project
    project.home.stop()


def names(urns: list[str]) -> list[str]:
    """Return logical names, sorted."""
    return sorted(urn.rsplit("::", 1)[1] for urn in urns)


def changed(changes: Changes) -> dict[str, list[str]]:
    """Return the changes of a run, without unchanged resources."""
    return {kind: names(urns) for kind, urns in vars(changes).items() if urns and kind != "kept"}


def test_a_second_up_changes_nothing(own: Project) -> None:
    """All resources are kept, and the outputs are the same."""
    outputs = stack.outputs(own, "dev")
    again = deploy.up(own, "dev")
    assert changed(again.changes) == {}
    assert again.outputs == outputs


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("expiryDays", "7", {"updated": ["validator-dev"]}),
        ("routerReservedConcurrency", "9", {"updated": ["router-dev"], "replaced": ["router-concurrency-dev"]}),
    ],
)
def test_a_changed_setting_changes_only_what_it_must(
    own: Project, setting: str, value: str, expected: dict[str, list[str]]
) -> None:
    """One function is updated in place, and updated again when the setting is restored. An alarm of it is replaced."""
    settings = {"environmentSuffix": "dev", "apiGatewayLogging": '"off"', "systems": "[transactions]"}
    write_stack(own.path, "dev", **settings, **{setting: value})
    assert changed(deploy.up(own, "dev").changes) == expected
    write_stack(own.path, "dev", **settings)
    assert changed(deploy.up(own, "dev").changes) == expected


def use_sources(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use other sources for the functions."""
    for module in (archive, bytecode, module_closure):
        monkeypatch.setattr(module, "ROOT", package)


def test_a_changed_handler_updates_its_function_and_nothing_else(
    own: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each archive has only the modules that its function needs, so other functions do not change."""
    package = shutil.copytree(ROOT / "src" / "hookline", tmp_path / "hookline", ignore=shutil.ignore_patterns("*.pyc"))
    with (package / "functions" / "validator.py").open("a") as handler:
        handler.write("\nCHANGED = True\n")
    with monkeypatch.context() as patched:
        use_sources(package, patched)
        assert changed(deploy.up(own, "dev").changes) == {"updated": ["validator-dev"]}
        assert all(line.as_expected for line in run_demo(local_target(own, "dev")))
    assert changed(deploy.up(own, "dev").changes) == {"updated": ["validator-dev"]}


def test_a_handler_that_cannot_be_imported_is_one_clear_error_until_it_is_mended(
    own: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second `up` without a change also fails; after the fix, `up` works again."""
    package = shutil.copytree(ROOT / "src" / "hookline", tmp_path / "hookline", ignore=shutil.ignore_patterns("*.pyc"))
    (package / "functions" / "router.py").write_text("1 / 0\n")
    with monkeypatch.context() as patched:
        use_sources(package, patched)
        for _ in range(2):
            with pytest.raises(UserError, match=r"the function router-dev fails at its first call: .*[Dd]ivision"):
                deploy.up(own, "dev")
    deploy.up(own, "dev")
    assert all(line.as_expected for line in run_demo(local_target(own, "dev")))


def test_a_resource_that_leaves_the_program_leaves_the_cloud(small: Project) -> None:
    """If the program declares the resource again, `up` creates it again."""
    done = deploy.up(small, "dev")
    sqs = done.emulator.cloud().client("sqs")
    small.program.write_text(QUEUES.format(names=["b"]))
    assert changed(deploy.up(small, "dev").changes) == {"removed": ["a"]}
    assert [url.rsplit("/")[-1] for url in sqs.list_queues()["QueueUrls"]] == ["b"]
    small.program.write_text(QUEUES.format(names=["a", "b"]))
    assert changed(deploy.up(small, "dev").changes) == {"made": ["a"]}
    assert sorted(url.rsplit("/")[-1] for url in sqs.list_queues()["QueueUrls"]) == ["a", "b"]


def test_destroying_one_of_two_stacks_leaves_the_other_working_and_nothing_of_its_own(own: Project) -> None:
    """This covers all kinds of resources, and the state."""
    cloud = local_emulator_cloud(own)
    before = inventory(cloud)
    more = {"allowUnsigned": "true", "alarmEmail": "on-call@example.com"}
    write_stack(own.path, "second", environmentSuffix="second", apiGatewayLogging='"off"', **more)
    deploy.up(own, "second")
    grown = inventory(cloud)
    for kind in before.keys() - {"state"}:
        new = set(grown[kind]) - set(before[kind])
        assert new, f"the second stack has no {kind}"
        assert all("second" in name for name in new)
    assert all(line.as_expected for line in run_demo(local_target(own, "second")))
    assert stack.down(own, "second") == ["second"]
    assert inventory(cloud) == before
    assert list(own.home.scratch.glob("*second*")) == []
    assert all(line.as_expected for line in run_demo(local_target(own, "dev")))


def local_emulator_cloud(project: Project) -> deploy.Cloud:
    """Return clients of a project's running emulator."""
    emulator = project.home.find()
    assert emulator
    return emulator.cloud()

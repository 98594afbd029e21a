"""Packages import in one direction without cycles, and folders stay small."""

import ast
import sys
from pathlib import Path

import pytest

import hookline
from hookline.packaging.closure import runtime_imports, source_file

SOURCE = Path(hookline.__file__).parent

MAY_IMPORT = {
    "core": set[str](),
    "functions": {"core"},
    "packaging": {"core"},
    "infra": {"core", "packaging", "poll_permissions"},
    "languages": {"infra"},
    "program": set[str](),
    "local": {"core", "program", "errors", "poll_permissions"},
    "operate": {"core", "functions", "infra", "program", "local", "errors"},
    "cli": {"core", "local", "operate", "errors"},
}
"""Package → other packages of the project that it may import, including imports for types."""

THIRD_PARTIES = {"core": set[str](), "functions": {"boto3", "botocore"}}
"""Deployed package → installed packages that it may import at run time."""

MOST_FILES = 15
"""Maximum number of files in one folder of the source."""

TESTS = Path(__file__).parents[1]
SUITES = ("unit", "infra", "simulation", "integration", "e2e", "engine", "package")


def modules() -> list[str]:
    """Return every module that is in a package, as a path below the source folder, without the template."""
    names = (path.relative_to(SOURCE) for path in sorted(SOURCE.rglob("*.py")))
    return [name.as_posix() for name in names if len(name.parts) > 1 and name.parts[0] != "template"]


def all_imports(path: Path) -> set[str]:
    """Return the dotted names in the project that a file imports, including imports for annotations."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("hookline"):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def imported_files(path: Path) -> set[Path]:
    """Return the project's files that a file imports."""
    names = all_imports(path)
    candidates = (source_file(name) or source_file(name.rpartition(".")[0]) for name in names)
    return {file for file in candidates if file} - {path}


def test_every_package_is_in_the_list() -> None:
    """A new package must declare its allowed imports."""
    assert {path.parent.name for path in SOURCE.glob("*/__init__.py")} == MAY_IMPORT.keys()


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_what_its_package_may(module: str) -> None:
    """Imports follow the allowed direction; deployed code uses only the standard library, boto3 and botocore."""
    package = module.partition("/")[0]
    own = {name.split(".")[1] for name in all_imports(SOURCE / module)}
    assert own - {package} <= MAY_IMPORT[package]
    if package in THIRD_PARTIES:
        names = {name.split(".")[0] for name in runtime_imports((SOURCE / module).read_text("utf-8"))}
        assert names - {"hookline"} - sys.stdlib_module_names <= THIRD_PARTIES[package]


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports for annotations also count."""
    waiting = {path: imported_files(path) for path in SOURCE.rglob("*.py")}
    while free := {path for path, needed in waiting.items() if not needed & waiting.keys()}:
        waiting = {path: needed for path, needed in waiting.items() if path not in free}
    assert sorted(path.relative_to(SOURCE).as_posix() for path in waiting) == []


def test_no_two_public_classes_have_one_name() -> None:
    """Each public class name has one meaning. In other languages, a component has the name that it has in Python."""
    found: dict[str, list[str]] = {}
    for path in sorted({*SOURCE.rglob("*.py")} - {SOURCE / "languages" / "components.py"}):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(path.relative_to(SOURCE).as_posix())
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


@pytest.mark.parametrize("suite", SUITES)
def test_a_suite_imports_no_other(suite: str) -> None:
    """What two suites need is in `tests/support`."""
    others = {*SUITES} - {suite}
    for path in (TESTS / suite).rglob("*.py"):
        assert not others & {
            name.partition(".")[0] for name in runtime_imports(path.read_text("utf-8"), stripped=False)
        }, path


def test_a_fake_has_one_name_and_one_place() -> None:
    """Two fakes of one thing differ sooner or later, and then one of them is wrong."""
    names = [
        node.name
        for path in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.startswith("Fake")
    ]
    assert sorted(names) == sorted(set(names))


def test_no_folder_is_crowded() -> None:
    """Each folder has at most 15 files."""
    folders = {path.parent for path in SOURCE.rglob("*.py")}
    crowded = [folder.relative_to(SOURCE) for folder in folders if len([*folder.glob("*.py")]) > MOST_FILES]
    assert crowded == []


def test_the_check_sees_every_form_of_import() -> None:
    """The check finds imports in functions, imports of modules by name, and imports beside type-only blocks."""
    source = """
import os.path as p
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import pulumi
else:
    import a
if p or a:
    from hookline import infra
def f():
    from hookline.local.engine import run
"""
    assert runtime_imports(source) == {"os.path", "a", "hookline.infra", "hookline.local.engine.run"}

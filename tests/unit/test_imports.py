"""Imports point one way: core ← functions; infra and local take both as files; operate ← cli."""

import ast
import sys
from pathlib import Path

import pytest

import hookline

SOURCE = Path(hookline.__file__).parent

OWN_PACKAGES_ALLOWED = {
    "core": {"core"},
    "functions": {"core", "functions"},
    "infra": {"core", "infra"},
    "local": {"core", "infra", "local"},
    "operate": {"core", "infra", "local", "operate"},
    "console": {"core", "operate", "console"},
    "cli": {"core", "infra", "local", "operate", "console", "cli"},
}
"""Which packages of the project each of its packages may import at run time."""

THIRD_PARTIES_ALLOWED = {"core": set[str](), "functions": {"boto3", "botocore"}}
"""Which installed packages may be imported by those that are deployed."""


class RuntimeImports(ast.NodeVisitor):
    """Collects the absolute names that a module imports at run time."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        """Pass over what is imported for annotations only."""
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for statement in node.orelse:
                self.visit(statement)
        else:
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        """Note plain imports."""
        self.names.update(alias.name for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Note imports of names, each of which may be a module; relative ones are not this project's style."""
        assert node.level == 0, "relative import"
        self.names.update(f"{node.module}.{alias.name}" for alias in node.names)


def runtime_imports(source: str) -> set[str]:
    """Return the absolute names that a module's source imports at run time."""
    visitor = RuntimeImports()
    visitor.visit(ast.parse(source))
    return visitor.names


def modules() -> list[str]:
    """Return every module that is in a package, as a path below the source folder."""
    names = (path.relative_to(SOURCE) for path in sorted(SOURCE.rglob("*.py")))
    return [name.as_posix() for name in names if len(name.parts) > 1]


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_what_its_package_may(module: str) -> None:
    """No module reaches against the direction; what is deployed needs the standard library and boto3 only."""
    package = module.partition("/")[0]
    names = [name.split(".") for name in runtime_imports((SOURCE / module).read_text("utf-8"))]
    own = {name[1] for name in names if name[0] == "hookline" and len(name) > 1}
    assert own <= OWN_PACKAGES_ALLOWED[package]
    third_parties = {name[0] for name in names} - {"hookline"} - sys.stdlib_module_names
    assert third_parties <= THIRD_PARTIES_ALLOWED.get(package, third_parties)


def test_the_check_sees_every_form_of_import() -> None:
    """Imports in functions, of modules by name, and beside a type-only block are all found."""
    source = """
import os.path as p
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import pulumi
else:
    import a
if True:
    from hookline import infra
def f():
    from hookline.local.engine import run
"""
    assert runtime_imports(source) == {
        "os.path",
        "typing.TYPE_CHECKING",
        "a",
        "hookline.infra",
        "hookline.local.engine.run",
    }

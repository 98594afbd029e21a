"""Imports point one way: core ← functions; infra and local take both as files; operate ← cli."""

import sys
from pathlib import Path

import pytest

import hookline
from hookline.infra.module_closure import runtime_imports

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

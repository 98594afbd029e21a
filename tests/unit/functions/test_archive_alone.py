"""The archives: modules that a function loads at its start, with only the standard library."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hookline.packaging.archive import archive_files
from hookline.packaging.closure import source_file

FUNCTIONS = ("validator", "router", "ingestion", "processing")

NOT_LOADED = {"typing", "dataclasses", "inspect", "http", "email", "urllib", "logging", "random", "asyncio", "xml"}
"""Modules that no function may load at its start (docs/decisions/0017-what-a-start-may-import.md)."""

PAYPAL_ALONE = {
    "hookline.core.providers.paypal",
    "hookline.core.providers.paypal_authorities",
    "hookline.core.signatures.der",
    "hookline.core.signatures.x509",
    "hookline.functions.providers.certificates",
}

START = """
import importlib, json, sys
module = importlib.import_module("hookline.functions." + sys.argv[1])
if "hookline.core.providers.registry" in sys.modules:
    importlib.import_module("hookline.core.providers.stripe")
print(json.dumps([module.handler.__name__, module.handler.__code__.co_filename, sorted(sys.modules)]))
"""


@pytest.fixture(scope="module")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for byte code."""
    return tmp_path_factory.mktemp("bytecode")


def run_isolated(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program with the standard library and a folder, but without any installed package."""
    setup = f"import sys; sys.path.append({str(folder)!r})\n"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", setup + program, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def start(function: str, bytecode: Path, folder: Path) -> tuple[str, str, set[str]]:
    """Unpack an archive and import its handler; return the handler's name, its file and all loaded modules."""
    for path, file in archive_files(function, bytecode).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder / path)
    result = run_isolated(folder, START, function)
    assert result.returncode == 0, result.stderr
    name, source, modules = json.loads(result.stdout)
    return name, source, set(modules)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_starts_with_the_standard_library_and_its_archive_alone(
    function: str, bytecode: Path, tmp_path: Path
) -> None:
    """The function needs no installed package, not even those in Lambda's runtime. Tracebacks show Lambda's paths."""
    name, source, modules = start(function, bytecode, tmp_path)
    assert (name, source) == ("handler", f"/var/task/hookline/functions/{function}.py")
    assert {module.partition(".")[0] for module in modules} <= {*sys.stdlib_module_names, "hookline", "__main__"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_start_loads_nothing_dear_and_nothing_of_another_provider(
    function: str, bytecode: Path, tmp_path: Path
) -> None:
    """With only Stripe enabled, the start loads no slow module and none of PayPal's certificate modules."""
    _, _, modules = start(function, bytecode, tmp_path)
    assert {module.partition(".")[0] for module in modules}.isdisjoint(NOT_LOADED)
    assert modules.isdisjoint(PAYPAL_ALONE)
    assert all(source_file(name) for name in PAYPAL_ALONE)


def test_a_dependency_missing_from_the_archive_would_show(tmp_path: Path) -> None:
    """The isolated program cannot import a package that is installed here."""
    assert "ModuleNotFoundError" in run_isolated(tmp_path, "import botocore").stderr

"""The Lambda archive: core and functions alone, on a machine that has boto3 and nothing else."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

import hookline

SOURCE = Path(hookline.__file__).parent
RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
"""What the Lambda runtime for Python has beside the standard library."""

IMPORT_HANDLERS = """
import importlib, json, sys
names = ("validator", "router", "ingestion", "processing")
handlers = [importlib.import_module(f"hookline.functions.{name}").handler for name in names]
print(json.dumps([sorted({name.partition(".")[0] for name in sys.modules}), [h.__name__ for h in handlers]]))
"""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A folder that holds what the archive does, beside links to the runtime's own packages."""
    folder = tmp_path / "archive"
    (folder / "hookline").mkdir(parents=True)
    shutil.copy(SOURCE / "__init__.py", folder / "hookline")
    for package in ("core", "functions"):
        shutil.copytree(SOURCE / package, folder / "hookline" / package)
    installed = Path(boto3.__file__).parents[1]
    for package in RUNTIME_PACKAGES:
        path = next(path for path in (installed / package, installed / f"{package}.py") if path.exists())
        (folder / path.name).symlink_to(path)
    return folder


def run_isolated(archive: Path, program: str) -> subprocess.CompletedProcess[str]:
    """Run a program with the standard library and the archive, but without any installed package."""
    setup = f"import sys; sys.path.append({str(archive)!r})\n"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", setup + program],
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_handler_imports_from_the_archive_alone(archive: Path) -> None:
    """Nothing beyond the standard library and the runtime's packages is needed to load a function."""
    result = run_isolated(archive, IMPORT_HANDLERS)
    assert result.returncode == 0, result.stderr
    modules, handlers = json.loads(result.stdout)
    assert handlers == ["handler"] * 4
    assert set(modules) <= {*sys.stdlib_module_names, *RUNTIME_PACKAGES, "hookline", "__main__", "google"}


def test_a_dependency_missing_from_the_archive_would_show(archive: Path) -> None:
    """The isolation is real: a package that is installed here cannot be imported there."""
    result = run_isolated(archive, "import pulumi")
    assert "ModuleNotFoundError" in result.stderr


def test_a_function_does_not_load_what_only_boto3_needs(archive: Path) -> None:
    """Clients come straight from botocore, which spares a cold start the import of boto3 and s3transfer."""
    modules, _ = json.loads(run_isolated(archive, IMPORT_HANDLERS).stdout)
    assert {"boto3", "s3transfer"}.isdisjoint(modules)

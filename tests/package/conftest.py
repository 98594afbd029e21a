"""The built wheel, and environments that hold nothing but it and what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = str(ROOT / ".tools" / "bin" / "uv")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this working tree."""
    folder = tmp_path_factory.mktemp("dist")
    _uv("build", "--wheel", "--out-dir", str(folder), str(ROOT))
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def install(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A function that installs the wheel into an empty environment, and returns the folder of its commands."""

    def make(extras: str, *options: str) -> Path:
        environment = tmp_path_factory.mktemp("environment")
        _uv("venv", "--python", sys.executable, str(environment / "venv"))
        python = environment / "venv" / "bin" / "python"
        _uv("pip", "install", "--python", str(python), *options, f"hookline{extras} @ {wheel.as_uri()}")
        return python.parent

    return make


@pytest.fixture(scope="session")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The versions of the lock file, as constraints."""
    file = tmp_path_factory.mktemp("locked") / "constraints.txt"
    wanted = ("--frozen", "--extra", "local", "--no-dev", "--no-emit-project", "--no-hashes")
    _uv("export", "--project", str(ROOT), *wanted, "--output-file", str(file))
    return file


def _uv(*arguments: str) -> None:
    cache = {"UV_CACHE_DIR": str(ROOT / ".tools" / "cache"), "UV_PYTHON_DOWNLOADS": "never"}
    done = subprocess.run([UV, *arguments], env=os.environ | cache, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

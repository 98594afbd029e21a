"""Byte code of the deployed modules, so that no start has to compile them."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from hookline.infra.module_closure import PACKAGE

DEPLOYED = ("core", "functions")
"""The packages from which functions are made."""

TASK_ROOT = "/var/task"
"""Where Lambda unpacks an archive; tracebacks name the modules by it."""


def compile_modules(home: Path) -> Path:
    """Compiles what can be deployed, unless that was done for the same sources.

    Args:
        home: a folder for what is made.

    Returns:
        The folder that holds the packages with one `.pyc` for each module.
    """
    made = home / _digest()
    if not made.exists():
        home.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=home))
        _compile(unfinished)
        try:
            unfinished.rename(made)
        except OSError:  # another run of the program has made the same meanwhile
            shutil.rmtree(unfinished)
    return made


def _compile(folder: Path) -> None:
    for package in DEPLOYED:
        shutil.copytree(PACKAGE / package, folder / "hookline" / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PACKAGE / "__init__.py", folder / "hookline")
    command = [sys.executable, "-I", "-X", "no_debug_ranges", "-m", "compileall", "-q", "-b", "-o", "2"]
    command += ["--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", TASK_ROOT, str(folder)]
    subprocess.run(command, check=True)  # noqa: S603 - this interpreter, and paths of this package
    for source in folder.rglob("*.py"):
        source.unlink()


def _digest() -> str:
    """What names the outcome: the interpreter and every source."""
    digest = hashlib.sha256(f"{sys.version} {TASK_ROOT}".encode())
    sources = [PACKAGE / "__init__.py", *(file for name in DEPLOYED for file in (PACKAGE / name).rglob("*.py"))]
    for source in sorted(sources):
        digest.update(f"\n{source.relative_to(PACKAGE)} {source.stat().st_size}\n".encode() + source.read_bytes())
    return digest.hexdigest()[:16]

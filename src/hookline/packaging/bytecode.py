"""Compilation of the functions' modules to byte code before the deployment, so that a cold start does not compile."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from hookline.packaging import bare_code
from hookline.packaging.closure import ROOT

DEPLOYED = ("core", "functions")
"""The packages below `hookline` that contain the code of the Lambda functions."""

_COMPILER = Path(bare_code.__file__)
_RUN = "import runpy, sys; runpy.run_path(sys.argv[1])['compile_folder'](sys.argv[2])"
_COMPILE = ("-I", "-X", "no_debug_ranges", "-c", _RUN)
"""Arguments of the Python process that compiles. ``no_debug_ranges`` leaves out column numbers in tracebacks.

The compilation has its own process, because Python accepts ``no_debug_ranges`` only for a whole process.
"""


def compile_modules(home: Path) -> Path:
    """Compile the packages in `DEPLOYED`, or reuse byte code that was compiled before from the same sources.

    Args:
        home: the folder to which the byte code is written.

    Returns:
        The folder that contains the packages, with a `.pyc` for each module.
    """
    made = home / _digest()
    if not made.exists():
        home.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=home))
        try:
            _compile(unfinished)
            with contextlib.suppress(OSError):  # another process has created the same folder meanwhile
                unfinished.rename(made)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return made


def _compile(folder: Path) -> None:
    for source in _sources():
        copy = folder / source.relative_to(ROOT.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    command = [sys.executable, *_COMPILE, str(_COMPILER), str(folder)]
    subprocess.run(command, check=True)  # noqa: S603 - runs this interpreter with paths of this package


def _sources() -> list[Path]:
    return sorted([ROOT / "__init__.py", *(file for name in DEPLOYED for file in (ROOT / name).rglob("*.py"))])


def _digest() -> str:
    """Return the name of the folder for byte code: a hash of the Python version, the compiler and all sources."""
    digest = hashlib.sha256(f"{sys.version} {_COMPILE}".encode() + _COMPILER.read_bytes())
    for source in _sources():
        digest.update(f"\n{source.relative_to(ROOT)} {source.stat().st_size}\n".encode() + source.read_bytes())
    return digest.hexdigest()[:16]

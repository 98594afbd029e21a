"""The archive of a function: byte code of the modules that it needs, and nothing else."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pulumi

from hookline.core import PROVIDER_NAMES
from hookline.packaging.bytecode import compile_modules
from hookline.packaging.closure import ROOT, closure, source_file

RUNTIME = "python3.11"
"""The runtime of every function. Byte code is of one version, so only this one can make it."""

_REGISTRY = "hookline.core.providers.registry"


def archive_files(function: str, home: Path) -> dict[str, Path]:
    """Return path inside the archive → file on disk, sorted; the same bytes for the same sources.

    Under another Python than the functions' own, the files are the sources.

    Args:
        function: name of the module of its handler, such as `validator`.
        home: a folder for the byte code.

    Raises:
        UnsupportedCode: if a module uses something that its byte code would not have.
    """
    compiled = can_compile()
    needed = closure(f"hookline.functions.{function}", stripped=compiled)
    if _REGISTRY in needed:  # which imports a provider by its name, when one speaks
        needed |= closure(*(f"hookline.core.providers.{name}" for name in PROVIDER_NAMES), stripped=compiled)
    sources = sorted(file.relative_to(ROOT.parent) for name in needed if (file := source_file(name)))
    if not compiled:
        return {source.as_posix(): ROOT.parent / source for source in sources}
    made, paths = compile_modules(home), [source.with_suffix(".pyc").as_posix() for source in sources]
    return {path: made / path for path in paths}


def can_compile() -> bool:
    """Return whether this Python makes byte code for the functions' runtime."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}" == RUNTIME


def function_archive(function: str) -> pulumi.AssetArchive:
    """Return the code of a function, compiled below `.hookline` of the Pulumi project."""
    if not can_compile():
        _warn()
    files = archive_files(function, Path(".hookline/bytecode").absolute())
    return pulumi.AssetArchive({path: pulumi.FileAsset(str(file)) for path, file in files.items()})


@cache
def _warn() -> None:
    """Say it once for all functions."""
    pulumi.log.warn(
        f"the functions run {RUNTIME}, and this is another Python: their archives hold sources instead of byte code, "
        f"and they start slower; run Pulumi with {RUNTIME} to avoid that"
    )

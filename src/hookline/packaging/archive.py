"""The archive of a function: byte code of the modules that it needs, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pulumi

from hookline.core import PROVIDER_NAMES
from hookline.packaging.bytecode import compile_modules
from hookline.packaging.closure import ROOT, closure, source_file

_REGISTRY = "hookline.core.providers.registry"


def archive_files(function: str, home: Path) -> dict[str, Path]:
    """Path inside the archive → file on disk, sorted; the same bytes for the same sources.

    Args:
        function: name of the module of its handler, such as `validator`.
        home: a folder for the byte code.
    """
    needed = closure(f"hookline.functions.{function}")
    if _REGISTRY in needed:  # which imports a provider by its name, when one speaks
        needed |= closure(*(f"hookline.core.providers.{name}" for name in PROVIDER_NAMES))
    sources = [source_file(name) for name in needed]
    paths = sorted(source.relative_to(ROOT.parent).with_suffix(".pyc").as_posix() for source in sources if source)
    compiled = compile_modules(home)
    return {path: compiled / path for path in paths}


def function_archive(function: str) -> pulumi.AssetArchive:
    """The code of a function, compiled below `.hookline` of the Pulumi project."""
    files = archive_files(function, Path(".hookline/bytecode").absolute())
    return pulumi.AssetArchive({path: pulumi.FileAsset(str(file)) for path, file in files.items()})

"""The code archive of a Lambda function, with only the byte code of the modules that the function needs."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pulumi

from hookline.core import PROVIDER_NAMES
from hookline.packaging.bytecode import compile_modules
from hookline.packaging.closure import ROOT, closure, source_file

RUNTIME = "python3.11"
"""The Lambda runtime of every function. Only Python of the same version can compile byte code for this runtime."""

_REGISTRY = "hookline.core.providers.registry"


def archive_files(function: str, home: Path) -> dict[str, Path]:
    """Return the files of a function's code archive: path inside the archive → file on disk, sorted by path.

    The same sources give the same bytes. If the running Python does not have the version of the Lambda runtime, the
    files are sources instead of byte code.

    Args:
        function: name of the handler's module, such as `validator`.
        home: the folder to which the byte code is written.

    Raises:
        UnsupportedCode: when a module uses a Python feature that the module `bare_code` does not support.
    """
    compiled = can_compile()
    needed = closure(f"hookline.functions.{function}", stripped=compiled)
    if _REGISTRY in needed:  # the registry imports the providers' modules by name at run time
        needed |= closure(*(f"hookline.core.providers.{name}" for name in PROVIDER_NAMES), stripped=compiled)
    sources = sorted(file.relative_to(ROOT.parent) for name in needed if (file := source_file(name)))
    if not compiled:
        return {source.as_posix(): ROOT.parent / source for source in sources}
    made, paths = compile_modules(home), [source.with_suffix(".pyc").as_posix() for source in sources]
    return {path: made / path for path in paths}


def can_compile() -> bool:
    """Return whether the running Python can compile byte code for the Lambda runtime of the functions."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}" == RUNTIME


def function_archive(function: str) -> pulumi.AssetArchive:
    """Return the code archive of a Lambda function. Byte code is written to `.hookline/bytecode` in the project."""
    if not can_compile():
        _warn()
    files = archive_files(function, Path(".hookline/bytecode").absolute())
    return pulumi.AssetArchive({path: pulumi.FileAsset(str(file)) for path, file in files.items()})


@cache
def _warn() -> None:
    """Log the warning about the Python version once for all functions."""
    pulumi.log.warn(
        f"the functions run on {RUNTIME}, but this is another Python version: the archives contain sources instead of "
        f"byte code, so cold starts are slower. Run Pulumi with {RUNTIME} to avoid this"
    )

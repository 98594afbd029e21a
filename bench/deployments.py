"""The files that each variant would deploy to Lambda, byte-compiled."""

from __future__ import annotations

import compileall
import py_compile
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FUNCTIONS = ("validator", "router", "ingestion", "processing")
SOURCES = Path(__file__).parent
LIBRARIES = SOURCES / ".libraries"

_FOLDERS = {
    "floor": ("floor",),
    "hookline": (),
    "boto3": ("peers", "boto3_plain"),
    "powertools": ("peers", "powertools"),
    "powertools_idempotency": ("peers", "powertools", "powertools_idempotency"),
}
"""Variant → the folders of its code; a file in a later folder replaces a file of the same name."""

_NEEDS = {"boto3": "boto3", "powertools": "powertools", "powertools_idempotency": "powertools"}
"""Variant → the folder of its libraries."""

_BUNDLES = {"hookline": "amazon.pem", "before": "amazon.pem", "floor": "amazon.pem"}


@dataclass(frozen=True)
class Deployment:
    """One function of one variant, ready to run.

    Attributes:
        variant: name of the variant.
        function: name of the function, such as `validator`.
        folder: folder of its own code.
        path: folders for the module search path, in order.
        bundle: file name of its bundle of trusted root certificates.
        module: dotted name of the module that contains the handler.
    """

    variant: str
    function: str
    folder: Path
    path: tuple[Path, ...]
    bundle: str
    module: str


def variants() -> list[str]:
    """Return the names of all variants; the first is the floor, with which the others are compared."""
    return list(_FOLDERS)


def functions_of(variant: str) -> tuple[str, ...]:
    """Return the functions that a variant implements."""
    if variant == "hookline":
        return FUNCTIONS
    return tuple(name for name in FUNCTIONS if (SOURCES / _FOLDERS[variant][-1] / f"{name}.py").exists())


def deploy(variant: str, function: str, where: Path) -> Deployment:
    """Copy the files of one function of one variant to a folder below `where`, and compile them."""
    files = _hookline_files(function, where) if variant == "hookline" else _other_files(variant, function)
    return deploy_files(variant, function, where, files)


def deploy_files(variant: str, function: str, where: Path, files: Mapping[str, Path]) -> Deployment:
    """Copy files of a function to a folder below `where`, and compile them.

    Args:
        variant: name of the variant.
        function: name of the function, such as `validator`.
        where: the folder for all deployments.
        files: path in the archive → file.
    """
    folder = where / variant / function
    shutil.rmtree(folder, ignore_errors=True)
    for name, file in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / name)
    compileall.compile_dir(folder, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    needs = _NEEDS.get(variant)
    path = (folder, LIBRARIES / needs) if needs else (folder,)
    module = function if variant in _FOLDERS and variant != "hookline" else f"hookline.functions.{function}"
    return Deployment(variant, function, folder, path, _BUNDLES.get(variant, "everybody.pem"), module)


def _other_files(variant: str, function: str) -> dict[str, Path]:
    """Return the files of a function of another variant: its own module and the shared modules."""
    files = {file.name: file for name in _FOLDERS[variant] for file in sorted((SOURCES / name).glob("*.py"))}
    return {name: file for name, file in files.items() if file.stem == function or file.stem not in FUNCTIONS}


def _hookline_files(function: str, where: Path) -> dict[str, Path]:
    """Return the files that hookline puts into the archive of a function."""
    from hookline.packaging.archive import archive_files  # noqa: PLC0415 - imports Pulumi, which takes a second

    return archive_files(function, where / "bytecode")


def archive_bytes(deployment: Deployment) -> int:
    """Return the size of the zip file for the upload, including libraries, in bytes."""
    file = deployment.folder.with_suffix(".zip")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for root in deployment.path:
            for member in sorted(root.rglob("*")):
                if member.is_file():
                    archive.write(member, member.relative_to(root))
    return file.stat().st_size

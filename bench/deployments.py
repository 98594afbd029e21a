"""Lays out what each variant's functions would be deployed with: byte-compiled, as Lambda would find it."""

from __future__ import annotations

import compileall
import py_compile
import shutil
import zipfile
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
"""Variant → the folders of its code; a later one's files take the place of an earlier one's."""

_NEEDS = {"boto3": "boto3", "powertools": "powertools", "powertools_idempotency": "powertools"}
"""Variant → the folder of libraries that it is deployed with."""

_BUNDLES = {"hookline": "amazon.pem", "floor": "amazon.pem"}


@dataclass(frozen=True)
class Deployment:
    """One function of one variant, ready to run.

    Attributes:
        variant: how it is written.
        function: such as `validator`.
        folder: its own code.
        path: folders of modules, in their order.
        bundle: file name of the certificates that it trusts.
        module: dotted name of the module with its handler.
    """

    variant: str
    function: str
    folder: Path
    path: tuple[Path, ...]
    bundle: str
    module: str


def variants() -> list[str]:
    """The names of all variants, the measure of all first."""
    return list(_FOLDERS)


def functions_of(variant: str) -> tuple[str, ...]:
    """The functions that a variant has of its own."""
    if variant == "hookline":
        return FUNCTIONS
    return tuple(name for name in FUNCTIONS if (SOURCES / _FOLDERS[variant][-1] / f"{name}.py").exists())


def deploy(variant: str, function: str, where: Path) -> Deployment:
    """Lays out one function of one variant below a folder, and compiles what is not compiled yet."""
    folder = where / variant / function
    shutil.rmtree(folder, ignore_errors=True)
    files = _hookline_files(function, where) if variant == "hookline" else _other_files(variant, function)
    for name, file in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / name)
    compileall.compile_dir(folder, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    needs = _NEEDS.get(variant)
    path = (folder, LIBRARIES / needs) if needs else (folder,)
    module = f"hookline.functions.{function}" if variant == "hookline" else function
    return Deployment(variant, function, folder, path, _BUNDLES.get(variant, "everybody.pem"), module)


def _other_files(variant: str, function: str) -> dict[str, Path]:
    """What a function of another variant consists of: its own module, and those that functions share."""
    files = {file.name: file for name in _FOLDERS[variant] for file in sorted((SOURCES / name).glob("*.py"))}
    return {name: file for name, file in files.items() if file.stem == function or file.stem not in FUNCTIONS}


def _hookline_files(function: str, where: Path) -> dict[str, Path]:
    """What hookline puts into the archive of a function."""
    from hookline.packaging.archive import archive_files  # noqa: PLC0415 - imports Pulumi, which takes a second

    return archive_files(function, where / "bytecode")


def archive_bytes(deployment: Deployment) -> int:
    """The size of the zip file that would be uploaded, libraries with it, in bytes."""
    file = deployment.folder.with_suffix(".zip")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for root in deployment.path:
            for member in sorted(root.rglob("*")):
                if member.is_file():
                    archive.write(member, member.relative_to(root))
    return file.stat().st_size

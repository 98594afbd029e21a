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
    "boto3": ("boto3_plain",),
    "powertools": ("powertools",),
    "powertools_idempotency": ("powertools", "powertools_idempotency"),
}
"""Variant → the folders of its code; a later one's files take the place of an earlier one's."""

_NEEDS = {"boto3": "boto3", "powertools": "powertools", "powertools_idempotency": "powertools"}
"""Variant → the folder of libraries that it is deployed with."""

_BUNDLES = {"hookline": "amazon.pem", "floor": "amazon.pem"}


@dataclass(frozen=True)
class Deployment:
    """One variant, ready to run.

    Attributes:
        variant: its name.
        folder: its own code.
        path: folders of modules, in their order.
        bundle: file name of the certificates that it trusts.
        functions: those that it has.
    """

    variant: str
    folder: Path
    path: tuple[Path, ...]
    bundle: str
    functions: tuple[str, ...]

    def module(self, function: str) -> str:
        """The dotted name of a function's module."""
        return f"hookline.functions.{function}" if self.variant == "hookline" else function


def variants() -> list[str]:
    """The names of all variants, the measure of all first."""
    return list(_FOLDERS)


def deploy(variant: str, where: Path) -> Deployment:
    """Lays out one variant below a folder and compiles it."""
    folder = where / variant
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in _files(variant).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    compileall.compile_dir(folder, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    needs = _NEEDS.get(variant)
    path = (folder, LIBRARIES / needs) if needs else (folder,)
    return Deployment(variant, folder, path, _BUNDLES.get(variant, "everybody.pem"), _functions(variant))


def _functions(variant: str) -> tuple[str, ...]:
    """The functions that a variant has of its own."""
    if variant == "hookline":
        return FUNCTIONS
    return tuple(name for name in FUNCTIONS if (SOURCES / _FOLDERS[variant][-1] / f"{name}.py").exists())


def _files(variant: str) -> dict[str, bytes]:
    """What a variant's own code consists of: path → content."""
    if variant == "hookline":
        return _hookline_files()
    folders = [SOURCES / folder for folder in _FOLDERS[variant]]
    return {file.name: file.read_bytes() for folder in folders for file in sorted(folder.glob("*.py"))}


def _hookline_files() -> dict[str, bytes]:
    """What hookline puts into its archive."""
    from hookline.infra.archive import archive_files  # noqa: PLC0415 - imports Pulumi, which takes a second

    return {name: file.read_bytes() for name, file in archive_files().items()}


def archive_bytes(deployment: Deployment) -> int:
    """The size of the zip file that would be uploaded, libraries with it, in bytes."""
    file = deployment.folder.with_suffix(".zip")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for root in deployment.path:
            for member in sorted(root.rglob("*")):
                if member.is_file():
                    archive.write(member, member.relative_to(root))
    return file.stat().st_size

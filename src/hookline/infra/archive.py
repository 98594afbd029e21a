"""The Lambda archive: the rules and the functions, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pulumi

PACKAGE = Path(__file__).parent.parent
_DEPLOYED = ("core", "functions")
_NOT_DEPLOYED = {PACKAGE / "core" / "providers" / "signing.py"}  # signs as a provider does, which no function needs


def archive_files() -> dict[str, Path]:
    """Path inside the archive → file on disk, sorted; the same in a checkout and in an installed wheel."""
    modules = [PACKAGE / "__init__.py"]
    for folder in _DEPLOYED:
        modules += (PACKAGE / folder).rglob("*.py")
    deployed = sorted(set(modules) - _NOT_DEPLOYED)
    return {module.relative_to(PACKAGE.parent).as_posix(): module for module in deployed}


def function_archive() -> pulumi.AssetArchive:
    """The code of any hookline function; the same bytes for the same sources."""
    files = archive_files().items()
    return pulumi.AssetArchive({path: pulumi.FileAsset(str(module)) for path, module in files})

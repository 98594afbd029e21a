"""A copy of a project's folder for a rehearsal, so that Pulumi does not write into the user's `Pulumi.STACK.yaml`.

`pulumi stack init` writes to this file how the secrets of the stack are encrypted: in a rehearsal, with its passphrase.
The real stack could then not be made with the user's own passphrase.
"""

from __future__ import annotations

import re
from pathlib import Path

_STACK_FILE = re.compile(r"Pulumi\..+\.ya?ml")
_ENCRYPTION = re.compile(r"^(encryptionsalt|encryptedkey|secretsprovider):.*\n?", re.MULTILINE)
_LEFT_OUT = {".git", ".hookline"}
_LINKED = {"node_modules", "venv"}


def copy_project(project: Path, target: Path) -> Path:
    """Copy a project's folder, and the projects above it to which it may refer by `..`. Return the project's copy.

    The settings of stacks are copied without the encryption of their secrets. All other files are links, so that the
    Pulumi program can be changed during the rehearsal.

    Args:
        project: the folder with `Pulumi.yaml`.
        target: a folder that does not exist yet.
    """
    outermost = project
    while (outermost.parent / "Pulumi.yaml").is_file():
        outermost = outermost.parent
    _copy(outermost, target)
    return target / project.relative_to(outermost)


def _copy(folder: Path, target: Path) -> None:
    target.mkdir()
    for entry in folder.iterdir():
        if entry.name in _LEFT_OUT:
            continue
        if entry.is_dir() and not _is_linked(entry):
            _copy(entry, target / entry.name)
        elif _STACK_FILE.fullmatch(entry.name):
            (target / entry.name).write_text(_ENCRYPTION.sub("", entry.read_text()))
        else:
            (target / entry.name).symlink_to(entry)


def _is_linked(folder: Path) -> bool:
    """Return True for a folder of installed libraries or of a tool, which may be large."""
    return folder.is_symlink() or folder.name.startswith(".") or folder.name in _LINKED

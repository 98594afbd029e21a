"""Makes a Pulumi project of the installed package, so that nobody has to clone its repository to use it."""

from __future__ import annotations

import re
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import hookline
from hookline.errors import UserError

RENAMED = {"gitignore": ".gitignore"}
"""Files that have another name in the package, since builders of packages pass over hidden ones."""


def make_project(folder: Path) -> list[str]:
    """Make a project in a folder, which is made too if need be.

    Args:
        folder: where; its name becomes the project's.

    Returns:
        The names of the files, sorted.

    Raises:
        UserError: if one of the files is there already; nothing is written then.
    """
    contents = {RENAMED.get(file.name, file.name): file for file in (files(hookline) / "template").iterdir()}
    there = sorted(name for name in contents if (folder / name).exists())
    if there:
        raise UserError(f"{folder} has {', '.join(there)} already: choose an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name, file in contents.items():
        text = file.read_text("utf-8")
        if name != "__main__.py":
            text = text.replace("{name}", project_name(folder)).replace("{version}", version("hookline"))
        (folder / name).write_text(text, "utf-8")
    return sorted(contents)


def project_name(folder: Path) -> str:
    """Return a folder's name as Pulumi allows it: letters, digits, hyphens, underscores and dots."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.resolve().name).strip("-") or "webhooks"

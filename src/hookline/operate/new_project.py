"""The code of `hookline init`: it creates a Pulumi project that uses the installed package."""

from __future__ import annotations

import re
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import hookline
from hookline.errors import UserError

RENAMED = {"gitignore": ".gitignore"}
"""File name in the package → file name in the project. The first has no dot: package builders skip hidden files."""


def make_project(folder: Path) -> list[str]:
    """Create a Pulumi project in a folder. If the folder does not exist, create it.

    Args:
        folder: the folder; its name becomes the project's name.

    Returns:
        The names of the created files, sorted.

    Raises:
        UserError: if the folder already contains one of the files. Then no file is written.
    """
    contents = {RENAMED.get(file.name, file.name): file for file in (files(hookline) / "template").iterdir()}
    there = sorted(name for name in contents if (folder / name).exists())
    if there:
        raise UserError(f"{folder} already contains {', '.join(there)}: choose an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name, file in contents.items():
        text = file.read_text("utf-8")
        if name != "__main__.py":
            text = text.replace("{name}", project_name(folder)).replace("{version}", version("hookline"))
        (folder / name).write_text(text, "utf-8")
    return sorted(contents)


def project_name(folder: Path) -> str:
    """Return a project name: a folder's name, with a hyphen in place of each run of characters that Pulumi forbids."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.resolve().name).strip("-") or "webhooks"

"""A folder with a Pulumi program: the project's name and the settings of its stacks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from hookline.errors import UserError
from hookline.local.process.home import Home


@dataclass(frozen=True)
class Project:
    """A folder with a Pulumi program.

    Attributes:
        path: the folder with `Pulumi.yaml`.
    """

    path: Path

    @property
    def home(self) -> Home:
        """The folder for the files of local mode."""
        return Home(self.path / ".hookline")

    @property
    def rehearsal(self) -> Home:
        """The folder for the files of a rehearsal, which has an emulator of its own."""
        return Home(self.home.path / "rehearsal")

    @property
    def program(self) -> Path:
        """The path of the Pulumi program's file."""
        return self.path / "__main__.py"

    def name(self) -> str:
        """Return the name of the Pulumi project. Raise `UserError` if `Pulumi.yaml` or the name in it is missing."""
        file = self.path / "Pulumi.yaml"
        if not file.exists():
            raise UserError(f"there is no Pulumi.yaml in {self.path}: run this in the project's folder")
        name = _read(file).get("name")
        if not isinstance(name, str):
            raise UserError(f"{file.name} has no project name: add the key name")
        return name

    def config(self, stack: str) -> dict[str, str]:
        """Return the settings in a stack's file, as setting → text.

        Raises:
            UserError: if the file is missing or not valid, or a value is encrypted.
        """
        file = self.path / f"Pulumi.{stack}.yaml"
        if not file.exists():
            known = sorted(f.name.split(".")[1] for f in self.path.glob("Pulumi.*.yaml"))
            raise UserError(f"there is no {file.name}: the stacks here are {', '.join(known) or 'none'}")
        values = _mapping(file, _read(file).get("config"))
        return {
            key if ":" in key else f"{self.name()}:{key}": _setting(file, key, value) for key, value in values.items()
        }


def _read(file: Path) -> dict[str, object]:
    try:
        return _mapping(file, yaml.safe_load(file.read_text()))
    except yaml.YAMLError as error:
        raise UserError(f"{file.name} is not YAML: {' '.join(str(error).split())}") from None


def _mapping(file: Path, content: object) -> dict[str, object]:
    if not isinstance(content or {}, dict):
        raise UserError(f"{file.name} must contain settings in the form `name: value`")
    return cast("dict[str, object]", content or {})


def _setting(file: Path, key: str, value: object) -> str:
    if isinstance(value, dict) and "secure" in value:
        raise UserError(f"{file.name}: {key} is encrypted, and local mode cannot decrypt it: use an unencrypted value")
    return value if isinstance(value, str) else json.dumps(value, default=str)

"""A folder with a Pulumi program: its name and the settings of its stacks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import yaml

from hookline.local.emulator import Home, LocalError


@dataclass(frozen=True)
class Project:
    """A folder with a Pulumi program.

    Attributes:
        path: the folder that holds `Pulumi.yaml`.
    """

    path: Path

    @property
    def home(self) -> Home:
        """Where local mode keeps its files."""
        return Home(self.path / ".hookline")

    @property
    def program(self) -> Path:
        """The program itself."""
        return self.path / "__main__.py"

    def name(self) -> str:
        """The project's name; raises `LocalError` if the folder holds no Pulumi program."""
        file = self.path / "Pulumi.yaml"
        if not file.exists():
            raise LocalError(f"there is no Pulumi.yaml in {self.path}: run this in the project's folder")
        return yaml.safe_load(file.read_text())["name"]

    def config(self, stack: str) -> dict[str, str]:
        """The settings of a stack, as Pulumi stores them; raises `LocalError` if there are none or one is encrypted."""
        file = self.path / f"Pulumi.{stack}.yaml"
        if not file.exists():
            known = sorted(f.name.split(".")[1] for f in self.path.glob("Pulumi.*.yaml"))
            raise LocalError(f"there is no {file.name}: the stacks here are {', '.join(known) or 'none'}")
        content: dict[str, dict[str, object]] = yaml.safe_load(file.read_text()) or {}
        values = content.get("config") or {}
        return {key: _setting(file, key, value) for key, value in values.items()}


def _setting(file: Path, key: str, value: object) -> str:
    if isinstance(value, dict) and "secure" in value:
        raise LocalError(f"{file.name}: {key} is encrypted, and local mode has no key to read it")
    return value if isinstance(value, str) else json.dumps(value)

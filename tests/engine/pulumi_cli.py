"""The Pulumi CLI, and stacks that it makes in the emulator of a rehearsal."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STAND_IN = Path(__file__).parent / "language_host.py"
DIAGNOSTICS = ("warning", "error")


@dataclass(frozen=True)
class Stack:
    """A stack of the Pulumi CLI.

    Attributes:
        folder: the project's folder.
        name: the stack's name.
        environment: all environment variables of the CLI.
    """

    folder: Path
    name: str
    environment: Mapping[str, str]

    def pulumi(self, *arguments: str, status: int = 0) -> str:
        """Run a command of the CLI for the stack, and return what it prints.

        Args:
            arguments: the command and its options, without the stack.
            status: the expected exit status.
        """
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False, **self.place)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def command(self, *arguments: str) -> list[str]:
        """The words of a command of the CLI for the stack."""
        return ["pulumi", *arguments, "--stack", self.name, "--non-interactive"]

    @property
    def place(self) -> dict[str, Any]:
        """The folder and the environment of a command, as arguments of `subprocess`."""
        return {"cwd": self.folder, "env": self.environment}

    def up(self, *options: str) -> str:
        """Deploy the program, and return what the CLI prints."""
        return self.pulumi("up", "--yes", "--skip-preview", *options)

    def destroy(self) -> None:
        """Delete all resources."""
        self.pulumi("destroy", "--yes", "--skip-preview")

    def preview(self) -> Preview:
        """Return what `pulumi up` would do."""
        return Preview(json.loads(self.pulumi("preview", "--json")))

    def set(self, **settings: object) -> None:
        """Change settings of hookline in the stack's file. None removes a setting."""
        for name, value in settings.items():
            command = ["config", "rm"] if value is None else ["config", "set-all", "--json"]
            key = f"hookline:{name}"
            content = [key] if value is None else [json.dumps({key: {"value": _text(value), "secret": False}})]
            self.pulumi(*command, *content)

    def outputs(self) -> dict[str, Any]:
        """Return the outputs of the last `pulumi up`."""
        return json.loads(self.pulumi("stack", "output", "--json"))

    def state(self) -> str:
        """Return the state of the stack as its backend stores it."""
        stacks = Path(self.environment["PULUMI_BACKEND_URL"].removeprefix("file://"))
        (file,) = stacks.rglob(f"stacks/*/{self.name}.json")
        return file.read_text()

    def pending(self) -> list[Any]:
        """Return the operations that an interrupted command left in the state."""
        deployment = json.loads(self.pulumi("stack", "export"))["deployment"]
        return deployment.get("pending_operations") or []


@dataclass(frozen=True)
class Preview:
    """What `pulumi up` would do, as `pulumi preview --json` says it."""

    content: dict[str, Any]

    def urns(self, *operations: str) -> set[str]:
        """Return the URNs of the resources to which one of these operations would be applied."""
        return {step["urn"] for step in self.content["steps"] if step["op"] in operations}

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Every step, as the CLI says it."""
        return self.content["steps"]

    @property
    def diagnostics(self) -> list[str]:
        """Return the warnings and errors of the program and of the engine."""
        found = self.content.get("diagnostics") or []
        shown = [line["message"] for line in found if line["severity"] in DIAGNOSTICS]
        return [message for message in shown if "using pulumi-language-python from $PATH" not in message]


def make_project(folder: Path, program: str | None = None) -> Path:
    """Make a folder with the repository's virtual environment, and with its program or another one."""
    folder.mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    (folder / "__main__.py").write_text(program or (ROOT / "__main__.py").read_text())
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def search_path(folder: Path, inherited: str) -> str:
    """Return a PATH on which the CLI finds uv, and a language host of Python even if it came without one."""
    path = f"{ROOT / '.tools' / 'bin'}:{inherited}"
    beside = Path(shutil.which("pulumi") or "").parent / "pulumi-language-python"
    if beside.exists():
        return path
    script = folder / "pulumi-language-python"
    script.write_text(f'#!/bin/sh\nexec "{ROOT}/.venv/bin/python" "{STAND_IN}" "$@"\n')
    script.chmod(0o700)
    return f"{folder}:{path}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)

"""What a user gets from `pip install`, far from this repository: the components, the command and local mode."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OWN_MODULE = re.compile(r"hookline/(__init__|(core|functions)/[\w/]+)\.pyc")
RUN_THE_EXAMPLE = """
import json, sys
from pathlib import Path
from support.program import FUNCTION, run

made = run(Path(sys.argv[1]), {})
archives = {f.inputs["name"]: sorted(f.inputs["code"].files) for f in made.by_type(FUNCTION)}
tables = [table.inputs["ttl"]["attributeName"] for table in made.by_type("aws:dynamodb/table:Table")]
found = {"archives": archives, "tables": tables, "outputs": sorted(made.outputs), "count": len(made.resources)}
print(json.dumps(found))
"""


def run(commands: Path, folder: Path, *command: str, path: Path | None = None, status: int = 0) -> str:
    """Run a command of an environment, and return what it prints.

    Args:
        commands: the folder of the environment's commands.
        folder: the current folder.
        command: the command's name and its arguments.
        path: a folder of modules in addition.
        status: the expected exit status.
    """
    unset = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "HOOKLINE_PACKAGED")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"PYTHONPATH": str(path)} if path else {}
    name, *arguments = command
    done = subprocess.run(
        [commands / name, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def example() -> str:
    """Return the program in the README that uses a component."""
    found = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def components(install: Callable[..., Path]) -> Path:
    """An environment with the components alone."""
    return install("")


@pytest.fixture(scope="module", params=["lowest", "locked"])
def everything(request: pytest.FixtureRequest, install: Callable[..., Path], locked: Path) -> Path:
    """An environment with local mode, with the lowest versions that are allowed, and with those of the lock file."""
    if request.param == "lowest":
        return install("[local]", "--resolution", "lowest-direct")
    return install("[local]", "--constraint", str(locked))


@pytest.fixture(scope="module")
def shop(everything: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project that `hookline init` made, brought up on this machine."""
    folder = tmp_path_factory.mktemp("elsewhere")
    run(everything, folder, "hookline", "init", "shop")
    run(everything, folder / "shop", "hookline", "up")
    yield folder / "shop"
    run(everything, folder / "shop", "hookline", "down", "--all")


def test_a_new_project_passes_the_demonstration(everything: Path, shop: Path) -> None:
    """Each line of the demonstration is as expected, in a folder that knows nothing of this repository."""
    assert "✓ 14 of 14 as expected" in run(everything, shop, "hookline", "demo")


def test_a_new_project_has_a_bill(everything: Path, shop: Path) -> None:
    """The costs of its production stack are calculated."""
    bill: dict[str, Any] = json.loads(
        run(everything, shop, "hookline", "cost", "--stack", "prod", "--format", "json").partition("\n\n")[0]
    )
    assert float(bill["total_usd"]) > 1


def test_the_components_work_without_the_command(components: Path, tmp_path: Path) -> None:
    """The README's own program registers its resources, and an archive holds modules of hookline only."""
    program = tmp_path / "__main__.py"
    program.write_text(example())
    printed = run(components, tmp_path, "python", "-c", RUN_THE_EXAMPLE, str(program), path=ROOT / "tests")
    found = json.loads(printed)
    assert found["archives"].keys() == {"validator-shop", "router-shop"}
    for files in found["archives"].values():
        assert len(files) > 10
        assert all(
            re.fullmatch(r"hookline/(core|functions)/[\w/]+\.pyc|hookline/__init__\.pyc", file) for file in files
        )
    assert found["outputs"] == ["webhook_url"]
    assert found["tables"] == ["expires_at"]
    assert found["count"] > 40


def test_other_languages_need_only_the_components(components: Path, tmp_path: Path) -> None:
    """What the plugin's folder requires has the components that its schema lists."""
    run(components, tmp_path, "python", "-m", "hookline.languages.host", "schema.json")
    made, listed = (json.loads((folder / "schema.json").read_text()) for folder in (tmp_path, ROOT / "plugin"))
    assert made["resources"].keys() == listed["resources"].keys()


def test_the_command_says_what_it_lacks(components: Path, tmp_path: Path) -> None:
    """Without its extra it is there, and names what to install."""
    assert "pip install 'hookline[cli]'" in run(components, tmp_path, "hookline", "--version", status=1)

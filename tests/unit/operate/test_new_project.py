"""`hookline init`: a new project, in which the other commands work."""

from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from hookline.errors import UserError
from hookline.local.project import Project
from hookline.operate.new_project import make_project, project_name

ROOT = Path(__file__).parents[3]
FILES = [".gitignore", "Pulumi.dev.yaml", "Pulumi.prod.yaml", "Pulumi.yaml", "README.md", "__main__.py"]


def test_a_new_project_is_complete(tmp_path: Path) -> None:
    """The project has this repository's program, the folder's name, and the package's version."""
    folder = tmp_path / "a" / "my shop"
    assert make_project(folder) == [*FILES, "requirements.txt"]
    assert (folder / "__main__.py").read_text() == (ROOT / "__main__.py").read_text()
    assert Project(folder).name() == "my-shop"
    assert Project(folder).config("dev")["hookline:environmentSuffix"] == "dev"
    assert yaml.safe_load((folder / "Pulumi.prod.yaml").read_text())["config"]["hookline:environmentSuffix"] == "prod"
    assert (folder / "requirements.txt").read_text() == f"hookline[local]=={version('hookline')}\n"
    assert (folder / "README.md").read_text().startswith("# my-shop\n")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder that contains one of the files does not change."""
    (tmp_path / "Pulumi.yaml").write_text("mine")
    with pytest.raises(UserError, match=r"already contains Pulumi.yaml: choose an empty folder"):
        make_project(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["Pulumi.yaml"]


def test_a_folder_without_a_usable_name_gets_one() -> None:
    """Pulumi requires a project name."""
    assert project_name(Path("/")) == "webhooks"
    assert project_name(Path("/x/--é--")) == "webhooks"

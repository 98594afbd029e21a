"""The copy of a project's folder for a rehearsal."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookline.local.rehearsal.project_copy import copy_project

SETTINGS = "config:\n  # What this is for.\n  shop:size: 1\n"
ENCRYPTED = f"secretsprovider: awskms://alias/key\nencryptedkey: k\n{SETTINGS}encryptionsalt: v1:salt\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the folder of a project that has another one in a folder."""
    root = tmp_path / "shop"
    (root / "account").mkdir(parents=True)
    for file in ("Pulumi.yaml", "__main__.py", "account/Pulumi.yaml"):
        (root / file).write_text(file)
    for file in ("Pulumi.prod.yaml", "account/Pulumi.shared.yml"):
        (root / file).write_text(ENCRYPTED)
    for folder in (".venv/bin", ".hookline/scratch", ".git/objects", "node_modules/left-pad"):
        (root / folder).mkdir(parents=True)
    (root / "itself").symlink_to(root)
    return root


@pytest.mark.parametrize("file", ["Pulumi.prod.yaml", "account/Pulumi.shared.yml"])
def test_settings_are_copied_without_the_encryption_of_secrets(project: Path, tmp_path: Path, file: str) -> None:
    """A rehearsal has another passphrase, and what it writes does not reach the user's file."""
    copy = copy_project(project, tmp_path / "copy")
    assert (copy / file).read_text() == SETTINGS
    (copy / file).write_text("changed")
    assert (project / file).read_text() == ENCRYPTED


def test_the_program_can_be_changed_meanwhile(project: Path, tmp_path: Path) -> None:
    """Its files are the user's own."""
    copy = copy_project(project, tmp_path / "copy")
    (project / "__main__.py").write_text("changed")
    assert (copy / "__main__.py").read_text() == "changed"


def test_libraries_are_not_copied_and_the_history_stays_out(project: Path, tmp_path: Path) -> None:
    """A link to a folder of libraries is enough. A folder that Pulumi may write to is no link."""
    copy = copy_project(project, tmp_path / "copy")
    assert {entry.name for entry in copy.iterdir() if entry.is_symlink()} == {
        ".venv", "itself", "node_modules", "Pulumi.yaml", "__main__.py",
    }  # fmt: skip
    assert {entry.name for entry in copy.iterdir()} >= {"account", "Pulumi.prod.yaml"}
    assert not {".git", ".hookline"} & {entry.name for entry in copy.iterdir()}


def test_a_project_in_the_folder_of_another_one_may_refer_to_it(project: Path, tmp_path: Path) -> None:
    """The virtual environment of account/ is ../.venv."""
    copy = copy_project(project / "account", tmp_path / "copy")
    assert copy == tmp_path / "copy" / "account"
    assert (copy / ".." / ".venv" / "bin").is_dir()

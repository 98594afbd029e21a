"""The search for known vulnerabilities covers every dependency that a lock file names."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def lock_files() -> set[str]:
    """Return the paths of the lock files in the repository."""
    return {str(path.relative_to(ROOT)) for pattern in ("uv.lock", "*/uv.lock") for path in ROOT.glob(pattern)}


def test_every_lock_file_is_audited_with_all_its_groups() -> None:
    """A tool for development runs with the rights of a developer, so its vulnerabilities count too."""
    makefile = (ROOT / "Makefile").read_text()
    recipe = makefile.partition("\naudit:")[2].partition("\n.PHONY")[0]
    projects = re.findall(r"for project in (.*); do", recipe)[0].split()
    assert {str(Path(project) / "uv.lock") for project in projects} == lock_files()
    assert "--project $$project --frozen --all-extras --all-groups" in recipe
    assert not re.search(r"--no-dev|--no-group|--only-group|--no-extra", recipe)


def test_a_change_of_any_lock_file_starts_an_audit() -> None:
    """The workflow lists the lock files for a push and for a pull request."""
    found = re.findall(r"paths: \[(.*)\]", (ROOT / ".github" / "workflows" / "audit.yml").read_text())
    assert [set(paths.split(", ")) for paths in found] == [lock_files()] * 2

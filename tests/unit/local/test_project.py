"""The project's folder: its name, and the settings of its stacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookline.errors import UserError
from hookline.local.project import Project


def project(folder: Path, **files: str) -> Project:
    """Return a project whose folder has these files, `Pulumi_dev` for `Pulumi.dev.yaml`."""
    for name, text in ({"Pulumi": "name: shop\n"} | files).items():
        (folder / f"{name.replace('_', '.')}.yaml").write_text(text)
    return Project(folder)


def test_a_project_has_a_name_a_program_and_a_home(tmp_path: Path) -> None:
    """All files are in the project's folder."""
    its = project(tmp_path)
    assert its.name() == "shop"
    assert its.program == tmp_path / "__main__.py"
    assert its.home.path == tmp_path / ".hookline"
    assert its.rehearsal.path == tmp_path / ".hookline" / "rehearsal"
    assert its.home.certificate is None


def test_settings_are_the_texts_that_pulumi_stores(tmp_path: Path) -> None:
    """Other values than strings become JSON; a name without a namespace gets the project's."""
    text = """
config:
  shop:on: true
  shop:off: "off"
  shop:days: 35
  shop:list: [1, {a: b}]
  shop:date: 2026-11-21
  suffix: dev
"""
    assert project(tmp_path, Pulumi_dev=text).config("dev") == {
        "shop:on": "true",
        "shop:off": "off",
        "shop:days": "35",
        "shop:list": '[1, {"a": "b"}]',
        "shop:date": '"2026-11-21"',
        "shop:suffix": "dev",
    }


@pytest.mark.parametrize("text", ["", "config:\n", "encryptionsalt: v1:abc\n"])
def test_a_stack_may_have_no_settings(tmp_path: Path, text: str) -> None:
    """An empty settings file is enough for a stack."""
    assert project(tmp_path, Pulumi_dev=text).config("dev") == {}


def test_a_folder_without_a_program_is_named(tmp_path: Path) -> None:
    """The message names the folder and the solution."""
    with pytest.raises(UserError, match=f"there is no Pulumi.yaml in {tmp_path}: run this in the project's folder"):
        Project(tmp_path).name()


def test_an_unknown_stack_lists_those_that_are_known(tmp_path: Path) -> None:
    """The message helps to find a typing error."""
    its = project(tmp_path)
    with pytest.raises(UserError, match=r"no Pulumi\.x\.yaml: the stacks here are none"):
        its.config("x")
    project(tmp_path, Pulumi_prod="", Pulumi_dev="")
    with pytest.raises(UserError, match="the stacks here are dev, prod"):
        its.config("x")


def test_an_encrypted_setting_is_refused_by_name(tmp_path: Path) -> None:
    """Local mode has no key to decrypt a setting."""
    text = "config:\n  shop:password:\n    secure: v1:abc\n"
    with pytest.raises(UserError, match=r"Pulumi\.dev\.yaml: shop:password is encrypted"):
        project(tmp_path, Pulumi_dev=text).config("dev")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("config: [a\n", "is not YAML"),
        ("- a\n", "must contain settings in the form `name: value`"),
        ("config: text\n", "must contain settings in the form `name: value`"),
    ],
)
def test_a_settings_file_that_makes_no_sense_is_named(tmp_path: Path, text: str, problem: str) -> None:
    """The message is one line."""
    with pytest.raises(UserError, match=rf"^Pulumi\.dev\.yaml {problem}") as caught:
        project(tmp_path, Pulumi_dev=text).config("dev")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "runtime: python\n", "name: 7\n"])
def test_a_project_without_a_name_is_refused(tmp_path: Path, text: str) -> None:
    """Pulumi also requires a name."""
    with pytest.raises(UserError, match=r"Pulumi\.yaml has no project name: add the key name"):
        project(tmp_path, Pulumi=text).name()

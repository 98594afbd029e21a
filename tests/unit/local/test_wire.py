"""Conversion of values between the Pulumi SDK and local mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import rpc

from hookline.program import wire

SIGNATURE = rpc._special_sig_key
SECRET = rpc._special_secret_sig
ASSET = rpc._special_asset_sig
ARCHIVE = rpc._special_archive_sig


def plain(value: Any) -> Any:
    """Return a value as it arrives from the SDK."""
    return wire.to_plain(wire.to_struct({"value": value}))["value"]


@pytest.mark.parametrize("value", [1, 0, -3, 1.5, "text", True, None, [1, [2.5]], {"a": {"b": [True]}}, [], {}])
def test_plain_values_come_through(value: Any) -> None:
    """Whole numbers stay integers, although protobuf stores them as floats."""
    assert plain(value) == value
    assert type(plain(value)) is type(value)


def test_a_secret_is_unwrapped_at_any_depth() -> None:
    """The cloud needs the plain value."""
    assert plain({"a": [{SIGNATURE: SECRET, "value": {"b": 7}}]}) == {"a": [{"b": 7}]}


def test_an_archive_holds_its_files(tmp_path: Path) -> None:
    """The archive has the content of files, and texts unchanged."""
    (tmp_path / "a.py").write_text("code")
    assets = {
        "x.txt": {SIGNATURE: ASSET, "text": "words"},
        "a.py": {SIGNATURE: ASSET, "path": str(tmp_path / "a.py")},
    }
    archive = plain({SIGNATURE: ARCHIVE, "assets": assets})
    assert archive == wire.Archive({"a.py": b"code", "x.txt": b"words"})


@pytest.mark.parametrize(
    "value",
    [
        {SIGNATURE: ARCHIVE, "path": "folder"},
        {SIGNATURE: ARCHIVE, "uri": "https://example.com/x.zip"},
        {SIGNATURE: ASSET, "text": "alone"},
        {SIGNATURE: ARCHIVE, "assets": {"x": {SIGNATURE: ASSET, "uri": "https://example.com/x"}}},
    ],
)
def test_what_local_mode_cannot_read_is_refused(value: dict[str, Any]) -> None:
    """Folders, URLs and single assets are errors."""
    with pytest.raises(ValueError, match="an archive whose entries are files or strings"):
        plain(value)


def test_inputs_win_over_outputs_when_both_are_known() -> None:
    """A secret input stays secret in the answer."""
    inputs = wire.to_struct({"password": {SIGNATURE: SECRET, "value": "x"}})
    merged = wire.merge(inputs, {"password": "x", "arn": "arn:1"})
    assert merged["password"][SIGNATURE] == SECRET
    assert merged["arn"] == "arn:1"
    assert "arn" not in inputs

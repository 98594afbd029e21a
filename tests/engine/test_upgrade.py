"""An upgrade of a stack from an earlier version of hookline."""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from engine.pulumi_cli import ROOT, Stack

HOLD_DATA = (
    "aws:cloudwatch/eventArchive:EventArchive",
    "aws:cloudwatch/eventBus:EventBus",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:dynamodb/table:Table",
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
    "aws:secretsmanager/secret:Secret",
    "aws:sqs/queue:Queue",
)
REPLACED_ON_AWS = {
    "archiveName", "bucket", "customerMasterKeySpec", "eventSourceArn", "fifoQueue", "hashKey", "keyUsage", "name",
    "rangeKey",
}  # fmt: skip
"""Inputs of these types whose change replaces the resource on AWS. All other changes happen in place there."""


def _git(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else b""


def last_release(folder: Path) -> str:
    """Return the tag of the last release before the present commit, which may be a release itself; else nothing."""
    return _git(folder, "describe", "--tags", "--abbrev=0", "HEAD^").decode().strip()


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """Return the files of the version in HOOKLINE_UPGRADE_FROM, or of the last release."""
    version = os.environ.get("HOOKLINE_UPGRADE_FROM") or last_release(ROOT)
    if not version:
        pytest.skip("there is no release in the history: name a commit, make engine FROM=COMMIT")
    files = _git(ROOT, "archive", version, "__main__.py", "src")
    assert files, f"the history does not reach back to {version}"
    with tarfile.open(fileobj=BytesIO(files)) as archive:
        archive.extractall(tmp_path / "earlier", filter="data")
    return tmp_path / "earlier"


def test_a_release_is_compared_with_the_one_before(tmp_path: Path) -> None:
    """On the commit of a release, its own tag is not the last release."""
    _git(tmp_path, "init", "--quiet")
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "commit.gpgsign=false")
    for tag in ("v1.0.0", "v1.1.0"):
        _git(tmp_path, *identity, "commit", "--quiet", "--allow-empty", "--message", tag)
        assert last_release(tmp_path) == ("v1.0.0" if tag == "v1.1.0" else "")
        _git(tmp_path, "tag", tag)
    assert last_release(tmp_path) == "v1.0.0"


def lost(step: dict[str, object]) -> bool:
    """Return True if a step would delete or replace, on AWS, what holds data."""
    kind = str(step["urn"]).split("::")[2].rpartition("$")[2]
    if not kind.startswith(HOLD_DATA):
        return False
    reasons = {str(reason).partition(".")[0] for reason in step.get("replaceReasons") or ()}  # type: ignore[attr-defined]
    return step["op"] == "delete" or bool(reasons & REPLACED_ON_AWS)


def test_an_upgrade_keeps_all_data(make_stack: Callable[..., Stack], earlier: Path) -> None:
    """No table, bucket, queue, secret, bus or log group is deleted or replaced, and `up` completes."""
    stack = make_stack("upgrade")
    program, path = stack.folder / "__main__.py", f"{earlier / 'src'}"
    today = program.read_text()
    program.write_text((earlier / "__main__.py").read_text())
    replace(stack, environment=stack.environment | {"PYTHONPATH": path}).up()  # type: ignore[operator]
    program.write_text(today)
    assert [step["urn"] for step in stack.preview().steps if lost(step)] == []
    stack.up()
    stack.up("--expect-no-changes")

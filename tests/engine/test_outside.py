"""A stack from outside of the rehearsal, to which a command leads by mistake."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from engine.names import names
from engine.pulumi_cli import Stack

from hookline.local.cloud import Cloud
from hookline.local.rehearsal.provider import MARK

PROGRAM = """
import pulumi_aws as aws
aws.sqs.Queue("q", name="queue-outside", visibility_timeout_seconds=60)
"""


@pytest.fixture
def outside(make_stack: Callable[..., Stack], tmp_path: Path) -> Stack:
    """Return a stack whose state says nothing of the rehearsal."""
    stack = make_stack("outside", PROGRAM)
    stack.up()
    state = json.loads(stack.pulumi("stack", "export"))
    for resource in state["deployment"]["resources"]:
        resource.get("outputs", {}).pop(MARK, None)
    (tmp_path / "state.json").write_text(json.dumps(state))
    stack.pulumi("stack", "import", "--file", str(tmp_path / "state.json"))
    return stack


def test_the_state_of_a_stack_from_outside_stays(outside: Stack, cloud: Cloud) -> None:
    """No command changes its resources or forgets them."""
    program = outside.folder / "__main__.py"
    program.write_text(PROGRAM.replace("60", "90"))
    for command in ("destroy", "refresh", "up"):
        words = outside.command(command, "--yes", "--skip-preview")
        done = subprocess.run(words, capture_output=True, text=True, check=False, **outside.place)
        assert done.returncode, command
        assert "this rehearsal did not make q" in done.stdout + done.stderr
    assert "queue-outside" in outside.state()
    assert names(cloud, "queue-outside") != []

"""A `pulumi up` that is interrupted, and the next one."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable

import pytest
from engine.names import names
from engine.pulumi_cli import Stack
from support.waiting import wait_until

from hookline.local.cloud import Cloud


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill"])
def test_the_next_up_completes_an_interrupted_one(
    make_stack: Callable[..., Stack], cloud: Cloud, sign: signal.Signals
) -> None:
    """After Ctrl-C or a kill in the middle, the next `up` makes the rest, and `destroy` finds everything."""
    name = f"cut{sign.value}"
    stack = make_stack(name)
    stack.set(systems=["transactions"])
    command = stack.command("up", "--yes", "--skip-preview")
    up = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **stack.place)
    wait_until(lambda: len(names(cloud, name)) > 15)
    up.send_signal(sign)
    assert up.wait() != 0
    made = len(names(cloud, name))
    if sign == signal.SIGKILL:
        assert stack.pending()
        stack.pulumi("cancel", "--yes")  # a killed CLI leaves the stack locked
        stack.pulumi("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    stack.up()
    assert len(names(cloud, name)) > made
    assert not stack.pending()
    stack.up("--expect-no-changes")
    stack.destroy()
    assert names(cloud, name) == []

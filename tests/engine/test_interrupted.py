"""A `pulumi up` that is interrupted, and the next one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable

import pytest
from engine.names import names
from engine.pulumi_cli import Stack
from support.waiting import wait_until

from hookline.local.cloud import Cloud


def kill(up: subprocess.Popen[bytes], stack: Stack) -> None:
    """Kill the CLI during a creation, but not while it writes the state: its file would be cut off."""

    def creating() -> bool:
        up.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, up.pid, os.WSTOPPED)
        try:
            state = json.loads(stack.state())
        except ValueError:
            state = {"checkpoint": {"latest": {}}}
        if state["checkpoint"]["latest"].get("pending_operations"):
            return True
        up.send_signal(signal.SIGCONT)
        return False

    wait_until(creating)
    up.kill()


@pytest.mark.parametrize("way", ["interrupt", "kill"])
def test_the_next_up_completes_an_interrupted_one(make_stack: Callable[..., Stack], cloud: Cloud, way: str) -> None:
    """After Ctrl-C or a kill in the middle, the next `up` makes the rest, and `destroy` finds everything."""
    stack = make_stack(name := f"after-{way}")
    stack.set(systems=["transactions"])
    command = stack.command("up", "--yes", "--skip-preview")
    up = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **stack.place)
    wait_until(lambda: len(names(cloud, name)) > 15)
    if way == "kill":
        kill(up, stack)
    else:
        up.send_signal(signal.SIGINT)
    assert up.wait() != 0
    made = len(names(cloud, name))
    if way == "kill":
        assert stack.pending()
        stack.pulumi("cancel", "--yes")  # a killed CLI leaves the stack locked
        stack.pulumi("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    stack.up()
    assert len(names(cloud, name)) > made
    assert not stack.pending()
    stack.up("--expect-no-changes")
    stack.destroy()
    assert names(cloud, name) == []

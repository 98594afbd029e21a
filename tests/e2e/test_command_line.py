"""The results of `hookline demo` on the stack under test."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from support.live.webhooks import ARRIVAL_SECONDS

from hookline.operate.arrivals import Arrivals
from hookline.operate.demo import curl, run_demo
from hookline.operate.target import Target


@pytest.fixture(params=["target", "strict"])
def stack(request: pytest.FixtureRequest) -> Target:
    """Return the stack under test, and a stack that requires signatures."""
    return request.getfixturevalue(request.param)


def test_every_line_of_the_demonstration_is_as_expected(stack: Target) -> None:
    """In both systems, all expected effects happen, and no others."""
    assert [(line.step.title, line.answer.status) for line in run_demo(stack) if not line.as_expected] == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_command_line_works_as_it_stands(stack: Target) -> None:
    """The printed command sends a payment that is accepted and reaches its queue."""
    answer = subprocess.run(["sh", "-c", curl(stack)], capture_output=True, text=True, check=True).stdout
    head, _, body = answer.replace("\r\n", "\n").partition("\n\n")
    assert head.split()[1] == "202"
    event_id = json.loads(body)["event_id"]
    with Arrivals(stack, event_id) as arrivals:
        assert not arrivals.wait_for([event_id], ARRIVAL_SECONDS)
    assert arrivals.of(event_id)[0].queue == "payment"

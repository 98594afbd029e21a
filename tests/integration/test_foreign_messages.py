"""Messages of others in the queues of a stack: the demo and the end-to-end tests leave them alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from integration.flow import Flow

from hookline.errors import UserError
from hookline.operate.demo import run_demo

READ_BY_FUNCTIONS = ("sqs_queue_url", "forward_failures_queue_url")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def foreign(flow: Flow) -> dict[str, str]:
    """Put a message of somebody else into every queue that no function of the stack reads.

    Return name of an output → URL of the queue.
    """
    found = flow.webhooks.target.outputs
    names = [name for name in found if name.endswith(("_queue_url", "_dlq_url")) and name not in READ_BY_FUNCTIONS]
    for name in names:
        flow.client("sqs").purge_queue(QueueUrl=found[name])  # another test has left messages
        group = {"MessageGroupId": "others", "MessageDeduplicationId": uuid.uuid4().hex}
        more = group if found[name].endswith(".fifo") else {}
        flow.client("sqs").send_message(QueueUrl=found[name], MessageBody="of somebody else", **more)
    return {name: found[name] for name in names}


def assert_untouched(flow: Flow, urls: dict[str, str]) -> None:
    """Assert that each queue has the message, and that nobody has received it before. Delete it."""
    for name, url in urls.items():
        answer: dict[str, Any] = flow.client("sqs").receive_message(QueueUrl=url, AttributeNames=["All"])
        (message,) = answer["Messages"]
        assert (name, message["Body"]) == (name, "of somebody else")
        assert message["Attributes"]["ApproximateReceiveCount"] == "1"
        flow.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_the_demo_neither_receives_nor_moves_messages_of_others(flow: Flow, foreign: dict[str, str]) -> None:
    """With messages in the queues, the demo sends nothing and receives nothing, however often it is started."""
    for _ in range(4):
        with pytest.raises(UserError, match="payments: 1"):
            run_demo(flow.webhooks.target)
    assert_untouched(flow, foreign)


def test_the_end_to_end_tests_neither_receive_nor_move_messages_of_others(
    flow: Flow, foreign: dict[str, str], tmp_path: Path
) -> None:
    """`make verify` ends with the reason and status 1, before its first test."""
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(flow.webhooks.target.outputs)}\nEND\n")
    pulumi.chmod(0o755)
    meta = flow.client("sqs").meta
    keys = flow.client("sqs")._request_signer._credentials
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "HOOKLINE_AWS_STACK": "flow",
        "AWS_ENDPOINT_URL": meta.endpoint_url,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
    }
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "tests/e2e/test_transactions.py"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "the queues have messages that this run would receive" in ran.stdout + ran.stderr
    assert " passed" not in ran.stdout
    assert_untouched(flow, foreign)

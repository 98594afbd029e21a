"""Secrets in the state of a stack."""

from __future__ import annotations

from collections.abc import Callable

from engine.pulumi_cli import Stack

from hookline.local.cloud import Cloud

HIDDEN = "nobody-may-read-this"
PROGRAM = """
import pulumi, pulumi_aws as aws
word = pulumi.Config("hookline").require_secret("word")
queue = aws.sqs.Queue("q", name="secret-word", tags={"Word": word})
pulumi.export("word", word)
"""


def test_a_secret_is_encrypted_in_the_state(make_stack: Callable[..., Stack], cloud: Cloud) -> None:
    """A secret setting reaches the resource, but neither the state nor what the CLI prints contains it."""
    stack = make_stack("word", PROGRAM)
    stack.pulumi("config", "set", "--secret", "hookline:word", HIDDEN)
    printed = stack.up()
    url = cloud.call("sqs", "get_queue_url", QueueName="secret-word")["QueueUrl"]
    assert cloud.call("sqs", "list_queue_tags", QueueUrl=url)["Tags"]["Word"] == HIDDEN
    for text in (printed, stack.state(), stack.pulumi("stack", "export")):
        assert HIDDEN not in text
    assert '"ciphertext"' in stack.state()
    stack.up("--expect-no-changes")

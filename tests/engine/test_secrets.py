"""Secrets in the state of a stack."""

from __future__ import annotations

from collections.abc import Callable

from engine.pulumi_cli import Stack

from hookline.local.cloud import Cloud

HIDDEN = "nobody-may-read-this"
PROGRAM = """
import pulumi, pulumi_aws as aws
from hookline.infra import LastUp
last_up = LastUp()
word = pulumi.Config("hookline").require_secret("word")
if not pulumi.Config("hookline").get("gone"):
    queue = aws.sqs.Queue("q", name=f"secret-{pulumi.get_stack()}", tags={"Word": word})
pulumi.export("word", word)
last_up.warn_of_losses({"word": word})
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


def test_a_secret_in_the_state_does_not_hide_what_a_change_deletes(make_stack: Callable[..., Stack]) -> None:
    """The warning names the deleted resource, and contains no secret."""
    stack = make_stack("words", PROGRAM)
    stack.pulumi("config", "set", "--secret", "hookline:word", HIDDEN)
    stack.up()
    stack.set(gone="yes")
    (warning,) = stack.preview().diagnostics
    assert warning.endswith("It deletes queues (with their messages): q\n")

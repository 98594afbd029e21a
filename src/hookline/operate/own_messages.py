"""Checks before a run that sends made-up events: it must not touch messages of others, nor reach real consumers.

The demo and the end-to-end tests read the queues of the consumers. Each receive of a message counts, and after three
receives SQS moves a message to the dead-letter queue. SQS cannot show a message without a receive. So a run begins only
if its queues are empty.
"""

from __future__ import annotations

from collections.abc import Mapping

from hookline.errors import UserError
from hookline.operate.target import Target

_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


def queues_of_consumers(target: Target) -> dict[str, str]:
    """Return name → URL of the queues for payments, refunds and disputes, and of their dead-letter queues."""
    if not target.has_transactions:
        return {}
    dead_letters = {f"dead letters of {kind}s": url for kind, url in target.dead_letter_urls.items()}
    return {f"{kind}s": url for kind, url in target.queue_urls.items()} | dead_letters


def require_verifiable(target: Target) -> None:
    """Raise an error if made-up events could reach real consumers: on AWS, the stack needs the setting `verifiable`.

    Raises:
        UserError: if the stack is on AWS and not verifiable.
    """
    if not target.on_this_machine and target.outputs.get("verifiable") is not True:
        raise UserError(
            "this stack is not for tests, so made-up payments could reach real consumers. Use a stack of its own with "
            "the setting hookline:verifiable: true"
        )


def require_own_messages(target: Target) -> None:
    """Raise an error if a run with made-up events could touch messages of others, or reach real consumers.

    The queues of the consumers and their dead-letter queues must be empty, and the stack must be verifiable.

    Raises:
        UserError: if the stack is not verifiable, or if a queue has messages.
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: if a queue's attributes cannot be read.
    """
    require_verifiable(target)
    held = {name: count for name, url in queues_of_consumers(target).items() if (count := messages_in(target, url))}
    if held:
        raise UserError(_refusal(held, target))


def messages_in(target: Target, url: str) -> int:
    """Return about how many messages a queue has: visible, received and delayed ones. No message is received."""
    found = target.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(_COUNTS))["Attributes"]
    return sum(int(found.get(name, 0)) for name in _COUNTS)


def _refusal(held: Mapping[str, int], target: Target) -> str:
    counts = ", ".join(f"{name}: {count}" for name, count in held.items())
    here = "start again with empty queues (`hookline down`, `hookline up`)"
    return f"the queues have messages that this run would receive ({counts}). Receive and delete them first" + (
        f", or {here}" if target.on_this_machine else ""
    )

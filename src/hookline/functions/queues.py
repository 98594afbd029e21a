"""Sending to SQS in batches, and knowing of every single message whether it was taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hookline.functions.aws.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient
    from types_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

MAX_BATCH_ENTRIES = 10
"""Most messages in one SendMessageBatch call ("SendMessageBatch" in the SQS API reference)."""

MAX_BATCH_BYTES = 1_048_576
"""Most bytes in one SendMessageBatch call, bodies and attributes together (same source)."""

SENDS = 3
"""How often a message is sent at most: once, and twice more when SQS itself failed to take it."""


@dataclass(frozen=True)
class Outgoing:
    """One message to forward.

    Attributes:
        identifier: names the message to its sender: a stream record's sequence number, an event's key.
        body: the message, ready to go.
        attributes: the message's attributes, all of them strings.
        received_at: when the event was accepted.
        group: message group, for a FIFO queue.
    """

    identifier: str
    body: str
    attributes: dict[str, str]
    received_at: datetime
    group: str | None = None

    def size(self) -> int:
        """Return what the message counts in SQS, in bytes: body, and name, type and value of attributes."""
        texts = (self.body, *(f"{name}String{value}" for name, value in self.attributes.items()))
        return sum(len(text.encode()) for text in texts)


def batches(messages: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """Split messages, in their order, into batches that one SendMessageBatch call can take."""
    batch: list[Outgoing] = []
    size = 0
    for message in messages:
        if batch and (len(batch) == MAX_BATCH_ENTRIES or size + message.size() > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += message.size()
    if batch:
        yield batch


def deliver(sqs: SQSClient, queue_url: str, batch: Sequence[Outgoing]) -> tuple[dict[str, str], set[str]]:
    """Send one batch, and again exactly what SQS reports as failed by its own fault.

    A call that raises is not repeated here, since the client has already done so.

    Args:
        sqs: SQS.
        queue_url: the queue.
        batch: at most as much as one call can take.

    Returns:
        The error code of each message that was not sent, by its identifier, and which of them SQS refuses for what
        they are, so that no later call could send them.
    """
    failures: dict[str, str] = {}
    refused: set[str] = set()
    pending = {str(index): message for index, message in enumerate(batch)}
    for _ in range(SENDS):
        try:
            errors, faults = _send(sqs, queue_url, pending)
        except AwsError as error:
            return failures | {message.identifier: error.code for message in pending.values()}, refused
        refused |= {pending[key].identifier for key in faults}
        for key, message in pending.items():
            failures.pop(message.identifier, None)
            if key in errors:
                failures[message.identifier] = errors[key]
        pending = {key: message for key, message in pending.items() if key in errors and key not in faults}
        if not pending:
            break
    return failures, refused


def _send(sqs: SQSClient, queue_url: str, pending: Mapping[str, Outgoing]) -> tuple[dict[str, str], set[str]]:
    """Send once; return the code of each entry that failed, and those that SQS refuses for what they are."""
    answer = sqs.send_message_batch(
        QueueUrl=queue_url, Entries=[_entry(key, message) for key, message in pending.items()]
    )
    taken = {entry["Id"] for entry in answer.get("Successful", [])}
    failed = {entry["Id"]: entry for entry in answer.get("Failed", [])}
    # An entry that the answer does not mention has not been taken, for all that is known.
    errors = {key: failed[key]["Code"] if key in failed else "Unanswered" for key in pending.keys() - taken}
    return errors, {key for key, entry in failed.items() if entry["SenderFault"]}


def _entry(key: str, message: Outgoing) -> SendMessageBatchRequestEntryTypeDef:
    entry: SendMessageBatchRequestEntryTypeDef = {
        "Id": key,
        "MessageBody": message.body,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in message.attributes.items()
        },
    }
    if message.group is not None:
        entry["MessageGroupId"] = message.group
    return entry

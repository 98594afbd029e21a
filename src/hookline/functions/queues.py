"""Sending of messages to SQS in batches, with a result for each message."""

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
"""Maximum number of messages in a ``SendMessageBatch`` call ("SendMessageBatch" in the SQS API reference)."""

MAX_BATCH_BYTES = 1_048_576
"""Maximum size in bytes of all bodies and attributes in a ``SendMessageBatch`` call (SQS API reference)."""

SENDS = 3
"""Maximum number of attempts to send a message: one try, and two retries after a fault of SQS."""


@dataclass(frozen=True)
class Outgoing:
    """A message to send to an SQS queue.

    Attributes:
        identifier: id that the caller chooses: the sequence number of a stream record, or the record key of an event.
        body: body of the message.
        attributes: message attributes, all of type String.
        received_at: time at which hookline received the event.
        group: message group in a FIFO queue, or None.
    """

    identifier: str
    body: str
    attributes: dict[str, str]
    received_at: datetime
    group: str | None = None

    def size(self) -> int:
        """Return the size of the message in bytes, as SQS counts it.

        The size includes the body, and the name, type and value of each attribute.
        """
        texts = (self.body, *(f"{name}String{value}" for name, value in self.attributes.items()))
        return sum(len(text.encode()) for text in texts)


def batches(messages: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """Yield the messages, in order, in batches that fit in one ``SendMessageBatch`` call."""
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
    """Send a batch of messages to a queue, and retry the messages that SQS failed to send by its own fault.

    A call that raises ``AwsError`` is not retried here, because the client has already retried it.

    Args:
        sqs: SQS client.
        queue_url: URL of the queue.
        batch: messages that fit in one call.

    Returns:
        Identifier → error code of each message that was not sent, and the identifiers of the messages that SQS rejected
        permanently (``SenderFault``).
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
    """Send messages to a queue with one call, without a retry.

    Args:
        sqs: SQS client.
        queue_url: URL of the queue.
        pending: entry id → message.

    Returns:
        Entry id → error code of each failed message, and the entry ids that SQS rejected permanently (``SenderFault``).
    """
    answer = sqs.send_message_batch(
        QueueUrl=queue_url, Entries=[_entry(key, message) for key, message in pending.items()]
    )
    taken = {entry["Id"] for entry in answer.get("Successful", [])}
    failed = {entry["Id"]: entry for entry in answer.get("Failed", [])}
    # An entry that is missing in the answer of SQS counts as failed.
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

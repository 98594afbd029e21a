"""The router as it is usually written with boto3."""

import json
import os
from typing import Any

import boto3
from botocore.exceptions import ClientError

QUEUE_URLS = {
    "payment": os.environ["PAYMENTS_QUEUE_URL"],
    "refund": os.environ["REFUNDS_QUEUE_URL"],
    "dispute": os.environ["DISPUTES_QUEUE_URL"],
}
ATTRIBUTES = ("transaction_type", "event_id", "trace_id")
BATCH_SIZE = 10

sqs = boto3.client("sqs")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Forward a batch of stream records; report what was not forwarded."""
    entries: dict[str, list[dict[str, Any]]] = {name: [] for name in QUEUE_URLS}
    sequence_numbers, failed = {}, []
    for index, record in enumerate(event["Records"]):
        number = record["dynamodb"]["SequenceNumber"]
        sequence_numbers[str(index)] = number
        try:
            image = record["dynamodb"]["NewImage"]
            entries[image["transaction_type"]["S"]].append(build_entry(str(index), image))
        except KeyError:
            failed.append(number)
    for transaction_type, messages in entries.items():
        for start in range(0, len(messages), BATCH_SIZE):
            refused = send(QUEUE_URLS[transaction_type], messages[start : start + BATCH_SIZE])
            failed += [sequence_numbers[identifier] for identifier in refused]
    print(json.dumps({"records": len(sequence_numbers), "failed": len(failed)}))
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


def build_entry(identifier: str, image: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Build the message of an outbox item."""
    attributes = {name: {"DataType": "String", "StringValue": image[name]["S"]} for name in ATTRIBUTES}
    return {"Id": identifier, "MessageBody": image["message"]["S"], "MessageAttributes": attributes}


def send(queue_url: str, messages: list[dict[str, Any]]) -> list[str]:
    """Send up to ten messages; return the ids of those that were not taken."""
    try:
        answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=messages)
    except ClientError as error:
        print(json.dumps({"error": error.response["Error"]["Code"]}))
        return [message["Id"] for message in messages]
    return [entry["Id"] for entry in answer.get("Failed", [])]

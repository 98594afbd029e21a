"""The least a router can do: all records are payments, and what SQS does not take fails the batch."""

import json
import os
from typing import Any

from signed_requests import Service, encode

_QUEUE_URL = os.environ["PAYMENTS_QUEUE_URL"]
_SQS = Service("sqs")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Forward the messages of a batch of stream records."""
    entries = [_entry(str(index), record["dynamodb"]["NewImage"]) for index, record in enumerate(event["Records"])]
    body = encode({"QueueUrl": _QUEUE_URL, "Entries": entries}).encode()
    _, answer = _SQS.call("AmazonSQS.SendMessageBatch", "application/x-amz-json-1.0", body)
    if len(json.loads(answer)["Successful"]) != len(entries):
        raise RuntimeError("SQS did not take every message")
    return {"batchItemFailures": []}


def _entry(identifier: str, image: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "Id": identifier,
        "MessageBody": image["message"]["S"],
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": image[name]["S"]}
            for name in ("transaction_type", "event_id", "trace_id")
        },
    }

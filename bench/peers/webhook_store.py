"""How a delivery of Stripe is kept with boto3, whoever has read it: archived, sent, recorded."""

import hashlib
import json
import os
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

TABLE_NAME = os.environ["TABLE_NAME"]
BUCKET_NAME = os.environ["BUCKET_NAME"]
QUEUE_URL = os.environ["QUEUE_URL"]
EXPIRY = timedelta(days=int(os.environ["EXPIRY_DAYS"]))
CARD_LENGTH_RUN = re.compile(r"(?<![0-9])[0-9]{13,19}(?![0-9])")

dynamodb = boto3.client("dynamodb")
s3 = boto3.client("s3")
sqs = boto3.client("sqs")


def build_message(
    event_id: str, event_type: str, object_id: str, account: str, api_version: str, body: str
) -> dict[str, str]:
    """Describe the event for the queue."""
    digest = hashlib.sha256(body.encode()).hexdigest()
    return {
        "schema": "hookline.delivery.v1",
        "provider": "stripe",
        "event_id": event_id,
        "event_type": event_type,
        "object_id": object_id,
        "key": f"stripe:{event_id}",
        "archive_key": f"stripe/{digest[:2]}/{digest}",
        "pointer": "",
        "payload": body,
        "account": account,
        "api_version": api_version,
        "marked": "",
    }


def is_known(key: str) -> bool:
    """Return whether an event has a record already."""
    answer = dynamodb.get_item(
        TableName=TABLE_NAME,
        Key={"key": {"S": key}},
        ConsistentRead=True,
        ProjectionExpression="#key, body_sha256",
        ExpressionAttributeNames={"#key": "key"},
    )
    return "Item" in answer


def take_in(message: dict[str, str], body: str, times: dict[str, str]) -> str:
    """Archive, send and record a new event; return what became of it."""
    s3.put_object(Bucket=BUCKET_NAME, Key=message["archive_key"], Body=body.encode(), ContentType="application/json")
    sent = sqs.send_message_batch(QueueUrl=QUEUE_URL, Entries=[build_entry(message, times)])
    if sent.get("Failed"):
        raise RuntimeError("the queue did not take the message")
    try:
        dynamodb.put_item(
            TableName=TABLE_NAME,
            Item=build_item(message, body, times),
            ConditionExpression="attribute_not_exists(#key)",
            ExpressionAttributeNames={"#key": "key"},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return "duplicate"
    return "accepted"


def build_times(signed_at: datetime, trace_header: str) -> dict[str, str]:
    """Return when the event came and under which trace."""
    return {
        "received_at": utc(datetime.now(UTC)),
        "signed_at": utc(signed_at),
        "trace_id": trace_header.removeprefix("Root="),
    }


def build_entry(message: dict[str, str], times: dict[str, str]) -> dict[str, Any]:
    """Build the queue's message; other providers deliver several events at once, hence a batch."""
    return {
        "Id": "0",
        "MessageBody": json.dumps(message, sort_keys=True, separators=(",", ":")),
        "MessageAttributes": {name: {"DataType": "String", "StringValue": value} for name, value in times.items()},
        "MessageGroupId": f"stripe:{hashlib.sha256(message['object_id'].encode()).hexdigest()[:32]}",
    }


def build_item(message: dict[str, str], body: str, times: dict[str, str]) -> dict[str, Any]:
    """Build the record of an event."""
    left_out = ("schema", "pointer", "payload", "account", "api_version", "marked")
    texts = {name: value for name, value in message.items() if name not in left_out}
    texts |= {**times, "verified": "v1", "body_sha256": message["archive_key"].rpartition("/")[2]}
    expires_at = datetime.fromisoformat(times["received_at"]) + EXPIRY
    return {
        **{name: {"S": value} for name, value in texts.items()},
        "pan_like": {"BOOL": any(passes_luhn(run) for run in CARD_LENGTH_RUN.findall(body))},
        "expires_at": {"N": str(int(expires_at.timestamp()))},
    }


def passes_luhn(digits: str) -> bool:
    """Return whether the last digit is the check digit of the others."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def utc(instant: datetime) -> str:
    """Write an instant in RFC 3339; a fraction only if there is one."""
    text = instant.replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"

"""How a transaction is stored with boto3, whoever has read it."""

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

TABLE_NAME = os.environ["TABLE_NAME"]
EXPIRY = timedelta(days=int(os.environ["EXPIRY_DAYS"]))

dynamodb = boto3.client("dynamodb")


def record(event_id: str, content: dict[str, Any], trace_id: str) -> str:
    """Put the transaction into the outbox unless its event is known; return what became of it."""
    item = build_item(event_id, content, trace_id)
    try:
        dynamodb.put_item(
            TableName=TABLE_NAME,
            Item=item,
            ConditionExpression="attribute_not_exists(event_id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        same = error.response["Item"]["fingerprint"] == item["fingerprint"]
        return "duplicate" if same else "event_conflict"
    return "accepted"


def build_item(event_id: str, content: dict[str, Any], trace_id: str) -> dict[str, dict[str, str]]:
    """Build the item of the outbox table."""
    now = datetime.now(UTC)
    message = {"schema": "hookline.transaction.v1", "event_id": event_id, "received_at": utc(now), **content}
    return {
        "event_id": {"S": event_id},
        "transaction_type": {"S": content["transaction_type"]},
        "fingerprint": {"S": hashlib.sha256(canonical(content).encode()).hexdigest()},
        "message": {"S": canonical(message)},
        "trace_id": {"S": trace_id},
        "received_at": {"S": utc(now)},
        "expires_at": {"N": str(int((now + EXPIRY).timestamp()))},
    }


def canonical(value: dict[str, Any]) -> str:
    """Encode with sorted keys and without spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def utc(instant: datetime) -> str:
    """Write an instant in RFC 3339; a fraction only if there is one."""
    text = instant.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"

"""The ingestion as it is usually written with boto3, for Stripe alone."""

import hashlib
import hmac
import json
import os
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

TABLE_NAME = os.environ["TABLE_NAME"]
BUCKET_NAME = os.environ["BUCKET_NAME"]
QUEUE_URL = os.environ["QUEUE_URL"]
PROVIDER_SECRETS_ARN = os.environ["PROVIDER_SECRETS_ARN"]
EXPIRY = timedelta(days=int(os.environ["EXPIRY_DAYS"]))
TOLERANCE_SECONDS = 300
SECRET_SECONDS = 300
CARD_LENGTH_RUN = re.compile(r"(?<![0-9])[0-9]{13,19}(?![0-9])")

dynamodb = boto3.client("dynamodb")
s3 = boto3.client("s3")
secretsmanager = boto3.client("secretsmanager")
sqs = boto3.client("sqs")
secret_cache: dict[str, Any] = {"read_at": float("-inf"), "keys": []}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one webhook of Stripe."""
    headers = {name.lower(): value for name, value in event["headers"].items()}
    body = event["body"] or ""
    signed_at = verify(headers.get("stripe-signature", ""), body)
    if signed_at is None:
        return respond(401, {"error": "signature_invalid"})
    try:
        message = build_message(json.loads(body), body)
    except (ValueError, KeyError, TypeError):
        return respond(400, {"error": "the body is not an event"})
    times = {
        "received_at": utc(datetime.now(UTC)),
        "signed_at": utc(signed_at),
        "trace_id": headers.get("x-amzn-trace-id", "").removeprefix("Root="),
    }
    outcome = "duplicate" if is_known(message["key"]) else take_in(message, body, times)
    print(json.dumps({"event_id": message["event_id"], "outcome": outcome}))
    return respond(200, {"status": outcome, "events": 1})


def verify(signature: str, body: str) -> datetime | None:
    """Return when the event was signed, or None if the signature is not genuine."""
    parts = [part.partition("=")[::2] for part in signature.split(",")]
    timestamp = next((value for name, value in parts if name == "t"), "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return None
    expected = [hmac.digest(key, f"{timestamp}.{body}".encode(), "sha256").hex() for key in signing_keys()]
    given = [value for name, value in parts if name == "v1"]
    if not any(hmac.compare_digest(one, other) for one in expected for other in given):
        return None
    return datetime.fromtimestamp(int(timestamp), UTC)


def signing_keys() -> list[bytes]:
    """Return the keys of the signing secrets, read again after five minutes."""
    if time.monotonic() - secret_cache["read_at"] > SECRET_SECONDS:
        value = secretsmanager.get_secret_value(SecretId=PROVIDER_SECRETS_ARN)["SecretString"]
        secret_cache["keys"] = [secret.encode() for secret in json.loads(value)["stripe"]]
        secret_cache["read_at"] = time.monotonic()
    return secret_cache["keys"]


def build_message(payload: dict[str, Any], body: str) -> dict[str, str]:
    """Describe the event for the queue."""
    digest = hashlib.sha256(body.encode()).hexdigest()
    return {
        "schema": "hookline.delivery.v1",
        "provider": "stripe",
        "event_id": payload["id"],
        "event_type": payload["type"],
        "object_id": payload["data"]["object"]["id"],
        "key": f"stripe:{payload['id']}",
        "archive_key": f"stripe/{digest[:2]}/{digest}",
        "pointer": "",
        "payload": body,
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
    texts = {name: value for name, value in message.items() if name not in ("schema", "pointer", "payload")}
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


def respond(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of the proxy integration."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}

"""The least an ingestion can do for Stripe: no rule is checked but the signature, and nothing is logged."""

import hashlib
import hmac
import json
import os
import re
from datetime import UTC, datetime
from typing import Any

from signed_requests import Service, canonical, encode, secret

_TABLE, _BUCKET, _QUEUE_URL = os.environ["TABLE_NAME"], os.environ["BUCKET_NAME"], os.environ["QUEUE_URL"]
_EXPIRY_SECONDS = int(os.environ["EXPIRY_DAYS"]) * 86_400
_KEY = secret(os.environ["PROVIDER_SECRETS_ARN"])["stripe"][0].encode()
_DYNAMODB, _S3, _SQS = Service("dynamodb"), Service("s3"), Service("sqs")
_CARD_LENGTH_RUN = re.compile(r"(?<![0-9])[0-9]{13,19}(?![0-9])")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one webhook of Stripe: 200 once it is durable, 401 if its signature is wrong."""
    body = event["body"]
    raw = body.encode()
    time, _, signature = event["headers"]["Stripe-Signature"].removeprefix("t=").partition(",v1=")
    if not hmac.compare_digest(hmac.digest(_KEY, f"{time}.".encode() + raw, "sha256").hex(), signature):
        return {"statusCode": 401, "body": ""}
    payload = json.loads(body)
    digest = hashlib.sha256(raw).hexdigest()
    message = {
        "schema": "hookline.delivery.v1",
        "provider": "stripe",
        "event_id": payload["id"],
        "event_type": payload["type"],
        "object_id": payload["data"]["object"]["id"],
        "key": f"stripe:{payload['id']}",
        "archive_key": f"stripe/{digest[:2]}/{digest}",
        "pointer": "",
        "payload": body,
        "account": payload.get("account", ""),
        "api_version": payload["api_version"],
        "marked": "",
    }
    outcome = "duplicate"
    if not _is_known(message["key"]):
        _take_in(message, raw, digest, _times(time, event["headers"]), _has_card_number(body))
        outcome = "accepted"
    answer = encode({"status": outcome, "events": 1})
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": answer}


def _is_known(key: str) -> bool:
    get = {
        "TableName": _TABLE,
        "Key": {"key": {"S": key}},
        "ConsistentRead": True,
        "ProjectionExpression": "#key, body_sha256",
        "ExpressionAttributeNames": {"#key": "key"},
    }
    return b'"Item"' in _dynamodb("GetItem", get)


def _take_in(message: dict[str, str], raw: bytes, digest: str, times: dict[str, str], pan_like: bool) -> None:
    _expect(_S3.send("PUT", f"/{_BUCKET}/{message['archive_key']}", {"content-type": "application/json"}, raw, digest))
    entry = {
        "Id": "0",
        "MessageBody": canonical(message),
        "MessageAttributes": {name: {"DataType": "String", "StringValue": value} for name, value in times.items()},
        "MessageGroupId": f"stripe:{hashlib.sha256(message['object_id'].encode()).hexdigest()[:32]}",
    }
    send = encode({"QueueUrl": _QUEUE_URL, "Entries": [entry]}).encode()
    _expect(_SQS.call("AmazonSQS.SendMessageBatch", "application/x-amz-json-1.0", send))
    stored = ("key", "provider", "event_id", "event_type", "object_id", "archive_key")
    expires_at = int(datetime.fromisoformat(times["received_at"]).timestamp()) + _EXPIRY_SECONDS
    item = {
        **{name: {"S": value} for name, value in {**times, "verified": "v1", "body_sha256": digest}.items()},
        **{name: {"S": message[name]} for name in stored},
        "pan_like": {"BOOL": pan_like},
        "expires_at": {"N": str(expires_at)},
    }
    put = {
        "TableName": _TABLE,
        "Item": item,
        "ConditionExpression": "attribute_not_exists(#key)",
        "ExpressionAttributeNames": {"#key": "key"},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    _dynamodb("PutItem", put)


def _times(signed_at: str, headers: dict[str, str]) -> dict[str, str]:
    return {
        "received_at": datetime.now(UTC).isoformat(timespec="microseconds")[:26].rstrip("0").rstrip(".") + "Z",
        "signed_at": datetime.fromtimestamp(int(signed_at), UTC).isoformat()[:19] + "Z",
        "trace_id": headers["X-Amzn-Trace-Id"].removeprefix("Root="),
    }


def _has_card_number(text: str) -> bool:
    return any(_passes_luhn(run) for run in _CARD_LENGTH_RUN.findall(text))


def _passes_luhn(digits: str) -> bool:
    return (sum(map(int, digits[-1::-2])) + sum(sum(divmod(2 * int(n), 10)) for n in digits[-2::-2])) % 10 == 0


def _dynamodb(operation: str, parameters: dict[str, Any]) -> bytes:
    body = encode(parameters).encode()
    return _expect(_DYNAMODB.call(f"DynamoDB_20120810.{operation}", "application/x-amz-json-1.0", body))


def _expect(answer: tuple[int, bytes]) -> bytes:
    if answer[0] != 200:
        raise RuntimeError("AWS refused a call")
    return answer[1]

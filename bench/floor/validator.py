"""The least a validator can do: no rule is checked but the signature, and nothing is logged."""

import base64
import hashlib
import hmac
import json
import os
from datetime import UTC, datetime
from typing import Any

from signed_requests import Service, canonical, encode, secret

_TABLE = os.environ["TABLE_NAME"]
_EXPIRY_SECONDS = int(os.environ["EXPIRY_DAYS"]) * 86_400
_KEY = base64.b64decode(secret(os.environ["SIGNING_SECRET_ARN"])["transactions"][0].removeprefix("whsec_"))
_DYNAMODB = Service("dynamodb")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one webhook: 202 if it is new, 200 if its id is held, 401 if its signature is wrong."""
    headers, body = event["headers"], event["body"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    signature = "v1," + base64.b64encode(hmac.digest(_KEY, signed, "sha256")).decode()
    if not hmac.compare_digest(signature, headers["webhook-signature"]):
        return {"statusCode": 401, "body": ""}
    transaction = json.loads(body)
    status, _ = _DYNAMODB.call("DynamoDB_20120810.PutItem", "application/x-amz-json-1.0", _put(transaction, headers))
    outcome = "accepted" if status == 200 else "duplicate"
    answer = encode({"status": outcome, "event_id": transaction["event_id"]})
    return {
        "statusCode": 202 if status == 200 else 200,
        "headers": {"Content-Type": "application/json"},
        "body": answer,
    }


def _put(transaction: dict[str, Any], headers: dict[str, str]) -> bytes:
    now = datetime.now(UTC)
    received_at = now.isoformat(timespec="microseconds")[:26].rstrip("0").rstrip(".") + "Z"
    content = {
        "transaction_type": transaction["transaction_type"],
        "amount": transaction["amount"].rstrip("0").rstrip("."),
        "currency": transaction["currency"],
        "timestamp": transaction["timestamp"],
        "metadata": transaction["metadata"],
    }
    message = {
        "schema": "hookline.transaction.v1",
        "event_id": transaction["event_id"],
        "received_at": received_at,
        **content,
    }
    item = {
        "event_id": {"S": transaction["event_id"]},
        "transaction_type": {"S": transaction["transaction_type"]},
        "fingerprint": {"S": hashlib.sha256(canonical(content).encode()).hexdigest()},
        "message": {"S": canonical(message)},
        "trace_id": {"S": headers["X-Amzn-Trace-Id"].removeprefix("Root=")},
        "received_at": {"S": received_at},
        "expires_at": {"N": str(int(now.timestamp()) + _EXPIRY_SECONDS)},
    }
    put = {
        "TableName": _TABLE,
        "Item": item,
        "ConditionExpression": "attribute_not_exists(event_id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    return encode(put).encode()

"""The validator as it is usually written with boto3."""

import base64
import hmac
import json
import os
import time
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import boto3
from outbox import record, utc

SIGNING_SECRET_ARN = os.environ["SIGNING_SECRET_ARN"]
TOLERANCE_SECONDS = 300
SECRET_SECONDS = 300
TRANSACTION_TYPES = ("payment", "refund", "dispute")

secretsmanager = boto3.client("secretsmanager")
secret_cache: dict[str, Any] = {"read_at": float("-inf"), "keys": []}


class InvalidEventError(Exception):
    """The event breaks a rule."""


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one webhook."""
    headers = {name.lower(): value for name, value in event["headers"].items()}
    body = event["body"] or ""
    if not is_genuine(headers, body):
        return respond(401, {"error": "signature_invalid"})
    try:
        transaction = parse(body)
    except InvalidEventError as invalid:
        return respond(400, {"error": str(invalid)})
    event_id = transaction.pop("event_id")
    outcome = record(event_id, transaction, headers.get("x-amzn-trace-id", "").removeprefix("Root="))
    print(json.dumps({"event_id": event_id, "outcome": outcome}))
    status = {"accepted": 202, "duplicate": 200, "event_conflict": 409}[outcome]
    return respond(status, {"status": outcome, "event_id": event_id})


def is_genuine(headers: dict[str, str], body: str) -> bool:
    """Return whether the request has a valid Standard Webhooks signature."""
    webhook_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = f"{webhook_id}.{timestamp}.{body}".encode()
    given = headers.get("webhook-signature", "").split(" ")
    expected = ["v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in signing_keys()]
    return any(hmac.compare_digest(one, other) for one in expected for other in given)


def signing_keys() -> list[bytes]:
    """Return the keys of the signing secrets, read again after five minutes."""
    if time.monotonic() - secret_cache["read_at"] > SECRET_SECONDS:
        value = secretsmanager.get_secret_value(SecretId=SIGNING_SECRET_ARN)["SecretString"]
        secrets = json.loads(value)["transactions"]
        secret_cache["keys"] = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
        secret_cache["read_at"] = time.monotonic()
    return secret_cache["keys"]


def parse(body: str) -> dict[str, Any]:
    """Decode and check a transaction; return its id and its normalised content."""
    try:
        payload = json.loads(body, parse_float=Decimal)
        amount = Decimal(payload["amount"])
        timestamp = datetime.fromisoformat(payload["timestamp"]).astimezone(UTC)
    except (ValueError, TypeError, KeyError, InvalidOperation) as error:
        raise InvalidEventError("the body is not a valid transaction") from error
    if not isinstance(payload.get("event_id"), str) or not payload["event_id"]:
        raise InvalidEventError("event_id must be a string")
    if payload.get("transaction_type") not in TRANSACTION_TYPES:
        raise InvalidEventError("transaction_type is unknown")
    if not amount.is_finite() or amount <= 0:
        raise InvalidEventError("amount must be positive")
    return {
        "event_id": payload["event_id"],
        "transaction_type": payload["transaction_type"],
        "amount": format(amount.normalize(), "f"),
        "currency": payload.get("currency"),
        "timestamp": utc(timestamp),
        "metadata": payload.get("metadata") or {},
    }


def respond(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of the proxy integration."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}

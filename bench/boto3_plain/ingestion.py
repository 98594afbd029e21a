"""The ingestion as it is usually written with boto3, for Stripe alone."""

import hmac
import json
import os
import time
from datetime import UTC, datetime
from typing import Any

import boto3
from webhook_store import build_message, build_times, is_known, take_in

PROVIDER_SECRETS_ARN = os.environ["PROVIDER_SECRETS_ARN"]
TOLERANCE_SECONDS = 300
SECRET_SECONDS = 300

secretsmanager = boto3.client("secretsmanager")
secret_cache: dict[str, Any] = {"read_at": float("-inf"), "keys": []}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one webhook of Stripe."""
    headers = {name.lower(): value for name, value in event["headers"].items()}
    body = event["body"] or ""
    signed_at = verify(headers.get("stripe-signature", ""), body)
    if signed_at is None:
        return respond(401, {"error": "signature_invalid"})
    try:
        payload = json.loads(body)
        object_id, account = payload["data"]["object"]["id"], payload.get("account", "")
        message = build_message(payload["id"], payload["type"], object_id, account, payload["api_version"], body)
    except (ValueError, KeyError, TypeError):
        return respond(400, {"error": "the body is not an event"})
    times = build_times(signed_at, headers.get("x-amzn-trace-id", ""))
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


def respond(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of the proxy integration."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}

"""What a transaction is, who may send one, and how it is stored."""

import base64
import hashlib
import hmac
import json
import os
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

import boto3
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.parser import BaseModel
from botocore.exceptions import ClientError
from pydantic import AwareDatetime, Field, StringConstraints

TABLE_NAME = os.environ["TABLE_NAME"]
SIGNING_SECRET_ARN = os.environ["SIGNING_SECRET_ARN"]
EXPIRY = timedelta(days=int(os.environ["EXPIRY_DAYS"]))
TOLERANCE_SECONDS = 300
SECRET_SECONDS = 300

dynamodb = boto3.client("dynamodb")


class Transaction(BaseModel):
    """The body of a webhook."""

    event_id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]
    transaction_type: Literal["payment", "refund", "dispute"]
    amount: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=6)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    timestamp: AwareDatetime
    metadata: Annotated[dict[str, Any], Field(default_factory=dict)]

    def content(self) -> dict[str, Any]:
        """Return the normalised content."""
        return {
            "transaction_type": self.transaction_type,
            "amount": format(self.amount.normalize(), "f"),
            "currency": self.currency,
            "timestamp": utc(self.timestamp),
            "metadata": self.metadata,
        }


def is_genuine(webhook_id: str, timestamp: str, signatures: str, body: str) -> bool:
    """Return whether a request has a valid Standard Webhooks signature."""
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    secrets = parameters.get_secret(SIGNING_SECRET_ARN, transform="json", max_age=SECRET_SECONDS)["transactions"]
    signed = f"{webhook_id}.{timestamp}.{body}".encode()
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
    expected = ["v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys]
    return any(hmac.compare_digest(one, other) for one in expected for other in signatures.split(" "))


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

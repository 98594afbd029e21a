"""What an authorisation of Adyen is on the bus, and how it gets there with boto3, whoever has read its message."""

import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3

BUCKET_NAME = os.environ["BUCKET_NAME"]
BUS_NAME = os.environ["BUS_NAME"]
UNSIGNED = ["respond_by", "test", "transactions.metadata.marked_test", "transactions.timestamp"]
NO_MINOR_UNITS = ("JPY", "KRW", "VND")

s3 = boto3.client("s3")
events = boto3.client("events")


def build_entry(message: dict[str, str], received_at: str, deliveries: dict[str, Any]) -> dict[str, Any]:
    """Build the bus event of a message; several messages may be of one archived delivery."""
    item = read_event(message, deliveries)
    transactions = [build_transaction(message, item)] if item["success"] == "true" else []
    detail = {
        "schema": "hookline.provider-event.v1",
        "provider": message["provider"],
        "event_id": message["event_id"],
        "event_type": message["event_type"],
        "object_id": message["object_id"],
        "key": message["key"],
        "received_at": received_at,
        "signed_at": None,
        "archive": {"bucket": BUCKET_NAME, "key": message["archive_key"], "pointer": message["pointer"]},
        "transactions": transactions,
        "transaction_count": len(transactions),
        "account": message["account"],
        "api_version": message["api_version"] or None,
        "status": item["success"],
        "reference": item["merchantReference"],
        "respond_by": None,
        "inquiry": False,
        "test": bool(message["marked"]),
        "unsigned": UNSIGNED,
    }
    return {
        "EventBusName": BUS_NAME,
        "Source": f"hookline.{message['provider']}",
        "DetailType": message["event_type"],
        "Detail": json.dumps(detail, sort_keys=True, separators=(",", ":")),
        "Time": datetime.fromisoformat(received_at),
    }


def read_event(message: dict[str, str], deliveries: dict[str, Any]) -> Any:
    """Read an event out of its message, or out of the archive if it is too large for one."""
    if message["payload"]:
        return json.loads(message["payload"])
    key = message["archive_key"]
    if key not in deliveries:
        deliveries[key] = json.loads(s3.get_object(Bucket=BUCKET_NAME, Key=key)["Body"].read())
    return resolve(deliveries[key], message["pointer"])


def resolve(value: Any, pointer: str) -> Any:
    """Return what is at a JSON Pointer."""
    for token in pointer.split("/")[1:]:
        value = value[int(token)] if isinstance(value, list) else value[token]
    return value


def build_transaction(message: dict[str, str], item: dict[str, Any]) -> dict[str, Any]:
    """Normalise an authorisation."""
    currency = item["amount"]["currency"]
    amount = Decimal(item["amount"]["value"]).scaleb(0 if currency in NO_MINOR_UNITS else -2)
    return {
        "event_id": f"adyen:{message['event_id']}",
        "transaction_type": "payment",
        "amount": format(amount.normalize(), "f"),
        "currency": currency,
        "timestamp": datetime.fromisoformat(item["eventDate"]).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "metadata": {
            "provider": "adyen",
            "provider_event_type": message["event_type"],
            "provider_object_id": message["object_id"],
            "provider_account": message["account"],
            "reference": item["merchantReference"],
        },
    }


def publish(entries: dict[str, dict[str, Any]]) -> list[str]:
    """Publish the events; return the ids of the messages whose event was not taken."""
    if not entries:
        return []
    answer = events.put_events(Entries=list(entries.values()))
    results = zip(entries, answer["Entries"], strict=True)
    return [message_id for message_id, result in results if "ErrorCode" in result]

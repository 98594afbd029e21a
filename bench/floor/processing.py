"""The least a processing can do for small events of Adyen: what the bus does not take fails the batch."""

import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from signed_requests import Service, canonical, encode

_BUCKET, _BUS = os.environ["BUCKET_NAME"], os.environ["BUS_NAME"]
_EVENTS = Service("events")
_UNSIGNED = ["respond_by", "test", "transactions.metadata.marked_test", "transactions.timestamp"]


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Publish a batch of messages; each group has one."""
    entries = [_entry(record) for record in event["Records"]]
    body = encode({"Entries": entries}).encode()
    _, answer = _EVENTS.call("AWSEvents.PutEvents", "application/x-amz-json-1.1", body)
    if json.loads(answer)["FailedEntryCount"]:
        raise RuntimeError("the bus did not take every event")
    return {"batchItemFailures": []}


def _entry(record: dict[str, Any]) -> dict[str, Any]:
    message = json.loads(record["body"])
    item = json.loads(message["payload"])
    received_at = record["messageAttributes"]["received_at"]["stringValue"]
    detail = {
        "schema": "hookline.provider-event.v1",
        **{name: message[name] for name in ("provider", "event_id", "event_type", "object_id", "key")},
        "received_at": received_at,
        "signed_at": None,
        "archive": {"bucket": _BUCKET, "key": message["archive_key"], "pointer": message["pointer"]},
        "transactions": [_transaction(message, item)],
        "transaction_count": 1,
        "account": message["account"],
        "api_version": None,
        "status": "true",
        "reference": item["merchantReference"],
        "respond_by": None,
        "inquiry": False,
        "test": False,
        "unsigned": _UNSIGNED,
    }
    return {
        "EventBusName": _BUS,
        "Source": "hookline.adyen",
        "DetailType": message["event_type"],
        "Detail": canonical(detail),
        "Time": int(datetime.fromisoformat(received_at).timestamp()),
    }


def _transaction(message: dict[str, str], item: dict[str, Any]) -> dict[str, Any]:
    amount = format(Decimal(item["amount"]["value"]).scaleb(-2), "f").rstrip("0").rstrip(".")
    return {
        "event_id": f"adyen:{message['event_id']}",
        "transaction_type": "payment",
        "amount": amount,
        "currency": item["amount"]["currency"],
        "timestamp": datetime.fromisoformat(item["eventDate"]).astimezone(UTC).isoformat()[:19] + "Z",
        "metadata": {
            "provider": "adyen",
            "provider_event_type": message["event_type"],
            "provider_object_id": message["object_id"],
            "provider_account": message["account"],
            "reference": item["merchantReference"],
        },
    }

"""The processing as it is usually written with boto3, for Adyen's authorisations alone."""

import json
from typing import Any

from bus_entries import build_entry, publish


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Publish a batch of messages; give back what failed, and what is behind it in its group."""
    deliveries: dict[str, Any] = {}
    failed_groups: set[str] = set()
    entries, failed = {}, []
    for record in event["Records"]:
        group = record["attributes"]["MessageGroupId"]
        if group in failed_groups:
            failed.append(record["messageId"])
            continue
        try:
            received_at = record["messageAttributes"]["received_at"]["stringValue"]
            entries[record["messageId"]] = build_entry(json.loads(record["body"]), received_at, deliveries)
        except Exception as error:  # noqa: BLE001 - one message must not hold up other groups
            print(json.dumps({"message_id": record["messageId"], "error": type(error).__name__}))
            failed_groups.add(group)
            failed.append(record["messageId"])
    failed += publish(entries)
    print(json.dumps({"published": len(event["Records"]) - len(failed), "failed": len(failed)}))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

"""The processing with Powertools: FIFO batch processing, logger and metrics; what it built is published at once."""

import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

BUCKET_NAME = os.environ["BUCKET_NAME"]
BUS_NAME = os.environ["BUS_NAME"]
NO_MINOR_UNITS = ("JPY", "KRW", "VND")

s3 = boto3.client("s3")
events = boto3.client("events")
processor = SqsFifoPartialProcessor(skip_group_on_error=True)
logger = Logger()
metrics = Metrics()
deliveries: dict[str, Any] = {}


def build_entry(record: SQSRecord) -> dict[str, Any]:
    """Build the bus event of a message."""
    message = record.json_body
    item = read_event(message)
    received_at = record.message_attributes["received_at"].string_value
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
    }
    return {
        "EventBusName": BUS_NAME,
        "Source": f"hookline.{message['provider']}",
        "DetailType": message["event_type"],
        "Detail": json.dumps(detail, sort_keys=True, separators=(",", ":")),
        "Time": datetime.fromisoformat(received_at),
    }


def read_event(message: dict[str, str]) -> Any:
    """Read an event out of its message, or out of the archive if it is too large for one."""
    if message["payload"]:
        return json.loads(message["payload"])
    return resolve(read_delivery(message["archive_key"]), message["pointer"])


def read_delivery(key: str) -> Any:
    """Read an archived delivery, once in a batch."""
    if key not in deliveries:
        deliveries[key] = json.loads(s3.get_object(Bucket=BUCKET_NAME, Key=key)["Body"].read())
    return deliveries[key]


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
        },
    }


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish a batch of messages; give back what failed, and what is behind it in its group."""
    deliveries.clear()
    with processor(records=event["Records"], handler=build_entry, lambda_context=context):
        processed = processor.process()
    entries = {record["messageId"]: result for status, result, record in processed if status == "success"}
    failures = [*processor.response()["batchItemFailures"], *publish(entries)]
    metrics.add_metric(name="Published", unit=MetricUnit.Count, value=len(processed) - len(failures))
    logger.info("batch published", records=len(processed), failed=len(failures))
    return {"batchItemFailures": failures}


def publish(entries: dict[str, dict[str, Any]]) -> list[dict[str, str]]:
    """Publish the events; return the messages whose event was not taken."""
    if not entries:
        return []
    answer = events.put_events(Entries=list(entries.values()))
    results = zip(entries, answer["Entries"], strict=True)
    return [{"itemIdentifier": message_id} for message_id, result in results if "ErrorCode" in result]

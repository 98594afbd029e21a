"""The router with Powertools: batch processing, logger and metrics; what it built is sent ten at a time."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

QUEUE_URLS = {
    "payment": os.environ["PAYMENTS_QUEUE_URL"],
    "refund": os.environ["REFUNDS_QUEUE_URL"],
    "dispute": os.environ["DISPUTES_QUEUE_URL"],
}
ATTRIBUTES = ("transaction_type", "event_id", "trace_id")
BATCH_SIZE = 10

sqs = boto3.client("sqs")
processor = BatchProcessor(event_type=EventType.DynamoDBStreams)
logger = Logger()
metrics = Metrics()


def read_record(record: DynamoDBRecord) -> tuple[str, dict[str, Any]]:
    """Return the queue's URL and the message of a stream record."""
    image = record.dynamodb.new_image
    attributes = {name: {"DataType": "String", "StringValue": image[name]} for name in ATTRIBUTES}
    return QUEUE_URLS[image["transaction_type"]], {"MessageBody": image["message"], "MessageAttributes": attributes}


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Forward a batch of stream records; report what was not forwarded."""
    with processor(records=event["Records"], handler=read_record, lambda_context=context):
        processed = processor.process()
    messages: dict[str, list[tuple[str, dict[str, Any]]]] = {url: [] for url in QUEUE_URLS.values()}
    for status, result, record in processed:
        if status == "success":
            url, message = result
            messages[url].append((record["dynamodb"]["SequenceNumber"], message))
    failed = [number for url, waiting in messages.items() for number in send_all(url, waiting)]
    response = processor.response()
    failures = [*response["batchItemFailures"], *({"itemIdentifier": number} for number in failed)]
    metrics.add_metric(name="Routed", unit=MetricUnit.Count, value=len(processed) - len(failures))
    logger.info("batch routed", records=len(processed), failed=len(failures))
    return {"batchItemFailures": failures}


def send_all(queue_url: str, messages: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Send messages; return the sequence numbers of those that were not taken."""
    refused = []
    for start in range(0, len(messages), BATCH_SIZE):
        batch = messages[start : start + BATCH_SIZE]
        entries = [{"Id": str(index), **message} for index, (_, message) in enumerate(batch)]
        try:
            answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
            refused += [batch[int(entry["Id"])][0] for entry in answer.get("Failed", [])]
        except ClientError:
            logger.exception("batch not sent")
            refused += [number for number, _ in batch]
    return refused

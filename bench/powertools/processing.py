"""The processing with Powertools: FIFO batch processing, logger and metrics; what it built is published at once."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from bus_entries import build_entry, publish

processor = SqsFifoPartialProcessor(skip_group_on_error=True)
logger = Logger()
metrics = Metrics()
deliveries: dict[str, Any] = {}


def read_record(record: SQSRecord) -> dict[str, Any]:
    """Return the bus event of a message."""
    return build_entry(record.json_body, record.message_attributes["received_at"].string_value, deliveries)


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish a batch of messages; give back what failed, and what is behind it in its group."""
    deliveries.clear()
    with processor(records=event["Records"], handler=read_record, lambda_context=context):
        processed = processor.process()
    entries = {record["messageId"]: result for status, result, record in processed if status == "success"}
    unpublished = [{"itemIdentifier": message_id} for message_id in publish(entries)]
    failures = [*processor.response()["batchItemFailures"], *unpublished]
    metrics.add_metric(name="Published", unit=MetricUnit.Count, value=len(processed) - len(failures))
    logger.info("batch published", records=len(processed), failed=len(failures))
    return {"batchItemFailures": failures}

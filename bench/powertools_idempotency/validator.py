"""The validator with Powertools and its idempotency utility in front of the write."""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, UnauthorizedError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyValidationError
from aws_lambda_powertools.utilities.parser import ValidationError, parse
from aws_lambda_powertools.utilities.typing import LambdaContext
from outbox import EXPIRY, dynamodb, record
from transactions import Transaction, is_genuine

app = APIGatewayRestResolver()
logger = Logger()
metrics = Metrics()
persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE_NAME"], boto3_client=dynamodb)
config = IdempotencyConfig(
    event_key_jmespath="event_id",
    payload_validation_jmespath="content",
    raise_on_no_idempotency_key=True,
    expires_after_seconds=int(EXPIRY.total_seconds()),
)


@app.post("/webhook")
def receive() -> tuple[dict[str, Any], int]:
    """Answer one webhook; a known id is answered as it was the first time."""
    headers, body = app.current_event.headers, app.current_event.decoded_body or ""
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    if not is_genuine(*(headers.get(name, "") for name in names), body):
        raise UnauthorizedError("signature_invalid")
    try:
        transaction = parse(event=body, model=Transaction)
    except ValidationError as error:
        raise BadRequestError("the body is not a valid transaction") from error
    trace_id = headers.get("X-Amzn-Trace-Id", "").removeprefix("Root=")
    given = {"event_id": transaction.event_id, "content": transaction.content()}
    try:
        outcome = record_once(transaction=given, trace_id=trace_id)
    except IdempotencyValidationError:
        outcome = "event_conflict"
    metrics.add_metric(name=outcome, unit=MetricUnit.Count, value=1)
    logger.info("webhook answered", event_id=transaction.event_id, outcome=outcome)
    return {"status": outcome, "event_id": transaction.event_id}, 409 if outcome == "event_conflict" else 202


@idempotent_function(data_keyword_argument="transaction", config=config, persistence_store=persistence)
def record_once(transaction: dict[str, Any], trace_id: str) -> str:
    """Put the transaction into the outbox; its put stays conditional, since a stop may come before the utility's."""
    return record(transaction["event_id"], transaction["content"], trace_id)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    config.register_lambda_context(context)
    return app.resolve(event, context)

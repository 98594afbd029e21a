"""The ingestion with Powertools, whose idempotency utility stands for the read that tells a known event."""

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
from aws_lambda_powertools.utilities.parser import ValidationError, parse
from aws_lambda_powertools.utilities.typing import LambdaContext
from deliveries import StripeEvent, verify
from webhook_store import EXPIRY, build_message, build_times, dynamodb, take_in

app = APIGatewayRestResolver()
logger = Logger()
metrics = Metrics()
persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE_NAME"], boto3_client=dynamodb)
config = IdempotencyConfig(
    event_key_jmespath="key",
    raise_on_no_idempotency_key=True,
    expires_after_seconds=int(EXPIRY.total_seconds()),
)


@app.post("/webhook/stripe")
def receive() -> dict[str, Any]:
    """Answer one webhook of Stripe; a known id is answered as it was the first time."""
    headers, body = app.current_event.headers, app.current_event.decoded_body or ""
    signed_at = verify(headers.get("stripe-signature", ""), body)
    if signed_at is None:
        raise UnauthorizedError("signature_invalid")
    try:
        event = parse(event=body, model=StripeEvent)
    except ValidationError as error:
        raise BadRequestError("the body is not an event") from error
    times = build_times(signed_at, headers.get("X-Amzn-Trace-Id", ""))
    message = build_message(event.id, event.type, event.data.object.id, event.account, event.api_version, body)
    outcome = take_in_once(message=message, body=body, times=times)
    metrics.add_metric(name=outcome, unit=MetricUnit.Count, value=1)
    logger.info("webhook answered", event_id=event.id, outcome=outcome)
    return {"status": outcome, "events": 1}


@idempotent_function(data_keyword_argument="message", config=config, persistence_store=persistence)
def take_in_once(message: dict[str, str], body: str, times: dict[str, str]) -> str:
    """Archive, send and record a new event."""
    return take_in(message, body, times)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    config.register_lambda_context(context)
    return app.resolve(event, context)

"""The validator with Powertools: event handler, parser, parameters, logger and metrics."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, UnauthorizedError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.parser import ValidationError, parse
from aws_lambda_powertools.utilities.typing import LambdaContext
from outbox import record
from transactions import Transaction, is_genuine

STATUSES = {"accepted": 202, "duplicate": 200, "event_conflict": 409}

app = APIGatewayRestResolver()
logger = Logger()
metrics = Metrics()


@app.post("/webhook")
def receive() -> tuple[dict[str, Any], int]:
    """Answer one webhook."""
    headers, body = app.current_event.headers, app.current_event.decoded_body or ""
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    if not is_genuine(*(headers.get(name, "") for name in names), body):
        raise UnauthorizedError("signature_invalid")
    try:
        transaction = parse(event=body, model=Transaction)
    except ValidationError as error:
        raise BadRequestError("the body is not a valid transaction") from error
    trace_id = headers.get("X-Amzn-Trace-Id", "").removeprefix("Root=")
    outcome = record(transaction.event_id, transaction.content(), trace_id)
    metrics.add_metric(name=outcome, unit=MetricUnit.Count, value=1)
    logger.info("webhook answered", event_id=transaction.event_id, outcome=outcome)
    return {"status": outcome, "event_id": transaction.event_id}, STATUSES[outcome]


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return app.resolve(event, context)

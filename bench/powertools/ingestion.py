"""The ingestion with Powertools: event handler, parser, parameters, logger and metrics."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, UnauthorizedError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.parser import ValidationError, parse
from aws_lambda_powertools.utilities.typing import LambdaContext
from deliveries import StripeEvent, verify
from webhook_store import build_message, build_times, is_known, take_in

app = APIGatewayRestResolver()
logger = Logger()
metrics = Metrics()


@app.post("/webhook/stripe")
def receive() -> dict[str, Any]:
    """Answer one webhook of Stripe."""
    headers, body = app.current_event.headers, app.current_event.decoded_body or ""
    signed_at = verify(headers.get("stripe-signature", ""), body)
    if signed_at is None:
        raise UnauthorizedError("signature_invalid")
    try:
        event = parse(event=body, model=StripeEvent)
    except ValidationError as error:
        raise BadRequestError("the body is not an event") from error
    message = build_message(event.id, event.type, event.data.object.id, event.account, event.api_version, body)
    times = build_times(signed_at, headers.get("X-Amzn-Trace-Id", ""))
    outcome = "duplicate" if is_known(message["key"]) else take_in(message, body, times)
    metrics.add_metric(name=outcome, unit=MetricUnit.Count, value=1)
    logger.info("webhook answered", event_id=event.id, outcome=outcome)
    return {"status": outcome, "events": 1}


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return app.resolve(event, context)

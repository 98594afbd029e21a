"""The validator: decides about one webhook request, and makes an accepted event durable before it answers.

Its only write is one conditional put, keyed by the event id. That write tells a new event from a known one,
and the table's stream hands the event on to the router, so nothing can be lost between two writes.
"""

import json
import os
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from hookline.core.errors import Rejected
from hookline.core.outbox import build_item
from hookline.core.redact import loggable_id
from hookline.core.standard_webhooks import SIGNATURE_HEADERS, Refusal, SignatureRefused
from hookline.core.strict_json import decode
from hookline.core.transaction import validate
from hookline.functions import aws, request
from hookline.functions.authentication import authenticate
from hookline.functions.secrets import SecretsUnavailable, SigningSecrets
from hookline.functions.telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from types_boto3_dynamodb.client import DynamoDBClient

    from hookline.functions.authentication import Secrets

SOURCE = "transactions"
"""Key of the secrets that sign what arrives here."""

RETRY_AFTER_SECONDS = 5
"""When a sender may try again after 503."""

_METRICS = {
    "accepted": "Accepted",
    "duplicate": "Duplicate",
    "event_conflict": "Conflict",
    "signature_missing": "Unauthorized",
    "signature_invalid": "Unauthorized",
    "signature_expired": "Unauthorized",
    "unavailable": "Unavailable",
    "internal": "Unavailable",
}
_SIGNATURE_CODES = {Refusal.MISSING: "signature_missing", Refusal.EXPIRED: "signature_expired"}


class Validator(NamedTuple):
    """What the validator works with.

    Attributes:
        table: DynamoDB.
        table_name: the outbox table.
        expiry_days: days after which an event may be forgotten.
        allow_unsigned: whether a request without any signature header is let in.
        secrets: the live signing secrets.
        telemetry: where the log line goes.
        now: the clock, with a time zone.
    """

    table: "DynamoDBClient"
    table_name: str
    expiry_days: int
    allow_unsigned: bool
    secrets: "Secrets"
    telemetry: Telemetry
    now: "Callable[[], datetime]"


class Delivery:
    """One request on its way through the rules.

    Attributes:
        event: the API Gateway REST proxy event.
        received_at: when it arrived.
        trace_id: X-Ray trace id, once it has been read.
        log: what may be logged about it so far.
    """

    def __init__(self, event: "Mapping[str, Any]", received_at: datetime) -> None:
        self.event = event
        self.received_at = received_at
        self.trace_id = "unknown"
        self.log: dict[str, object] = {}


def respond(validator: Validator, event: "Mapping[str, Any]") -> dict[str, object]:
    """Answer one request and write its log line.

    Args:
        validator: the collaborators.
        event: an API Gateway REST proxy event.

    Returns:
        The proxy response: 202 or 200 only once the event is durable, 4xx for what the sender has to
        change, 503 or 500 for what a retry can cure.
    """
    delivery = Delivery(event, validator.now())
    try:
        response = _accept(validator, delivery)
    except Rejected as rejected:
        response = _refusal(delivery, rejected)
    except Exception as bug:  # noqa: BLE001 - whatever it is, the sender is to try again, and no value may leak
        delivery.log["error"] = type(bug).__name__
        response = _refusal(delivery, Rejected(500, "internal", "the event could not be processed"))
    _emit(validator.telemetry, delivery)
    return response


def _accept(validator: Validator, delivery: Delivery) -> dict[str, object]:
    headers = request.read_headers(delivery.event)
    delivery.trace_id = request.trace_id(delivery.event, headers, os.environ.get("_X_AMZN_TRACE_ID", ""))
    body = request.read_body(delivery.event)
    _authenticate(validator, delivery, headers, body)
    request.check_content_type(headers)
    transaction = validate(decode(body), delivery.received_at)
    delivery.log["event_id"] = loggable_id(transaction.event_id)
    delivery.log["transaction_type"] = transaction.transaction_type
    item = build_item(transaction, delivery.received_at, delivery.trace_id, validator.expiry_days)
    outcome = _record(validator, delivery, item)
    delivery.log["outcome"] = outcome
    status = 202 if outcome == "accepted" else 200
    return _response(delivery, status, {"status": outcome, "event_id": transaction.event_id})


def _authenticate(validator: Validator, delivery: Delivery, headers: "Mapping[str, set[str]]", body: bytes) -> None:
    given = {name: headers[name] for name in SIGNATURE_HEADERS if name in headers}
    delivery.log["signed"] = bool(given)
    if validator.allow_unsigned and not given:
        return
    try:
        authenticate(given, body, validator.secrets, int(delivery.received_at.timestamp()))
    except SignatureRefused as refused:
        delivery.log["reason"] = refused.reason.value
        code = _SIGNATURE_CODES.get(refused.reason, "signature_invalid")
        raise Rejected(401, code, "the webhook signature was not accepted") from None
    except SecretsUnavailable as outage:
        raise _unavailable(delivery, outage.code) from None


def _record(validator: Validator, delivery: Delivery, item: dict[str, dict[str, str]]) -> str:
    """Put the item unless its event is known, and return ``accepted`` or ``duplicate``."""
    try:
        validator.table.put_item(
            TableName=validator.table_name,
            Item=item,
            ConditionExpression="attribute_not_exists(event_id)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except (ClientError, BotoCoreError) as error:
        held = aws.error_response(error).get("Item")
        if not held:
            raise _unavailable(delivery, aws.error_code(error)) from None
        return _compare(item, held)
    return "accepted"


def _compare(item: dict[str, dict[str, str]], held: "Mapping[str, Mapping[str, str]]") -> str:
    if held == item:
        return "accepted"  # this very put, whose answer was lost before botocore tried again
    if held["fingerprint"] == item["fingerprint"]:
        return "duplicate"
    raise Rejected(409, "event_conflict", "another event was accepted under this event_id", "event_id")


def _unavailable(delivery: Delivery, error: str) -> Rejected:
    delivery.log["error"] = error
    return Rejected(503, "unavailable", "the event cannot be accepted at the moment; send it again")


def _refusal(delivery: Delivery, rejected: Rejected) -> dict[str, object]:
    delivery.log["outcome"] = rejected.code
    delivery.log["field"] = rejected.field
    error = {"code": rejected.code, "message": rejected.message, "field": rejected.field}
    return _response(delivery, rejected.status, {"error": error})


def _response(delivery: Delivery, status: int, body: "Mapping[str, object]") -> dict[str, object]:
    delivery.log["status"] = status
    headers = {"Content-Type": "application/json"}
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return {"statusCode": status, "headers": headers, "body": json.dumps(body, separators=(",", ":"))}


def _emit(telemetry: Telemetry, delivery: Delivery) -> None:
    metric = _METRICS.get(str(delivery.log["outcome"]), "Rejected")
    telemetry.emit(
        milliseconds=int(delivery.received_at.timestamp() * 1000),
        fields={**delivery.log, "trace_id": loggable_id(delivery.trace_id)},
        counts={metric: 1},
    )


def compose(environ: "Mapping[str, str]") -> Validator:
    """Put the validator together from its environment variables."""
    return Validator(
        table=aws.dynamodb_client(),
        table_name=environ["TABLE_NAME"],
        expiry_days=int(environ["EXPIRY_DAYS"]),
        allow_unsigned=environ["ALLOW_UNSIGNED"] == "true",
        secrets=SigningSecrets(aws.secrets_manager_client(), environ["SIGNING_SECRET_ARN"], SOURCE),
        telemetry=Telemetry("validator", environ["SERVICE"], environ["ENVIRONMENT"]),
        now=lambda: datetime.now(UTC),
    )


@cache
def _composed() -> Validator:
    return compose(os.environ)


def handler(event: "Mapping[str, Any]", _context: object) -> dict[str, object]:
    """Answer one request; the function's entry point in Lambda."""
    return respond(_composed(), event)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    _composed()  # while the environment starts, which Lambda gives more processor time than an invocation

"""The validator: validates the request of a sender, and stores an accepted transaction before it answers.

The validator makes only one write: a conditional write of the outbox item, with the event id as key. The condition
fails if the event id is known. The stream of the table passes a new outbox item to the router. So there is no second
write that can fail.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from hookline.core.signatures.refusal import SignatureRefused
from hookline.core.signatures.standard_webhooks import SIGNATURE_HEADERS, is_usable, verify
from hookline.core.transactions.outbox import build_item
from hookline.core.transactions.reserved_ids import require_own_id, require_unclaimed
from hookline.core.transactions.transaction import validate
from hookline.core.values.redact import loggable_id
from hookline.core.values.strict_json import decode
from hookline.core.values.timestamp import expiry_days
from hookline.functions import request
from hookline.functions.authentication import authenticate, single_values
from hookline.functions.aws import clients
from hookline.functions.aws.deadline import DEADLINE
from hookline.functions.aws.errors import AwsError
from hookline.functions.exchange import Exchange
from hookline.functions.local_mode import is_local
from hookline.functions.secrets import SecretValue, SigningSecrets
from hookline.functions.telemetry import Telemetry
from hookline.functions.transactions.outbox_table import OutboxTable
from hookline.functions.unavailable import Unavailable

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

SOURCE = "transactions"
"""Key of the validator's signing secrets in the JSON value of the secret in Secrets Manager."""

_BUS_EVENT_MEMBERS = {"source", "detail-type", "detail"}
"""Keys of an EventBridge event. An API Gateway event has none of these keys."""

_METRICS = {"accepted": "Accepted", "duplicate": "Duplicate"}


@dataclass(frozen=True)
class Validator:
    """The dependencies and settings of the validator.

    Attributes:
        outbox: the outbox table.
        allow_unsigned: whether a request without any signature header is accepted.
        secrets: the live signing secrets.
        telemetry: the writer of log lines.
        now: returns the current time, with a time zone.
        make_sqs: returns the SQS client. It is called only if a message goes to the queue ``forward-dlq``.
    """

    outbox: OutboxTable
    allow_unsigned: bool
    secrets: SigningSecrets
    telemetry: Telemetry
    now: Callable[[], datetime]
    make_sqs: Callable[[], SQSClient] = clients.sqs_client


def respond(validator: Validator, event: Mapping[str, Any]) -> dict[str, object]:
    """Answer an HTTP request, or record what the bus or the queue ``forward-failures`` passes. Write the log line.

    Args:
        validator: the dependencies and settings.
        event: an API Gateway REST proxy event, a bus event with the transactions of a provider's event, or an SQS event
            of the queue ``forward-failures``.

    Returns:
        The proxy response: 202 or 200 only when the event is durable, 4xx when the sender must change the request, and
        503 or 500 when a retry can succeed. An empty object for an EventBridge event. A partial batch response for an
        SQS event.

    Raises:
        RuntimeError: when a transaction of an EventBridge event was not recorded.
    """
    if event.keys() >= _BUS_EVENT_MEMBERS:
        from hookline.functions.transactions import bus_events  # noqa: PLC0415 - importing costs a million instructions, and only bus events need it

        trace_id = request.trace_id(event, {}, _runtime_trace())
        return bus_events.respond(event, validator.outbox, validator.telemetry, validator.now(), trace_id)
    if "Records" in event:
        return _retry(validator, event["Records"])
    exchange = Exchange(event, validator.now())
    response = exchange.conclude(lambda: _accept(validator, exchange))
    _emit(validator.telemetry, exchange)
    return response


def _retry(validator: Validator, messages: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    from hookline.functions.transactions import forward_failures  # noqa: PLC0415 - as for bus events

    trace_id = request.trace_id({}, {}, _runtime_trace())
    return forward_failures.respond(
        messages, validator.outbox, validator.make_sqs, validator.telemetry, validator.now(), trace_id
    )


def _accept(validator: Validator, exchange: Exchange) -> dict[str, object]:
    headers = request.read_headers(exchange.event)
    exchange.trace_id = request.trace_id(exchange.event, headers, _runtime_trace())
    body = request.read_body(exchange.event)
    secret = _authenticate(validator, exchange, headers, body)
    request.check_content_type(headers)
    sender = validator.secrets.sender(secret)
    transaction = validate(decode(body), exchange.received_at, sender)
    exchange.log["event_id"] = loggable_id(transaction.event_id)
    exchange.log["transaction_type"] = transaction.transaction_type
    _require_own_id(validator, exchange, transaction.event_id, sender)
    item = build_item(
        transaction,
        exchange.received_at,
        exchange.trace_id,
        validator.outbox.expiry_days,
        validator.secrets.fingerprint(secret) if secret else "",
    )
    outcome = _record(validator, exchange, item)
    exchange.metric = _METRICS[outcome]
    status = 202 if outcome == "accepted" else 200
    return exchange.answer(status, {"status": outcome, "event_id": transaction.event_id})


def _authenticate(validator: Validator, exchange: Exchange, headers: Mapping[str, list[str]], body: bytes) -> str:
    """Return the secret with which the request was signed, or an empty string if the request may have no signature."""
    given = {name: headers[name] for name in SIGNATURE_HEADERS if name in headers}
    exchange.log["unsigned"] = None if given else True
    if validator.allow_unsigned and not given:
        return ""
    now = int(exchange.received_at.timestamp())
    try:
        single = single_values(given, SIGNATURE_HEADERS)
        return authenticate(lambda live: verify(single, body, live, now), validator.secrets)
    except SignatureRefused as refused:
        exchange.log["unusable_secrets"] = validator.secrets.unusable(is_usable)
        raise exchange.unauthorized(refused) from None
    except Unavailable as outage:
        raise exchange.unavailable(outage.code) from None


def _require_own_id(validator: Validator, exchange: Exchange, event_id: str, sender: str) -> None:
    """Reject an id that belongs to a provider or to another sender.

    Raises:
        Rejected: 422 ``invalid_field``, or 503 when the names of the senders cannot be read.
    """
    require_own_id(event_id)
    if sender or ":" not in event_id:
        return
    try:
        validator.secrets.live()  # for an unsigned request they are possibly not read yet
    except Unavailable as outage:
        raise exchange.unavailable(outage.code) from None
    require_unclaimed("event_id", event_id, validator.secrets.senders())


def _record(validator: Validator, exchange: Exchange, item: dict[str, dict[str, str]]) -> str:
    try:
        return validator.outbox.put_new(item)
    except AwsError as error:
        raise exchange.unavailable(error.code) from None


def _emit(telemetry: Telemetry, exchange: Exchange) -> None:
    counts = {exchange.metric: 1}
    if exchange.log.get("unsigned") and exchange.metric in _METRICS.values():
        counts["Unsigned"] = 1
    telemetry.emit(
        milliseconds=int(exchange.received_at.timestamp() * 1000),
        fields={**exchange.log, "trace_id": loggable_id(exchange.trace_id)},
        counts=counts,
    )


def _runtime_trace() -> str:
    return os.environ.get("_X_AMZN_TRACE_ID", "")


def _allows_unsigned(environ: Mapping[str, str]) -> bool:
    """Return whether requests without a signature are accepted: always, or only in local mode."""
    allowed = environ["ALLOW_UNSIGNED"]
    return allowed == "true" or (allowed == "local" and is_local(environ))


def compose(environ: Mapping[str, str]) -> Validator:
    """Create the validator with the settings in the environment variables."""
    return Validator(
        outbox=OutboxTable(
            clients.dynamodb_client(),
            environ["TABLE_NAME"],
            int(environ["EXPIRY_DAYS"]),
            expiry_days(environ["UNTIMED_EXPIRY_DAYS"]),
        ),
        allow_unsigned=_allows_unsigned(environ),
        secrets=SigningSecrets(SecretValue(clients.secrets_manager_client(), environ["SIGNING_SECRET_ARN"]), SOURCE),
        telemetry=Telemetry(environ["SERVICE"], environ["ENVIRONMENT"]),
        now=lambda: datetime.now(UTC),
        make_sqs=cache(clients.sqs_client),
    )


@cache
def _composed() -> Validator:
    return compose(os.environ)


def handler(event: Mapping[str, Any], context: object) -> dict[str, object]:
    """Answer an HTTP request, an EventBridge event or an SQS event. Lambda calls this handler of the validator."""
    DEADLINE.begin(context)
    return respond(_composed(), event)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    _composed()  # during initialization, because Lambda gives it more CPU time than an invocation

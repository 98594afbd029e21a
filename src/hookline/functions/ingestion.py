"""Ingestion: verifies a provider's webhook, and makes its events durable before it answers.

Ingestion has four steps: read, archive, send, record. First, ingestion reads the webhook record. A known event needs no
other step. For a new event, ingestion archives the raw body under a hash of its content. Then ingestion sends a
delivery message to the FIFO queue, and writes the webhook record last. So if there is a webhook record, all steps are
done. If ingestion stops before the last step, the provider's retry completes the steps.

A genuine delivery whose body cannot be read is archived and recorded too, but not queued. Its answer is 200, because a
provider can switch an endpoint off after several other answers. An operator can replay the body later.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from hookline.core.errors import Rejected
from hookline.core.providers.contract import CertificateSource, Delivery, Provider, Settings, Verified
from hookline.core.providers.registry import name_in, with_own_names
from hookline.core.providers.registry import provider as find_provider
from hookline.core.senders import SOURCES
from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.core.signatures.standard_webhooks import ID_HEADER
from hookline.core.transactions.reserved_ids import require_unclaimed
from hookline.core.values.card_numbers import has_card_number
from hookline.core.values.redact import loggable_id
from hookline.core.values.strict_json import JsonObject, decode
from hookline.core.values.timestamp import expiry_days
from hookline.core.webhooks.webhook_record import Receipt
from hookline.functions import request
from hookline.functions.authentication import authenticate, single_values
from hookline.functions.aws import clients
from hookline.functions.aws.deadline import DEADLINE
from hookline.functions.aws.errors import AwsError
from hookline.functions.exchange import Exchange
from hookline.functions.providers.development_certificate import development_certificate
from hookline.functions.providers.intake import (
    MAX_BODY_BYTES,
    OF_NEW_EVENTS,
    NewEvent,
    event_settings,
    read_events,
    take_in,
)
from hookline.functions.providers.webhook_store import WebhookStore
from hookline.functions.secrets import SecretValue, SigningSecrets
from hookline.functions.telemetry import Telemetry
from hookline.functions.unavailable import Unavailable

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient

MAX_DELIVERED_BYTES = 6_291_456
"""Maximum size in bytes of a request body whose signature covers the body (6 MiB).

No larger body arrives: this is the maximum size of Lambda's event, in which API Gateway puts the body as base64
("Lambda quotas" in the Lambda developer guide). The limit of API Gateway is 10 MB.
"""

MAX_LOGGED_IDS = 10
"""Maximum number of event ids in a log line."""


@dataclass(frozen=True)
class Ingestion:
    """The dependencies and settings of ingestion.

    Attributes:
        store: the table, the bucket and the queue.
        providers: names of the enabled providers.
        by_object: whether order is kept for each object separately. Otherwise, order is kept for all events of a
            provider together.
        expiry_days: days until DynamoDB may delete a webhook record of a provider that signs the time.
        untimed_expiry_days: the same for the other providers, or None to keep their webhook records. Without a signed
            time, somebody can send a copy of a delivery at any time, so hookline must remember its events.
        archive_days: days until S3 deletes a body from the archive, or None to keep it.
        settings: values that only some providers need to verify signatures.
        secrets: returns the live secrets for a provider name.
        telemetry: the writer of log lines.
        now: returns the current time, with a time zone.
    """

    store: WebhookStore
    providers: frozenset[str]
    by_object: bool
    expiry_days: int
    untimed_expiry_days: int | None
    archive_days: int | None
    settings: Settings
    secrets: Callable[[str], SigningSecrets]
    telemetry: Telemetry
    now: Callable[[], datetime]


def respond(ingestion: Ingestion, event: Mapping[str, Any]) -> dict[str, object]:
    """Answer a provider's webhook and write its log line.

    Args:
        ingestion: the dependencies and settings.
        event: an API Gateway REST proxy event.

    Returns:
        The proxy response: 200 only when every event of the delivery is durable, or when the body cannot be read and is
        durable, 4xx when a retry cannot succeed, and 503 or 500 when a retry can succeed.
    """
    exchange = Exchange(event, ingestion.now())
    counts: dict[str, int] = {}
    response = exchange.conclude(lambda: _accept(ingestion, exchange, counts))
    _emit(ingestion.telemetry, exchange, counts)
    return response


def _accept(ingestion: Ingestion, exchange: Exchange, counts: dict[str, int]) -> dict[str, object]:
    headers = request.read_headers(exchange.event)
    exchange.trace_id = request.trace_id(exchange.event, headers, os.environ.get("_X_AMZN_TRACE_ID", ""))
    provider = _provider(ingestion, exchange)
    body = _read_body(exchange, provider)
    secrets = ingestion.secrets(provider.name)
    headers = with_own_names(provider, str(exchange.event.get("path")), headers)
    delivery, verified = _verify(ingestion, exchange, provider, secrets, headers, body, counts)
    counts["Verified"] = 1
    receipt = _receipt(ingestion, exchange, secrets, verified, body)
    exchange.log["pan_like"] = receipt.pan_like or None
    return _store(ingestion, exchange, provider, delivery, verified, receipt, counts)


def _read_body(exchange: Exchange, provider: Provider) -> bytes:
    """Return the exact bytes of the body. The limit is lower if the body must be decoded before it is verified."""
    limit = MAX_DELIVERED_BYTES if provider.signed_texts is None else MAX_BODY_BYTES
    return request.read_body(exchange.event, limit)


def _store(
    ingestion: Ingestion,
    exchange: Exchange,
    provider: Provider,
    delivery: Delivery,
    verified: Verified,
    receipt: Receipt,
    counts: dict[str, int],
) -> dict[str, object]:
    """Store a verified delivery, whether its body can be read or not, and return the answer."""
    decode_body = partial(_payload, verified)
    try:
        events = read_events(provider, delivery, ingestion.settings, decode_body, by_object=ingestion.by_object)
    except Rejected as refused:
        if refused.field in provider.identifying_headers:  # the body can be read
            raise
        counts |= _keep_unreadable(ingestion, exchange, provider, delivery, verified, refused, receipt)
        return exchange.answer(200, {"status": "unreadable" if "Unreadable" in counts else "duplicate", "events": 0})
    exchange.log["event_ids"] = [loggable_id(event.message.event_id) for event in events[:MAX_LOGGED_IDS]]
    counts |= _take_in(ingestion, exchange, delivery.body, events, receipt, provider)
    new = sum(counts.get(metric, 0) for metric in OF_NEW_EVENTS)
    if new < len(events):
        counts["Duplicate"] = len(events) - new
    if new and receipt.pan_like:
        counts["PanLike"] = 1
    return exchange.answer(200, {"status": "accepted" if new else "duplicate", "events": len(events)})


def _provider(ingestion: Ingestion, exchange: Exchange) -> Provider:
    """Return the provider that the URL path of the request names. Reject a provider that is not enabled."""
    name = name_in(str(exchange.event.get("path")))
    if name not in ingestion.providers:
        raise Rejected(404, "unknown_provider", "webhooks of this provider are not received here")
    exchange.log["provider"] = name
    return find_provider(name)


def _verify(
    ingestion: Ingestion,
    exchange: Exchange,
    provider: Provider,
    secrets: SigningSecrets,
    headers: Mapping[str, list[str]],
    body: bytes,
    counts: dict[str, int],
) -> tuple[Delivery, Verified]:
    now = int(exchange.received_at.timestamp())
    try:
        delivery = Delivery(body, single_values(headers, [name.lower() for name in provider.required_headers]))
        verified = authenticate(lambda live: provider.verify(delivery, live, now, ingestion.settings), secrets)
    except SignatureRefused as refused:
        exchange.log["unusable_secrets"] = secrets.unusable(provider.is_usable)
        if refused.reason == Refusal.TOO_MANY_CERTIFICATES:
            counts.update({"Unauthorized": 1, "TooManyCertificates": 1})
        raise exchange.unauthorized(refused) from None
    except Unavailable as outage:
        raise exchange.unavailable(outage.code) from None
    return _of_sender(delivery, secrets, verified), verified


def _of_sender(delivery: Delivery, secrets: SigningSecrets, verified: Verified) -> Delivery:
    """Return the delivery with the name of its sender, if the provider can have named senders."""
    if secrets.source not in SOURCES:
        return delivery
    sender = secrets.sender(verified.secrets[0])
    if not sender:
        require_unclaimed(ID_HEADER, delivery.headers[ID_HEADER], secrets.senders())
    return Delivery(delivery.body, delivery.headers, sender)


def _receipt(
    ingestion: Ingestion, exchange: Exchange, secrets: SigningSecrets, verified: Verified, body: bytes
) -> Receipt:
    return Receipt(
        received_at=exchange.received_at,
        signed_at=verified.signed_at,
        body_sha256=hashlib.sha256(body).hexdigest(),
        secret_fingerprint=",".join([secrets.fingerprint(secret) for secret in verified.secrets]),
        pan_like=has_card_number(body.decode("utf-8", "replace")),
        trace_id=exchange.trace_id,
        expiry_days=ingestion.untimed_expiry_days if verified.signed_at is None else ingestion.expiry_days,
        archive_days=ingestion.archive_days,
    )


def _payload(verified: Verified, body: bytes) -> JsonObject:
    """Return the decoded body of a verified delivery, or raise the reason why it cannot be decoded."""
    if verified.refused is not None:
        raise verified.refused
    return decode(body, mend=True) if verified.payload is None else verified.payload


def _keep_unreadable(
    ingestion: Ingestion,
    exchange: Exchange,
    provider: Provider,
    delivery: Delivery,
    verified: Verified,
    refused: Rejected,
    receipt: Receipt,
) -> dict[str, int]:
    from hookline.core.webhooks import unreadable_record  # noqa: PLC0415 - few deliveries need these modules
    from hookline.functions.providers.unreadable import keep  # noqa: PLC0415

    keys = unreadable_record.record_keys(provider, delivery, verified.payload)
    events = unreadable_record.event_keys(provider, delivery, verified.payload, ingestion.settings)
    exchange.log.update({"unreadable": refused.code, "field": refused.field, "record_key": keys[0]})
    parts = dict(zip(keys, events, strict=True))
    try:
        is_open = keep(ingestion.store, parts, provider, delivery, refused, receipt)
    except AwsError as error:
        raise exchange.unavailable(error.code) from None
    if not is_open:
        return {"Duplicate": 1}
    return {"Unreadable": 1, "PanLike": 1} if receipt.pan_like else {"Unreadable": 1}


def _take_in(
    ingestion: Ingestion, exchange: Exchange, body: bytes, events: Sequence[NewEvent], receipt: Receipt, of: Provider
) -> dict[str, int]:
    try:
        return take_in(ingestion.store, body, events, receipt, of.retry_horizon)
    except Unavailable as incomplete:
        raise exchange.unavailable(incomplete.code) from None
    except AwsError as error:
        raise exchange.unavailable(error.code) from None


def _emit(telemetry: Telemetry, exchange: Exchange, counts: dict[str, int]) -> None:
    provider = exchange.log.get("provider")
    of_provider = {"Verified": counts.pop("Verified", 0)}  # also the value 0, for the alarm that compares both
    counted = counts or {exchange.metric: 1}
    if "Unauthorized" in counted:
        of_provider["Unauthorized"] = counted["Unauthorized"]
    telemetry.emit(
        milliseconds=int(exchange.received_at.timestamp() * 1000),
        fields={**exchange.log, "trace_id": loggable_id(exchange.trace_id)},
        counts=counted,
        provider=str(provider) if provider else None,
        of_provider=of_provider,
    )


@cache
def _certificates(dynamodb: DynamoDBClient, table: str) -> CertificateSource:
    """Return the source of PayPal's certificates. The first call imports its modules, which only PayPal needs."""
    from hookline.functions.providers.certificates import Certificates  # noqa: PLC0415
    from hookline.functions.providers.kept_certificates import KeptTable  # noqa: PLC0415

    return Certificates(KeptTable(dynamodb, table), _fetch, time.time)


def _fetch(url: str) -> bytes | None:
    from hookline.functions.providers.certificate_server import fetch  # noqa: PLC0415 - imports http.client, which only a new certificate needs

    return fetch(url)


def _settings(environ: Mapping[str, str], dynamodb: DynamoDBClient) -> Settings:
    development = development_certificate(environ)
    if development is not None:
        of_paypal: dict[str, Any] = {"certificates": lambda: development, "trusted": development.pem}
    else:
        source = partial(_certificates, dynamodb, environ["TABLE_NAME"])
        of_paypal = {"certificates": source, "paypal_environment": environ["PAYPAL_ENVIRONMENT"]}
    return Settings(**{**vars(event_settings(environ)), **of_paypal})


def compose(environ: Mapping[str, str]) -> Ingestion:
    """Create ingestion with the settings in the environment variables."""
    dynamodb = clients.dynamodb_client()
    secrets = SecretValue(clients.secrets_manager_client(), environ["PROVIDER_SECRETS_ARN"])
    return Ingestion(
        store=WebhookStore(
            dynamodb=dynamodb,
            table=environ["TABLE_NAME"],
            s3=clients.s3_client(environ["BUCKET_NAME"]),
            bucket=environ["BUCKET_NAME"],
            sqs=clients.sqs_client(),
            queue_url=environ["QUEUE_URL"],
        ),
        providers=frozenset(environ["PROVIDERS"].split(",")),
        by_object=environ["ORDERING"] == "object",
        expiry_days=int(environ["EXPIRY_DAYS"]),
        untimed_expiry_days=expiry_days(environ["UNTIMED_EXPIRY_DAYS"]),
        archive_days=expiry_days(environ["ARCHIVE_EXPIRY_DAYS"]),
        settings=_settings(environ, dynamodb),
        secrets=partial(SigningSecrets, secrets),
        telemetry=Telemetry(environ["SERVICE"], environ["ENVIRONMENT"], environ["PROVIDER_METRICS"] == "true"),
        now=lambda: datetime.now(UTC),
    )


@cache
def _composed() -> Ingestion:
    return compose(os.environ)


def handler(event: Mapping[str, Any], context: object) -> dict[str, object]:
    """Answer a provider's webhook. Lambda calls this handler of ingestion."""
    DEADLINE.begin(context)
    return respond(_composed(), event)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    _composed()  # during initialization, because Lambda gives it more CPU time than an invocation

"""The events for every variant of a function, in the form in which Lambda passes them."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hookline.core.providers import adyen
from hookline.core.providers.contract import Delivery, Settings
from hookline.core.signatures.standard_webhooks import sign
from hookline.core.transactions.outbox import build_item
from hookline.core.transactions.transaction import validate
from hookline.core.values.json_pointer import pointers_to
from hookline.core.values.strict_json import decode, encode
from hookline.core.values.timestamp import format_utc
from hookline.core.webhooks import delivery_message
from hookline.operate.sending import samples, signing

Json = dict[str, Any]

RECORDS = {"validator": 1, "router": 10, "ingestion": 1, "processing": 10}
"""Function → number of records in one of its events."""

BUCKET = "hookline-payloads-bench"
_SIGNING_SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
_SECRETS = {"transactions": [_SIGNING_SECRET], "stripe": ["whsec_bench_stripe_secret_0123456789"]}
_ADYEN_KEY = bytes(range(32)).hex()
_TRACE = "1-69209d00-4f3c0b7e9a52d81c6e0fa37b"
_QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012"
_SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:bench-Ab12Cd"  # noqa: S105 - a name

ENVIRONMENTS = {
    "validator": {
        "TABLE_NAME": "transaction-events",
        "EXPIRY_DAYS": "35",
        "UNTIMED_EXPIRY_DAYS": "never",
        "ALLOW_UNSIGNED": "false",
        "SIGNING_SECRET_ARN": _SECRET_ARN,
        "IDEMPOTENCY_TABLE_NAME": "idempotency",
        "SERVICE": "transactions",
    },
    "router": {
        "PAYMENTS_QUEUE_URL": f"{_QUEUE}/payments-queue",
        "REFUNDS_QUEUE_URL": f"{_QUEUE}/refunds-queue",
        "DISPUTES_QUEUE_URL": f"{_QUEUE}/disputes-queue",
        "FAILURES_QUEUE_URL": f"{_QUEUE}/router-failures-queue",
        "SERVICE": "transactions",
    },
    "ingestion": {
        "TABLE_NAME": "provider-webhooks",
        "BUCKET_NAME": BUCKET,
        "QUEUE_URL": f"{_QUEUE}/deliveries.fifo",
        "PROVIDER_SECRETS_ARN": _SECRET_ARN,
        "PROVIDERS": "adyen,stripe",
        "ORDERING": "object",
        "EXPIRY_DAYS": "35",
        "UNTIMED_EXPIRY_DAYS": "never",
        "ARCHIVE_EXPIRY_DAYS": "never",
        "SQUARE_URL": "",
        "PAYPAL_ENVIRONMENT": "live",
        "PROVIDER_METRICS": "true",
        "IDEMPOTENCY_TABLE_NAME": "idempotency",
        "SERVICE": "providers",
    },
    "processing": {
        "BUS_NAME": "provider-events",
        "BUCKET_NAME": BUCKET,
        "ADYEN_CAPTURE": "automatic",
        "BOOK_PAYPAL": "true",
        "BOOKED_ACCOUNTS": "{}",
        "REFERENCE_FIELDS": "{}",
        "STRIPE_BASIL_SINCE": "",
        "BOOK_TEST_EVENTS": "false",
        "SERVICE": "providers",
    },
}
"""Function → the environment variables that the stack sets."""


@dataclass(frozen=True)
class Workload:
    """Events, and the data that must exist before them.

    Attributes:
        events: one event for each invocation, without duplicates.
        objects: path → content of the objects in the archive.
        secrets: the value of the secret.
    """

    events: list[Json]
    objects: dict[str, str] = field(default_factory=dict)
    secrets: str = json.dumps(_SECRETS)


def workload(function: str, count: int) -> Workload:
    """Return `count` events for a function, signed now."""
    return _WORKLOADS[function](count)


def forged(event: Json) -> Json:
    """Return the same webhook with a changed body and the old signature."""
    return {**event, "body": event["body"].replace("49", "94")}


def _validator(count: int) -> Workload:
    return Workload([_signed_transaction(number) for number in range(count)])


def _transaction(number: int) -> Json:
    return {
        "event_id": f"evt_bench_{number:06}",
        "transaction_type": "payment",
        "amount": "49.90",
        "currency": "EUR",
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "metadata": {"order": f"order-{number:06}", "customer": "cus_bench", "channel": "web"},
    }


def _signed_transaction(number: int) -> Json:
    body, now, webhook_id = json.dumps(_transaction(number)), int(time.time()), f"msg_bench_{number:06}"
    signature = sign(_SIGNING_SECRET, webhook_id, now, body.encode())
    headers = {"webhook-id": webhook_id, "webhook-timestamp": str(now), "webhook-signature": signature}
    return _request("/webhook", headers, body)


def _ingestion(count: int) -> Workload:
    sample = samples.read("stripe", "payment").decode()
    return Workload([_signed_stripe_event(sample, number) for number in range(count)])


def _signed_stripe_event(sample: str, number: int) -> Json:
    body = sample.replace("evt_1HooklineSample", f"evt_1Bench{number:06}")
    body = body.replace("pi_3HooklineSample", f"pi_3Bench{number:06}x")
    headers = signing.sign("stripe", body.encode(), _SECRETS["stripe"][0], int(time.time())).headers
    return _request("/webhook/stripe", {"Stripe-Signature": headers["stripe-signature"]}, body)


def _request(path: str, signature: dict[str, str], body: str) -> Json:
    """Return an event of API Gateway's proxy integration ("Input format …" in its developer guide)."""
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "Host": "abcdef1234.execute-api.us-east-1.amazonaws.com",
        "User-Agent": "webhooks/1.0",
        "X-Amzn-Trace-Id": f"Root={_TRACE}",
        "X-Forwarded-For": "192.0.2.10",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
        **signature,
    }
    context = {
        "accountId": "123456789012",
        "apiId": "abcdef1234",
        "domainName": "abcdef1234.execute-api.us-east-1.amazonaws.com",
        "extendedRequestId": "UEyhRHQXIAMEaJw=",
        "httpMethod": "POST",
        "identity": {"sourceIp": "192.0.2.10", "userAgent": "webhooks/1.0"},
        "path": f"/bench{path}",
        "protocol": "HTTP/1.1",
        "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "requestTimeEpoch": int(time.time() * 1000),
        "resourceId": "abc123",
        "resourcePath": path,
        "stage": "bench",
    }
    return {
        "resource": path,
        "path": path,
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": context,
        "body": body,
        "isBase64Encoded": False,
    }


def _router(count: int) -> Workload:
    return Workload([{"Records": [_stream_record(10 * batch + n) for n in range(10)]} for batch in range(count)])


def _stream_record(number: int) -> Json:
    now = datetime.now(UTC)
    item = build_item(validate(_transaction(number), now), now, _TRACE, 35)
    return {
        "eventID": f"{number:032x}",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": int(now.timestamp()),
            "Keys": {"event_id": item["event_id"]},
            "NewImage": item,
            "SequenceNumber": f"{4421584500000000017450439091 + number}",
            "SizeBytes": 640,
            "StreamViewType": "NEW_IMAGE",
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/transaction-events/stream/2026-11-21T00:00",
    }


def _processing(count: int) -> Workload:
    """Return batches of ten messages in one message group; the ten come from one delivery, as Adyen sends them."""
    item = decode(samples.read("adyen", "payment"))
    batches = [_adyen_delivery(item, batch) for batch in range(count)]
    objects = {f"/{BUCKET}/{delivery_message.archive_key('adyen', body)}": body.decode() for body, _ in batches}
    return Workload([{"Records": records} for _, records in batches], objects)


def _adyen_delivery(sample: Json, batch: int) -> tuple[bytes, list[Json]]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    original = {**sample["notificationItems"][0]["NotificationRequestItem"], "eventDate": now}
    items = [{"NotificationRequestItem": {**original, "pspReference": f"BENCH{batch:06}ITEM{n}"}} for n in range(10)]
    body = signing.sign("adyen", json.dumps({**sample, "notificationItems": items}).encode(), _ADYEN_KEY, 0).body
    payload = decode(body)
    events = adyen.identify(Delivery(body, {}), payload, Settings())
    pointers = pointers_to(payload, [event.payload for event in events])
    key = delivery_message.archive_key("adyen", body)
    messages = [
        delivery_message.DeliveryMessage(
            "adyen",
            event.event_id,
            event.event_type,
            event.object_id,
            f"adyen:{event.signed_key}",
            key,
            pointer,
            encode(event.payload),
            account=event.account,
        )
        for event, pointer in zip(events, pointers, strict=True)
    ]
    return body, [_queue_record(each, 10 * batch + n) for n, each in enumerate(messages)]


def _queue_record(sent: delivery_message.DeliveryMessage, number: int) -> Json:
    now = format_utc(datetime.now(UTC))
    text = {"stringListValues": [], "binaryListValues": [], "dataType": "String"}
    return {
        "messageId": f"059f36b4-87a3-44ab-83d2-{number:012}",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": delivery_message.build(sent),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "ApproximateFirstReceiveTimestamp": str(int(time.time() * 1000)),
            "MessageGroupId": delivery_message.message_group("adyen", sent.object_id, by_object=False),
            "MessageDeduplicationId": f"{number:064x}",
            "SenderId": "AROAIENQZJOLO23YVJ4VO:ingestion",
            "SentTimestamp": str(int(time.time() * 1000)),
            "SequenceNumber": f"{18870000000000000000 + number}",
        },
        "messageAttributes": {
            "received_at": {"stringValue": now, **text},
            "trace_id": {"stringValue": _TRACE, **text},
        },
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:deliveries.fifo",
        "awsRegion": "us-east-1",
    }


_WORKLOADS: dict[str, Callable[[int], Workload]] = {
    "validator": _validator,
    "router": _router,
    "ingestion": _ingestion,
    "processing": _processing,
}

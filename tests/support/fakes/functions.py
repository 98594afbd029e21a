"""Events as API Gateway, DynamoDB Streams and SQS hand them to a function."""

from __future__ import annotations

import base64
import time
from typing import Any

from support.pipeline.cloud import Cloud
from support.pipeline.system import System
from support.pipeline.webhooks import signed, stripe_payment


def http_event(path: str) -> dict[str, Any]:
    """Return a request that API Gateway passes on, signed now with a secret that nobody has."""
    now = str(int(time.time()))
    headers = {
        "content-type": "application/json",
        "webhook-id": "evt_1",
        "webhook-timestamp": now,
        "webhook-signature": f"v1,{base64.b64encode(bytes(32)).decode()}",
        "stripe-signature": f"t={now},v1={'0' * 64}",
    }
    return {"path": path, "body": "{}", "isBase64Encoded": False, "headers": headers}


def stream_record(number: int, transaction_type: str = "payment", **image: Any) -> dict[str, Any]:
    """Return a stream record of an outbox item; an attribute with the value None is left out."""
    item = {
        "event_id": {"S": f"evt_{number}"},
        "transaction_type": {"S": transaction_type},
        "trace_id": {"S": "trace"},
        "received_at": {"S": "2026-11-21T12:00:00Z"},
        "message": {"S": f"message {number}"},
        **image,
    }
    new_image = {name: value for name, value in item.items() if value is not None}
    keys = {"event_id": {"S": f"evt_{number}"}}
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(number), "Keys": keys, "NewImage": new_image}}


def stream_event() -> dict[str, Any]:
    """Return a batch of one new item of the outbox."""
    return {"Records": [stream_record(1)]}


def queue_event() -> dict[str, Any]:
    """Return a batch of one message that ingestion sent to processing."""
    system = System(Cloud())
    system.post("stripe", signed("stripe", stripe_payment("evt_1", "pi_1"), system.cloud.now))
    return {"Records": [message.record() for message in system.cloud.receive()]}

"""A stack with both systems that lives in the test: the providers part verifies, keeps and forwards in memory."""

# ruff: noqa: N803 - boto3 names its arguments so

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from support.fakes.errors import client_error
from support.fakes.secrets_manager import FakeSecretsManager
from support.fakes.stack import OUTPUTS, FakeStack
from support.fakes.table import FakeTable

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.contract import USUAL, BookingRules, Delivery, Settings
from hookline.core.providers.registry import name_in, provider, with_own_names
from hookline.core.signatures.refusal import Refusal, SignatureRefused
from hookline.functions.providers.development_certificate import TrustedCertificate
from hookline.local.development_certificate import DevelopmentCertificate, make
from hookline.local.development_secrets import development_secrets
from hookline.operate.sending.provider_webhooks import Webhook
from hookline.operate.target import Target

SQUARE_URL = "https://hooks.example.com/webhook/square"
PROVIDER_OUTPUTS = {
    "api_endpoint": "http://127.0.0.1:9/providers/webhook",
    "provider_secrets_arn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:providers",
    "providers": sorted(PROVIDER_NAMES),
    "square_notification_url": SQUARE_URL,
    "adyen_capture": "automatic",
    "book_paypal": True,
    "booked_accounts": {},
    "stripe_basil_since": "",
    "book_test_events": False,
    "s3_bucket_name": "payloads",
    "dynamodb_table_name": "webhooks",
    "provider_log_group_name": "/aws/events/provider-events",
    "forward_failures_queue_url": "https://sqs/forward-failures",
    "forward_dlq_url": "https://sqs/forward-dlq",
}


@cache
def certificate() -> DevelopmentCertificate:
    """One development certificate; making one takes a moment."""
    return make()


@dataclass
class FakeArchive:
    """S3: key → body; an error is raised instead."""

    objects: dict[str, bytes] = field(default_factory=dict)
    error: Exception | None = None

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        """One object."""
        if self.error or Key not in self.objects:
            raise self.error or client_error("NoSuchKey", 404)
        return {"Body": io.BytesIO(self.objects[Key])}


@dataclass
class FakeLogs:
    """The log group behind the bus, one event to a page; an error is raised instead."""

    messages: list[str] = field(default_factory=list)
    error: Exception | None = None

    def get_paginator(self, _operation: str) -> FakeLogs:
        """Itself."""
        return self

    def paginate(self, logGroupName: str, startTime: int) -> Iterator[dict[str, Any]]:
        """All events."""
        if self.error:
            raise self.error
        yield from ({"events": [{"message": message}]} for message in list(self.messages))


@dataclass
class BothSystems(FakeStack):
    """A stack with both systems.

    Attributes:
        archive: the bodies.
        logs: the bus's log group.
        records: what was received.
        provider_secrets: the providers' secrets.
        forgetful: True accepts a webhook and does nothing with it.
    """

    outputs: dict[str, Any] = field(default_factory=lambda: {**OUTPUTS, **PROVIDER_OUTPUTS})
    archive: FakeArchive = field(default_factory=FakeArchive)
    logs: FakeLogs = field(default_factory=FakeLogs)
    records: FakeTable = field(default_factory=lambda: FakeTable("key"))
    provider_secrets: FakeSecretsManager = field(
        default_factory=lambda: FakeSecretsManager(json.dumps(development_secrets("provider-secrets-dev")))
    )
    forgetful: bool = False

    @property
    def target(self) -> Target:
        """The stack as operators see it."""
        clients = {"sqs": self.sqs, "s3": self.archive, "logs": self.logs, "dynamodb": self.records}
        return Target(self.outputs, {**clients, "secretsmanager": self}.__getitem__, certificate())

    def get_secret_value(self, SecretId: str) -> dict[str, str]:
        """One of the two secrets."""
        return self._secret(SecretId).get_secret_value(SecretId)

    def put_secret_value(self, SecretId: str, **values: Any) -> dict[str, str]:
        """Another value of one of them."""
        return self._secret(SecretId).put_secret_value(SecretId, **values)

    def update_secret_version_stage(self, SecretId: str, **stage: str) -> None:
        """Make a version of one of them the current one."""
        self._secret(SecretId).update_secret_version_stage(SecretId, **stage)

    def answer_at(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and body for one request to a path."""
        if not path.startswith("/providers/"):
            return self.answer(body)
        name = name_in(path)
        by_hand = name == "adyen" and self.outputs["adyen_capture"] == "manual"
        rules = BookingRules(captures=True) if by_hand else USUAL
        return self._receive(Webhook(name, body, with_own_names(provider(name), path, headers), rules))

    def _receive(self, webhook: Webhook) -> tuple[int, dict[str, Any]]:
        settings = Settings(SQUARE_URL, lambda: TrustedCertificate(certificate().pem), certificate().pem)
        live = json.loads(str(self.provider_secrets.value)).get(webhook.provider, [])
        delivery = Delivery(webhook.body, webhook.headers)
        try:
            provider(webhook.provider).verify(delivery, live, int(time.time()), settings)
        except SignatureRefused as refused:
            code = "signature_expired" if refused.reason is Refusal.EXPIRED else "signature_invalid"
            return 401, {"error": {"code": code, "message": "no", "field": None}}
        if webhook.archive_key in self.archive.objects:
            return 200, {"status": "duplicate", "events": len(webhook.events)}
        if not self.forgetful:
            self._keep(webhook)
        return 200, {"status": "accepted", "events": len(webhook.events)}

    def _keep(self, webhook: Webhook) -> None:
        self.archive.objects[webhook.archive_key] = webhook.body
        for event_id in webhook.event_ids:
            detail = {"provider": webhook.provider, "event_id": event_id}
            self.logs.messages.append(json.dumps({"detail": detail}))
        for event_id, kind in webhook.transactions.items():
            self.sqs.put(self.outputs[f"{kind}s_queue_url"], json.dumps({"event_id": event_id}))

    def _secret(self, arn: str) -> FakeSecretsManager:
        return self.provider_secrets if arn == self.outputs.get("provider_secrets_arn") else self.secrets

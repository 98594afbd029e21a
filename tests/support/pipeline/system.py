"""The providers system on the cloud in memory: ingestion, queue, processing, and a consumer with deduplication."""

import base64
import json
from collections.abc import Callable
from typing import Any

from support.pipeline.cloud import Cloud, Message
from support.pipeline.webhooks import SECRETS, URL

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.contract import USUAL, Delivery, Settings
from hookline.functions import ingestion, processing
from hookline.functions.bus import Bus
from hookline.functions.ingestion import Ingestion
from hookline.functions.processing import Processing
from hookline.functions.providers.envelopes import Envelopes
from hookline.functions.providers.webhook_store import WebhookStore
from hookline.functions.secrets import SecretValue, SigningSecrets
from hookline.functions.telemetry import Telemetry


class System:
    """Ingestion and processing with a cloud in memory.

    Attributes:
        cloud: the cloud.
        ingestion: ingestion; a test may replace its parts.
        processing: processing.
    """

    def __init__(self, cloud: Cloud, *, by_object: bool = False) -> None:
        self.cloud = cloud
        cloud.secrets = {provider: [secret] for provider, secret in SECRETS.items()}
        self.ingestion = Ingestion(
            store=WebhookStore(cloud, "webhooks", cloud, "payloads", cloud, "queue.fifo"),
            providers=frozenset(PROVIDER_NAMES),
            by_object=by_object,
            expiry_days=35,
            untimed_expiry_days=None,
            archive_days=None,
            settings=Settings(url=URL),
            secrets=lambda provider: SigningSecrets(self._secret, provider),
            telemetry=Telemetry("providers", "dev"),
            now=lambda: cloud.now,
        )
        self.processing = Processing(
            Envelopes(cloud, "payloads", lambda _provider: USUAL),
            Bus(cloud, "bus"),
            Telemetry("providers", "dev"),
            lambda: cloud.now,
        )
        self.restart()

    def restart(self) -> None:
        """Start a new execution environment with empty caches."""
        self._secret = SecretValue(self.cloud, "arn:secret", self.cloud.monotonic)

    def post(self, provider: str, delivery: Delivery, *, flagged: bool = True) -> tuple[int, Any]:
        """Send a delivery as API Gateway passes it, and return status and decoded answer.

        Args:
            provider: provider of the endpoint.
            delivery: the request.
            flagged: whether the body is base64, as with binary media types, or text.
        """
        body = base64.b64encode(delivery.body).decode() if flagged else delivery.body.decode()
        path = "/webhook" if provider == "standard_webhooks" else f"/webhook/{provider}"
        event = {"path": path, "body": body, "isBase64Encoded": flagged, "headers": dict(delivery.headers)}
        response = ingestion.respond(self.ingestion, event)
        return int(str(response["statusCode"])), json.loads(str(response["body"]))

    def stored(self) -> tuple[int, int, int]:
        """Return the numbers of objects, messages and records."""
        return len(self.cloud.objects), len(self.cloud.queue), len(self.cloud.items)

    def process(self) -> None:
        """Pass the queue's messages to processing, as Lambda does, until the queue is empty."""
        while received := self.cloud.receive():
            self.process_once(received)

    def process_once(self, received: list[Message], remaining: Callable[[], int] = lambda: 30_000) -> list[Message]:
        """Pass one batch to processing, and return the failed messages.

        Args:
            received: the messages.
            remaining: returns the milliseconds until Lambda stops the invocation.
        """
        event = {"Records": [message.record() for message in received]}
        answer = processing.respond(self.processing, event, remaining)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        self.cloud.delete([message for message in received if message.identifier not in failed])
        return [message for message in received if message.identifier in failed]

    @staticmethod
    def event_id(message: Message) -> str:
        """Return the event id in a message."""
        return json.loads(message.entry["MessageBody"])["event_id"]

    def details(self) -> list[dict[str, Any]]:
        """Return the details of the providers' events on the bus, in order."""
        return [json.loads(entry["Detail"]) for entry in self.cloud.bus if entry["Source"] != "hookline.outcome"]

    def effects(self) -> list[str]:
        """Return the keys of the events on which a consumer acts, in order and without duplicates."""
        return list(dict.fromkeys(detail["key"] for detail in self.details()))

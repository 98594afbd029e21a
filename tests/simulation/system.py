"""The providers system on the cloud in memory: ingestion, the queue, processing, and a consumer that keys on ids."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from simulation.cloud import Cloud

from hookline.core.providers.contract import Settings
from hookline.core.providers.registry import MODULES
from hookline.functions import ingestion, processing
from hookline.functions.bus import Bus
from hookline.functions.envelopes import Envelopes
from hookline.functions.ingestion import Ingestion
from hookline.functions.processing import Processing
from hookline.functions.secrets import SecretValue, SigningSecrets
from hookline.functions.telemetry import Telemetry
from hookline.functions.webhook_store import WebhookStore

STRIPE_SECRET = "whsec_stripe_simulation"


class System:
    """Ingestion and processing with a cloud.

    Attributes:
        cloud: the cloud.
        ingestion: ingestion; replace its parts to change it.
        processing: processing.
    """

    def __init__(self, cloud: Cloud, *, by_object: bool = False) -> None:
        self.cloud = cloud
        cloud.secrets.setdefault("stripe", [STRIPE_SECRET])
        self.ingestion = Ingestion(
            store=WebhookStore(cloud, "webhooks", cloud, "payloads", cloud, "queue.fifo"),
            providers=frozenset(MODULES),
            by_object=by_object,
            expiry_days=35,
            settings=Settings(url="https://example.com/webhook/square"),
            secrets=lambda provider: SigningSecrets(self._secret, provider),
            telemetry=Telemetry("ingestion", "providers", "dev"),
            now=lambda: cloud.now,
        )
        self.processing = Processing(
            Envelopes(cloud, "payloads"),
            Bus(cloud, "bus"),
            Telemetry("processing", "providers", "dev"),
            lambda: cloud.now,
        )
        self.restart()

    def restart(self) -> None:
        """Begin with a new execution environment, whose caches are empty."""
        self._secret = SecretValue(self.cloud, "arn:secret", self.cloud.monotonic)

    def post(self, path: str, body: bytes | str, headers: Mapping[str, str], **event: Any) -> tuple[int, Any]:
        """Send a webhook through the gateway, and return status and decoded answer."""
        text = body if isinstance(body, str) else body.decode()
        response = ingestion.respond(self.ingestion, {"path": path, "body": text, "headers": dict(headers), **event})
        return int(str(response["statusCode"])), json.loads(str(response["body"]))

    def process(self) -> None:
        """Let Lambda hand the queue's messages to processing until the queue is empty."""
        while received := self.cloud.receive():
            answer = processing.respond(self.processing, {"Records": [message.record() for message in received]})
            failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            self.cloud.delete([message for message in received if message.identifier not in failed])

    def details(self) -> list[dict[str, Any]]:
        """Return the details of the events on the bus, in order."""
        return [json.loads(entry["Detail"]) for entry in self.cloud.bus]

    def effects(self) -> list[str]:
        """Return the ids that a consumer that keys on the id acts on, in order."""
        return list(dict.fromkeys(detail["key"] for detail in self.details()))

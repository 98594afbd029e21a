"""A sender of provider webhooks to a stack, with an observer of their effects, for one test."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import Any

import httpx
from support.contracts import CheckedArrivals, CheckedObserver
from support.live.webhooks import ARRIVAL_SECONDS

from hookline.core import PROVIDER_NAMES
from hookline.functions.secrets import MIN_SECONDS_BETWEEN_REFRESHES
from hookline.operate.arrivals import Arrivals
from hookline.operate.observations import Observer, observer, poll
from hookline.operate.sending import samples
from hookline.operate.sending.provider_webhooks import Signer, Webhook, endpoint, sample_of, send, signer_for
from hookline.operate.sending.send import Answer
from hookline.operate.target import Target

NAMES = sorted(PROVIDER_NAMES)
SIGN_A_TIME = ("paypal", "standard_webhooks", "stripe")
STALE_SECONDS = {"paypal": 5 * 86_400}
SETTLE_SECONDS = 0.6
FIFO_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Providers:
    """The providers system of one stack, for one test.

    Attributes:
        target: the stack.
        http: the HTTP client.
        looking: observer of the stack since the start of the test.
    """

    target: Target
    http: httpx.Client
    looking: Observer

    @classmethod
    def of(cls, target: Target, http: httpx.Client) -> Providers:
        """Return an object for a test that starts now."""
        return cls(target, http, CheckedObserver(target, observer(target).since))

    def signer(self, name: str) -> Signer:
        """Return a signer with the stack's own secret."""
        return signer_for(self.target, name)

    def webhook(self, name: str, event: str = "payment", *overrides: str) -> Webhook:
        """Return a genuine webhook with new ids."""
        return self.signer(name).sign(self.body(name, event, *overrides))

    def body(self, name: str, event: str = "payment", *overrides: str) -> bytes:
        """Return a sample's body with new ids."""
        sample = samples.read(name, sample_of(self.target, name, event))
        return samples.with_overrides(samples.with_new_ids(name, sample), overrides)

    def send(self, webhook: Webhook, **headers: str) -> Answer:
        """Send a webhook to its endpoint with POST."""
        changed = replace(webhook, headers={**webhook.headers, **headers})
        return send(changed, endpoint(self.target, webhook.provider), self.http)

    def post(self, name: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """Send exactly these bytes and headers with POST, without an additional content type."""
        return self.http.post(endpoint(self.target, name), content=body, headers=headers)

    def watch(self, *webhooks: Webhook) -> Arrivals:
        """Return a watcher that takes the messages of these webhooks from the transactions queues."""
        return self.watch_ids(*(event_id for webhook in webhooks for event_id in webhook.transactions))

    def watch_ids(self, *starts: str) -> Arrivals:
        """Return a watcher that takes the messages whose event ids begin with one of these texts."""
        return CheckedArrivals(self.target, starts)

    def names(self, *webhooks: Webhook) -> list[str]:
        """Return `provider:event id` of each event of these webhooks."""
        return [f"{webhook.provider}:{event_id}" for webhook in webhooks for event_id in webhook.event_ids]

    def processing_lines(self) -> list[dict[str, Any]]:
        """Return the log lines that processing has written since the start of the test."""
        group = f"/aws/lambda/{self.target.outputs['processing_function_name']}"
        pages = self.target.client("logs").get_paginator("filter_log_events")
        found = pages.paginate(logGroupName=group, startTime=self.looking.since)
        messages = [str(event["message"]) for page in found for event in page["events"]]
        return [json.loads(message) for message in messages if message.startswith("{")]

    def wait_for_bus(self, *webhooks: Webhook) -> None:
        """Wait until each event of these webhooks is in the log group."""
        assert self.looking.wait_for_bus(self.names(*webhooks), ARRIVAL_SECONDS) == set()

    def bus_events(self, *webhooks: Webhook) -> list[dict[str, Any]]:
        """Return the events of these webhooks in the log group, in its order."""
        wanted = set(self.names(*webhooks))
        found = self.looking.bus_events()
        return [e for e in found if f"{e['detail']['provider']}:{e['detail']['event_id']}" in wanted]

    def keys(self, webhook: Webhook) -> list[str]:
        """Return every key that a webhook's events may have in the table."""
        keys = [key for event in webhook.events for key in (event.signed_key, event.alias) if key]
        return [f"{webhook.provider}:{key}" for key in keys]

    def assert_left_nothing(self, *webhooks: Webhook) -> None:
        """Assert that there is no object, no record and no bus event of these webhooks, even after a short wait."""
        time.sleep(SETTLE_SECONDS)
        for webhook in webhooks:
            assert self.looking.archived(webhook.archive_key) is None
            assert [key for key in self.keys(webhook) if self.looking.record(key)] == []
        assert self.bus_events(*webhooks) == []

    def put_on_bus(self, event: dict[str, Any]) -> None:
        """Put an event of the log group on the bus again, as a replay of the bus archive does."""
        entry = {
            "EventBusName": self.target.outputs["eventbridge_bus_arn"],
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
        }
        assert self.target.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0

    def until_accepted(self, webhook: Webhook) -> Answer:
        """Send a webhook until the answer is 200; functions read a changed secret within a minute."""
        answers: list[Answer] = []

        def accepted() -> bool:
            answers.append(self.send(webhook))
            return answers[-1].status == 200

        assert poll(accepted, 15.0 + MIN_SECONDS_BETWEEN_REFRESHES)
        return answers[-1]

"""The code of `hookline trigger`: it sends signed sample events in a provider's place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import httpx

from hookline.operate.sending import samples
from hookline.operate.sending.provider_webhooks import Signer, Webhook, for_route, send
from hookline.operate.sending.send import TIMEOUT_SECONDS, Answer


@dataclass(frozen=True)
class Order:
    """The sample webhooks that one `hookline trigger` sends.

    Attributes:
        signer: signs the webhooks in a provider's place.
        url: URL of the endpoint.
        event: name of the sample, such as `payment`.
        overrides: changes of the sample's values, each as `path=value`.
        count: number of webhooks.
        same: True if the webhooks keep the ids of the sample, so that every webhook after the first is a duplicate.
        route: name of a second endpoint of the provider, such as `svix`; empty for the provider's own endpoint.
    """

    signer: Signer
    url: str
    event: str
    overrides: Sequence[str] = ()
    count: int = 1
    same: bool = False
    route: str = ""

    def webhook(self) -> Webhook:
        """Return a signed webhook with the sample event.

        Raises:
            UserError: if the sample, an override or the secret is wrong.
        """
        name = self.signer.name
        body = samples.read(name, self.event)
        body = body if self.same else samples.with_new_ids(name, body)
        body = samples.with_overrides(body, self.overrides)
        its_id = f"evt_hookline_sample_{self.event}" if self.same else None
        webhook = self.signer.sign(body, event_id=its_id, topic=samples.topic_of(self.event))
        return for_route(webhook, self.route) if self.route else webhook


@dataclass(frozen=True)
class Sent:
    """A webhook that was sent, and the answer of the endpoint."""

    webhook: Webhook
    answer: Answer

    @property
    def accepted(self) -> bool:
        """True if the endpoint answered the webhook with a 2xx status."""
        return 200 <= self.answer.status < 300


def trigger(order: Order) -> Iterator[Sent]:
    """Send sample webhooks one after the other, and yield each webhook with the answer of the endpoint.

    Raises:
        UserError: if the sample, an override or the secret is wrong.
    """
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        for _ in range(order.count):
            webhook = order.webhook()
            yield Sent(webhook, send(webhook, order.url, client))

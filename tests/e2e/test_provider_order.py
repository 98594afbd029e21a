"""The order of a provider's events, on the stack under test."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from support.live.providers import FIFO_WAIT_SECONDS, Providers

from hookline.operate.sending.provider_webhooks import Signer, Webhook
from hookline.operate.sending.send import Answer

EVENTS, OBJECTS, SENDERS = 200, 20, 4


def test_two_hundred_events_of_twenty_objects_keep_their_order_and_come_once(
    providers: Providers, record_figure: Callable[[str], None]
) -> None:
    """Each event reaches the bus once, and the events of an object keep the order in which they were sent."""
    chance, signer = random.Random(20_261_121), providers.signer("stripe")  # noqa: S311 - a repeatable plan
    objects = [f"pi_{number:02}{chance.getrandbits(64):x}" for number in range(OBJECTS)]
    plans = [planned(providers, signer, objects[first::SENDERS], chance) for first in range(SENDERS)]
    began = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as pool:
        answers = [answer for sent in pool.map(partial(send_all, providers), plans) for answer in sent]
    sent_in = time.monotonic() - began
    assert {answer.status for answer in answers} == {200}
    assert len([answer for answer in answers if answer.code == "accepted"]) == EVENTS
    everything = [webhook for plan in plans for webhook in plan]
    assert providers.looking.wait_for_bus(providers.names(*everything), FIFO_WAIT_SECONDS) == set()
    done_in = time.monotonic() - began
    events = providers.bus_events(*everything)
    assert len(events) == EVENTS
    came: dict[str, list[str]] = defaultdict(list)
    for event in events:
        came[event["detail"]["object_id"]].append(event["detail"]["event_id"])
    assert came == sent_order(everything)
    figures = f"sent in {sent_in:.0f} s, all on the bus after {done_in:.0f} s, each once and in order"
    record_figure(f"{len(answers)} webhooks of {OBJECTS} objects, {EVENTS} of them new: {figures}")


def send_all(providers: Providers, plan: list[Webhook]) -> list[Answer]:
    """Send webhooks one after the other."""
    return [providers.send(webhook) for webhook in plan]


def planned(providers: Providers, signer: Signer, objects: list[str], chance: random.Random) -> list[Webhook]:
    """Return one sender's webhooks: events with shuffled creation times, and about a fifth of them repeated."""
    moments = [(its_object, 1_795_251_600 + step) for its_object in objects for step in range(EVENTS // OBJECTS)]
    chance.shuffle(moments)
    plan: list[Webhook] = []
    for its_object, created in moments:
        overrides = [f'data.object.id="{its_object}"', f"created={created}"]
        plan.append(signer.sign(providers.body("stripe", "payment", *overrides)))
        if chance.random() < 0.2:
            plan.append(chance.choice(plan))
    return plan


def sent_order(webhooks: Iterable[Webhook]) -> dict[str, list[str]]:
    """Return object → event ids, in the order in which each event was first sent."""
    order: dict[str, list[str]] = defaultdict(list)
    for webhook in webhooks:
        (event,) = webhook.events
        if event.event_id not in order[event.object_id]:
            order[event.object_id].append(event.event_id)
    return order

"""Large deliveries: genuine ones of every provider are accepted, and made-up ones are refused cheaply."""

import contextlib
import io
import json
from typing import Any

import pytest
from support.pipeline.samples import system_for_samples
from support.pipeline.system import System
from support.providers.deliveries import edited, signed

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.contract import Delivery

BIG = 900 * 1024


@pytest.fixture
def system() -> System:
    """Return the system with a live secret of each provider."""
    return system_for_samples()


def post(system: System, name: str, delivery: Delivery) -> tuple[int, Any]:
    """Send a delivery, and discard the log."""
    with contextlib.redirect_stdout(io.StringIO()):
        return system.post(name, delivery)


@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_a_genuine_body_of_900_kib_is_booked(system: System, name: str) -> None:
    """The body has thousands of usual lines, as a large order has, and its event is processed from the archive."""
    line = {"id": "li_0123456789abcdef", "title": "A usual product, in blue", "price": "10.00", "quantity": 1}
    payload = edited(name)
    place = payload["notificationItems"][0]["NotificationRequestItem"] if name == "adyen" else payload
    place["lines"] = [line] * (BIG // len(json.dumps(line)))
    delivery = signed(name, json.dumps(payload).encode(), now=int(system.cloud.now.timestamp()))
    assert 840 * 1024 < len(delivery.body) < 1_048_576
    assert post(system, name, delivery) == (200, {"status": "accepted", "events": 1})
    with contextlib.redirect_stdout(io.StringIO()):
        system.process()
    assert [detail["transaction_count"] for detail in system.details()] == [1]


def test_events_that_are_slow_to_read_do_not_become_dead_letters(system: System) -> None:
    """Processing returns what it has no time for, and every event has its turn before its third receive is over.

    Each of 61 events of one group takes 6.6 s to read, which is longer than the largest bodies take.
    """
    padding = "x" * 70_000
    for number in range(61):
        payload = edited("square") | {"event_id": f"e{number}", "padding": padding}
        delivery = signed("square", json.dumps(payload).encode(), now=int(system.cloud.now.timestamp()))
        assert post(system, "square", delivery)[0] == 200
    with contextlib.redirect_stdout(io.StringIO()):
        while received := system.cloud.receive():
            remaining = iter(range(30_000, 0, -6_600))
            system.process_once(received, lambda left=remaining: next(left, 0))
    assert system.cloud.dead == []
    assert len(system.details()) == 61


@pytest.mark.parametrize("values", [b"[]", b"{}", b"1", b'{"a":1}', b'""'])
def test_brackets_before_adyens_signature_are_refused_unread(system: System, values: bytes) -> None:
    """Adyen's body is decoded before its signature is verified, so the number of its values is limited first."""
    body = b'{"notificationItems":[' + b",".join([values] * (1_000_000 // (len(values) + 1))) + b"]}"
    status, answer = post(system, "adyen", Delivery(body, {}))
    assert (status, answer["error"]["code"]) == (400, "malformed_json")
    assert "more than" in answer["error"]["message"]

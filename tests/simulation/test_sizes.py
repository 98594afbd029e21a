"""Large deliveries: genuine ones of every provider are accepted, and made-up ones are refused cheaply."""

import contextlib
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from support.pipeline.samples import system_for_samples
from support.pipeline.system import System
from support.providers.deliveries import edited, signed

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.contract import Delivery
from hookline.functions.aws.deadline import RESERVE_MILLISECONDS
from hookline.functions.aws.errors import AwsError
from hookline.infra.providers.functions import TIMEOUT_SECONDS

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


class SlowCloud:
    """The clock of an invocation of processing, in which each call takes its time.

    Attributes:
        elapsed: the milliseconds since the invocation began.
    """

    def __init__(self, system: System, read: Callable[[bytes], int], publish: int) -> None:
        """Slow a system down.

        Args:
            system: the system.
            read: returns the milliseconds of a GetObject call for an object.
            publish: the milliseconds of each PutEvents call.
        """
        self.elapsed = 0
        self._cloud, self._read = system.cloud, read
        self._take, self._get = system.cloud.put_events, system.cloud.get_object
        system.cloud.put_events = lambda **arguments: self._call(self._take, publish, arguments)
        system.cloud.get_object = self._get_object

    def _get_object(self, **arguments: Any) -> dict[str, Any]:
        return self._call(self._get, self._read(self._cloud.objects[arguments["Key"]]), arguments)

    def _call(self, call: Callable[..., Any], milliseconds: int, arguments: dict[str, Any]) -> dict[str, Any]:
        if self.remaining() < milliseconds + RESERVE_MILLISECONDS:
            raise AwsError("OutOfTime")
        self.elapsed += milliseconds
        return call(**arguments)

    def remaining(self) -> int:
        """Return the milliseconds until Lambda stops the invocation."""
        return 1000 * TIMEOUT_SECONDS - self.elapsed


def process_large_events(system: System, count: int, read: Callable[[bytes], int], publish: int) -> None:
    """Send events of one group that are read from the archive, `e0`, `e1`…, and process them with slow calls."""
    for number in range(count):
        payload = edited("square") | {"event_id": f"e{number}", "padding": "x" * 70_000}
        delivery = signed("square", json.dumps(payload).encode(), now=int(system.cloud.now.timestamp()))
        assert post(system, "square", delivery)[0] == 200
    clock = SlowCloud(system, read, publish)
    with contextlib.redirect_stdout(io.StringIO()):
        while received := system.cloud.receive():
            clock.elapsed = 0
            system.process_once(received, clock.remaining)


def test_events_that_are_slow_to_read_and_to_publish_do_not_become_dead_letters(system: System) -> None:
    """Processing returns what it has no time for, and every event has its turn before its third receive is over.

    Each event takes 6 s to read, which is longer than the largest bodies take, and each publication takes 2 s.
    """
    process_large_events(system, 61, lambda _: 6_000, publish=2_000)
    assert system.cloud.dead == []
    assert len(system.details()) == 61


def test_an_event_that_is_read_at_the_last_attempt_takes_no_other_along(system: System) -> None:
    """The fourth event takes 9.1 s to read whenever it is read, so no time would be left to publish the first three."""
    process_large_events(system, 9, lambda body: 9_100 if b'"e3"' in body else 6_000, publish=2_500)
    assert system.cloud.dead == []
    assert [detail["event_id"] for detail in system.details()] == [f"e{number}" for number in range(9)]


@pytest.mark.parametrize("values", [b"[]", b"{}", b"1", b'{"a":1}', b'""'])
def test_brackets_before_adyens_signature_are_refused_unread(system: System, values: bytes) -> None:
    """Adyen's body is decoded before its signature is verified, so the number of its values is limited first."""
    body = b'{"notificationItems":[' + b",".join([values] * (1_000_000 // (len(values) + 1))) + b"]}"
    status, answer = post(system, "adyen", Delivery(body, {}))
    assert (status, answer["error"]["code"]) == (400, "malformed_json")
    assert "more than" in answer["error"]["message"]

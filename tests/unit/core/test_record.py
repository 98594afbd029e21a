"""Records: equal by what they hold, and readable where one is shown."""

from hookline.core.delivery_message import DeliveryMessage
from hookline.core.provider_event import Times
from hookline.core.providers.contract import Delivery, Verified


def test_records_are_equal_by_class_and_values() -> None:
    """The same values make the same record; another value or another class does not."""
    assert Delivery(b"body", {"a": "b"}) == Delivery(body=b"body", headers={"a": "b"})
    assert Delivery(b"body", {}) != Delivery(b"other", {})
    assert Verified(None) != Times("", None)
    assert Verified(None) != (None,)


def test_a_record_shows_its_values() -> None:
    """What a failing test or a debugger shows names the class and every value."""
    assert repr(Times("2026-11-21T12:00:00Z", None)) == "Times(received_at='2026-11-21T12:00:00Z', signed_at=None)"


def test_the_values_of_a_record_are_its_variables() -> None:
    """A record can be written out, in the order of its definition."""
    message = DeliveryMessage("stripe", "evt_1", "charge.succeeded", "ch_1", "stripe:evt_1", "stripe/ab/abc", "")
    assert DeliveryMessage(**vars(message)) == message
    assert [*vars(message)][:3] == ["provider", "event_id", "event_type"]

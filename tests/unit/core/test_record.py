"""The frozen records that functions exchange: equality, and access to their fields."""

from hookline.core.providers.contract import Delivery, Verified
from hookline.core.webhooks.delivery_message import DeliveryMessage
from hookline.core.webhooks.provider_event import Times


def test_values_are_equal_by_class_and_content() -> None:
    """Two values are equal if their class and their content are equal."""
    assert Delivery(b"body", {"a": "b"}) == Delivery(body=b"body", headers={"a": "b"})
    assert Delivery(b"body", {}) != Delivery(b"other", {})
    assert Verified(None, ()) != Times("", None)
    assert Verified(None, ()) != (None, ())


def test_a_message_is_written_out_in_the_order_of_its_fields() -> None:
    """`vars` returns all fields, and the message's JSON is built from them."""
    message = DeliveryMessage("stripe", "evt_1", "charge.succeeded", "ch_1", "stripe:evt_1", "stripe/ab/abc", "")
    assert DeliveryMessage(**vars(message)) == message
    assert [*vars(message)][:3] == ["provider", "event_id", "event_type"]

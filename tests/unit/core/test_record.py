"""What rules and functions hand to one another: equal by what it holds, and written out by its variables."""

from hookline.core.providers.contract import Delivery, Verified
from hookline.core.webhooks.delivery_message import DeliveryMessage
from hookline.core.webhooks.provider_event import Times


def test_values_are_equal_by_class_and_content() -> None:
    """The same content makes an equal value; other content or another class does not."""
    assert Delivery(b"body", {"a": "b"}) == Delivery(body=b"body", headers={"a": "b"})
    assert Delivery(b"body", {}) != Delivery(b"other", {})
    assert Verified(None) != Times("", None)
    assert Verified(None) != (None,)


def test_a_message_is_written_out_in_the_order_of_its_fields() -> None:
    """`vars` has them all, which is how a message becomes JSON."""
    message = DeliveryMessage("stripe", "evt_1", "charge.succeeded", "ch_1", "stripe:evt_1", "stripe/ab/abc", "")
    assert DeliveryMessage(**vars(message)) == message
    assert [*vars(message)][:3] == ["provider", "event_id", "event_type"]

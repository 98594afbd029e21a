"""The sizes of an event."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.core import PROVIDER_NAMES
from hookline.errors import UserError
from hookline.operate.estimates.event_sizes import Sizes, of_direct, of_largest, of_provider, stored_bytes
from hookline.operate.sending.samples import read


@pytest.mark.parametrize("name", sorted(PROVIDER_NAMES))
def test_a_providers_event_is_made_as_the_functions_make_it(name: str) -> None:
    """All parts have a plausible size; only the delivery's message contains the payload."""
    sizes = of_provider(name)
    assert all(200 < size < 1_500 for size in (sizes.record, sizes.bus_event, sizes.item, sizes.message))
    assert sizes.delivery > len(read(name, "payment"))


def test_only_paypals_events_have_a_second_key() -> None:
    """For four providers including PayPal, the mean is 0.25 second keys per event."""
    assert {name for name in PROVIDER_NAMES if of_provider(name).aliases} == {"paypal"}
    assert of_largest(["stripe", "paypal", "adyen", "square"]).aliases == Decimal("0.25")


def test_the_records_of_five_providers_are_kept() -> None:
    """These providers sign no time; the mean counts all providers."""
    untimed = {"adyen", "checkout", "razorpay", "shopify", "square"}
    assert {name for name in PROVIDER_NAMES if of_provider(name).untimed} == untimed
    assert of_largest(sorted(PROVIDER_NAMES)).untimed == Decimal(5) / len(PROVIDER_NAMES)


def test_of_several_providers_the_largest_counts() -> None:
    """An estimate that is too high is better than one that is too low."""
    largest = of_largest(["stripe", "shopify"])
    assert largest.record == max(of_provider("stripe").record, of_provider("shopify").record)
    assert of_largest(["stripe"]) == of_provider("stripe")


def test_an_event_of_your_own_is_stored_with_all_of_its_payload() -> None:
    """Such an event has no delivery message, no webhook record and no bus event."""
    sizes = of_direct(2_000)
    assert sizes.message > 2_000
    assert sizes.item > sizes.message
    assert sizes == Sizes(item=sizes.item, message=sizes.message)


@given(st.integers(1, 200_000), st.integers(0, 50_000))
def test_a_larger_payload_never_takes_less(payload_bytes: int, more: int) -> None:
    """A payload below the smallest event counts as the smallest event."""
    smaller, larger = of_direct(payload_bytes), of_direct(payload_bytes + more)
    assert smaller.item <= larger.item
    assert smaller.message <= larger.message
    assert larger.item <= smaller.item + more


def test_an_event_larger_than_an_item_is_refused() -> None:
    """The validator rejects such an event, so it has no price."""
    with pytest.raises(UserError, match=r"larger than 261120 bytes; reduce --payload-bytes"):
        of_direct(500_000)


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"a": {"S": ""}}, 1),
        ({"name": {"S": "é🎣"}}, 10),
        ({"n": {"N": "123"}}, 4),
        ({"a": {"S": "x"}, "n": {"N": "100"}}, 6),
    ],
)
def test_an_items_size_is_that_of_dynamodb_or_a_little_more(item: dict[str, dict[str, object]], size: int) -> None:
    """Names, text and digits count as UTF-8 bytes. DynamoDB stores two digits in one byte."""
    assert stored_bytes(item) == size

"""The signed samples of each provider, from the raw bytes to the transactions system."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.outcome import outcome_of
from support.providers.deliveries import (
    NAMES,
    NOW,
    OTHER_SECRETS,
    SAMPLES,
    SECRETS,
    booked,
    edited,
    events,
    judge,
    records,
    sample,
    sent,
    signed,
)

from hookline.core import PROVIDER_NAMES
from hookline.core.errors import Rejected
from hookline.core.providers import table
from hookline.core.providers.contract import USUAL, Settings, Verified
from hookline.core.providers.reading import MAX_KEY_LENGTH
from hookline.core.providers.registry import provider
from hookline.core.providers.table import ANY, COUNTED, OUTCOMES, is_booking, verdict_on
from hookline.core.transactions.booking import to_transaction_event
from hookline.core.transactions.transaction import TRANSACTION_TYPES, validate
from hookline.core.values.strict_json import decode
from hookline.operate.sending.signing import sign

KINDS = TRANSACTION_TYPES
ONE_PER_FACT = ("paypal", "razorpay", "shopify", "square")
EXPECTED_AMOUNTS = {"payment": 4990, "refund": 1500, "dispute": 3490}
RECEIVED_AT = datetime.fromtimestamp(NOW, UTC) + timedelta(days=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_signed_sample_becomes_the_transaction_of_its_kind(name: str, kind: str) -> None:
    """The sample is verified, identified and normalised, and the transactions system accepts the result."""
    delivery = signed(name, sample(name, kind))
    assert isinstance(judge(name, delivery), Verified)
    [event], [record] = events(name, delivery), records(name, delivery)
    factor = 100 if name == "razorpay" else 1
    assert (record.transaction_type, record.amount) == (kind, EXPECTED_AMOUNTS[kind] * factor)
    body = to_transaction_event(provider(name), event, record, RECEIVED_AT)
    assert body is not None
    transaction = validate(body, RECEIVED_AT)
    one_per_fact = name in ONE_PER_FACT or (name, kind) in (("stripe", "refund"), ("checkout", "dispute"))
    fact = f"{kind}:{record.object_id}" if one_per_fact else record.event_id
    assert (transaction.event_id, transaction.transaction_type) == (f"{name}:{fact}", kind)
    assert transaction.amount.scaleb(2) == record.amount
    assert transaction.timestamp == (record.occurred_at or record.timestamp)


@pytest.mark.parametrize("kind", ["refund", "dispute"])
@pytest.mark.parametrize("name", NAMES)
def test_a_refund_and_a_dispute_name_their_payment(name: str, kind: str) -> None:
    """It is the object id of the payment's own transaction, so that a ledger can join them."""
    [of_payment] = booked(name, signed(name))
    [made] = booked(name, signed(name, sample(name, kind)))
    if (name, kind) == ("shopify", "dispute"):  # Shopify names only the order
        assert "provider_payment_id" not in made["metadata"]
        return
    assert made["metadata"]["provider_payment_id"] == of_payment["metadata"]["provider_object_id"]
    assert "provider_payment_id" not in of_payment["metadata"]


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("stripe", ("data", "object", "status"), "warning_needs_response"),
        ("square", ("data", "object", "dispute", "state"), "INQUIRY_PROCESSING"),
        ("shopify", ("type",), "inquiry"),
        ("razorpay", ("payload", "dispute", "entity", "phase"), "retrieval"),
        ("paypal", ("resource", "dispute_life_cycle_stage"), "INQUIRY"),
    ],
)
def test_an_inquiry_says_so(name: str, place: tuple[str, ...], value: str) -> None:
    """It possibly ends without any movement of money. An ordinary dispute has no such mark."""
    payload = edited(name, "dispute")
    if name == "paypal":
        payload["resource"]["dispute_life_cycle_stage"] = "CHARGEBACK"
    [ordinary] = booked(name, sent(name, payload))
    *path, field = place
    inner = payload
    for key in path:
        inner = inner[key]
    inner[field] = value
    [inquiry] = booked(name, sent(name, payload))
    assert records(name, sent(name, payload))[0].inquiry
    expected = None if name == "shopify" else True  # an inquiry of Shopify can become a chargeback
    assert (ordinary["metadata"].get("inquiry"), inquiry["metadata"].get("inquiry")) == (None, expected)


def test_each_provider_has_the_three_samples() -> None:
    """A new provider needs its samples, and the folder contains no other folders."""
    assert {folder.name for folder in SAMPLES.iterdir()} == set(PROVIDER_NAMES)
    for name in NAMES:
        assert {f"{kind}.json" for kind in KINDS} <= {path.name for path in (SAMPLES / name).iterdir()}


def test_the_batch_sample_of_adyen_is_two_events() -> None:
    """Each item of a batch is verified, and becomes an event with its own record."""
    delivery = signed("adyen", sample("adyen", "batch"))
    assert isinstance(judge("adyen", delivery), Verified)
    assert [record.transaction_type for record in records("adyen", delivery)] == ["payment", "refund"]
    assert len({event.signed_key for event in events("adyen", delivery)}) == 2
    assert {event.object_id for event in events("adyen", delivery)} == {"HKLNSAMPLEPAY002"}


@pytest.mark.parametrize("name", NAMES)
def test_a_delivery_repeated_byte_for_byte_has_the_same_keys(name: str) -> None:
    """The keys are printable ASCII and fit into the table."""
    first, second = (events(name, signed(name)) for _ in range(2))
    assert first == second
    for event in first:
        for key in filter(None, (event.signed_key, event.alias)):
            assert 1 <= len(key) <= MAX_KEY_LENGTH
            assert key.isascii()
            assert key.isprintable()


@pytest.mark.parametrize("name", NAMES)
def test_two_samples_never_share_a_key(name: str) -> None:
    """Different events have different keys."""
    deliveries = [signed(name, sample(name, kind), event_id=f"evt-{kind}") for kind in KINDS]
    keys = [event.signed_key for delivery in deliveries for event in events(name, delivery)]
    assert len(set(keys)) == len(KINDS)


@pytest.mark.parametrize("name", NAMES)
def test_each_row_of_the_table_has_a_transaction_type_and_each_double_names_what_books(name: str) -> None:
    """An event type that another one books names a row of the same transaction type with the verdict `BOOKED`."""
    described = provider(name)
    assert name == described.name
    assert {row.transaction_type for row in described.table.values()} == set(KINDS)
    for row in described.table.values():
        for verdict in row.verdicts.values():
            if told := re.fullmatch(r"no, `(.+)` does", verdict):
                booking = described.table[told[1]]
                assert booking.transaction_type == row.transaction_type
                assert any(map(is_booking, booking.verdicts.values()))
            if outcome := table.outcome_of(verdict):
                assert outcome in OUTCOMES
    assert timedelta(hours=4) <= described.retry_horizon <= timedelta(days=30)


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_type_or_status_that_can_move_money_is_counted(name: str) -> None:
    """Nothing is guessed: the event is on the bus, and a person is told. Unknown types of other families are silent."""
    described = provider(name)
    for family in described.families:
        judged = verdict_on(described.table, described.families, f"{family}next_year", "")
        assert judged is not None
        assert judged.verdict == COUNTED
    assert verdict_on(described.table, described.families, "something.else", "") is None
    for event_type, row in described.table.items():
        judged = verdict_on(described.table, described.families, event_type, "next_year")
        assert judged is not None
        assert judged.verdict == row.verdicts.get(ANY, COUNTED)


@pytest.mark.parametrize("name", NAMES)
def test_required_headers_are_those_without_which_nothing_verifies(name: str) -> None:
    """A genuine delivery has all headers that API Gateway requires."""
    delivery = signed(name)
    assert {header.lower() for header in provider(name).required_headers} <= delivery.headers.keys()


@pytest.mark.parametrize("name", NAMES)
def test_either_of_two_live_secrets_verifies(name: str) -> None:
    """During a rotation, both secrets are valid."""
    for secrets in ([SECRETS[name], OTHER_SECRETS[name]], [OTHER_SECRETS[name], SECRETS[name]]):
        assert isinstance(judge(name, signed(name), secrets), Verified)


@pytest.mark.parametrize("name", ["stripe", "standard_webhooks", "paypal"])
def test_a_signed_time_is_handed_on(name: str) -> None:
    """If the scheme signs a time, the verdict contains this time."""
    assert judge(name, signed(name)) == Verified(datetime.fromtimestamp(NOW, UTC), (SECRETS[name],))


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"stripe", "standard_webhooks", "paypal"}))
def test_without_a_signed_time_the_verdict_holds_none(name: str) -> None:
    """The event's own time is never used as the time of the delivery."""
    verdict = judge(name, signed(name), now=NOW + 10**9)
    payload = decode(signed(name).body) if name == "adyen" else None  # Adyen's signature is inside the body
    assert verdict == Verified(None, (SECRETS[name],), payload)


def test_signing_needs_a_key() -> None:
    """An empty secret is an error, and PayPal's signature needs an RSA key."""
    with pytest.raises(ValueError, match="must not be empty"):
        sign("stripe", b"{}", "", NOW)
    with pytest.raises(ValueError, match="RSA"):
        sign("paypal", b"{}", "id", NOW)


def test_a_shopify_body_of_no_known_shape_is_signed_as_an_order() -> None:
    """A body that is no transaction, refund or dispute gets an ignored topic."""
    delivery = signed("shopify", b'{"id":1}')
    assert records("shopify", delivery) == []


def test_signing_adds_to_an_item_that_has_no_additional_data() -> None:
    """An Adyen item without ``additionalData`` gets this member with the signature."""
    payload: Any = json.loads(sample("adyen"))
    del payload["notificationItems"][0]["NotificationRequestItem"]["additionalData"]
    assert isinstance(judge("adyen", signed("adyen", json.dumps(payload).encode())), Verified)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30)
@given(data=st.data())
def test_what_a_genuine_payload_holds_is_read_or_refused_with_4xx(name: str, kind: str, data: st.DataObject) -> None:
    """Any value anywhere in a signed payload gives records or a rejection, but no other exception."""
    delivery = signed(name, sample(name, kind))
    payload = decode(delivery.body)
    place: Any = payload
    for _ in range(data.draw(st.integers(0, 5))):
        values = place.values() if isinstance(place, dict) else place
        inner = [value for value in values if isinstance(value, dict | list) and value]
        place = data.draw(st.sampled_from(inner)) if inner else place
    place[data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))] = data.draw(
        anything
    )
    found = outcome_of(provider(name).identify, delivery, payload, Settings())
    if isinstance(found, Rejected):
        assert 400 <= found.status < 500
        return
    for event in found:
        for record in provider(name).normalise(event, USUAL):
            body = to_transaction_event(provider(name), event, record, RECEIVED_AT)
            assert body is None or validate(body, RECEIVED_AT)

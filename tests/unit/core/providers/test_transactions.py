"""The conversion of a record to an event of the transactions system."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.providers.deliveries import RECEIVED_AT, booked, edited, sample, sent, signed
from support.records import changed

from hookline.core.providers.contract import BookingRules, Event, MoneyReport
from hookline.core.providers.registry import provider
from hookline.core.providers.table import BOOKED, COUNTED, NO_MONEY, NOT_FINAL
from hookline.core.transactions.booking import is_unbooked, to_transaction_event
from hookline.core.transactions.transaction import validate

EVENT = Event("evt_1", "payment.succeeded", "pay_1", {}, "evt_1")
RECORD = MoneyReport("evt_1", "payment", BOOKED, "", 1050, "EUR", RECEIVED_AT, "pay_1")


def test_a_transaction_names_its_provider_its_object_and_its_amount_in_major_units() -> None:
    """The transactions system accepts this request body."""
    body = to_transaction_event(provider("standard_webhooks"), EVENT, RECORD, RECEIVED_AT)
    assert body == {
        "event_id": "standard_webhooks:evt_1",
        "transaction_type": "payment",
        "amount": "10.5",
        "currency": "EUR",
        "timestamp": "2026-11-21T09:01:40Z",
        "metadata": {
            "provider": "standard_webhooks",
            "provider_event_type": "payment.succeeded",
            "provider_object_id": "pay_1",
        },
    }
    assert validate(body, RECEIVED_AT).event_id == "standard_webhooks:evt_1"


@pytest.mark.parametrize(
    "change",
    [
        {"amount": None},
        {"amount": 0},
        {"currency": None},
        {"test": True},
        {"verdict": NO_MONEY},
        {"verdict": NOT_FINAL},
        {"verdict": COUNTED},
    ],
)
def test_what_moved_no_money_is_no_transaction(change: dict[str, Any]) -> None:
    """This covers missing amounts, unknown currencies, test events and all other verdicts."""
    record = changed(RECORD, **change)
    assert to_transaction_event(provider("standard_webhooks"), EVENT, record, RECEIVED_AT) is None


def test_a_stack_can_book_test_events_which_are_marked() -> None:
    """The mark is in the metadata. A transaction of real money has no mark, with and without the rule."""
    tests, test = BookingRules(tests=True), changed(RECORD, test=True)
    made = to_transaction_event(provider("standard_webhooks"), EVENT, test, RECEIVED_AT, tests)
    real = to_transaction_event(provider("standard_webhooks"), EVENT, RECORD, RECEIVED_AT, tests)
    assert real == to_transaction_event(provider("standard_webhooks"), EVENT, RECORD, RECEIVED_AT)
    assert made == {**real, "metadata": {**real["metadata"], "test": True}}  # type: ignore[dict-item]


def test_what_cannot_be_booked_is_unbooked_unless_it_is_a_test() -> None:
    """Money that moved without an amount, or that hookline does not know, needs a person. A test event does not."""
    assert not is_unbooked(RECORD)
    for change in ({"verdict": COUNTED}, {"amount": None}):
        assert is_unbooked(changed(RECORD, **change))
        assert not is_unbooked(changed(RECORD, **change, test=True))
        assert is_unbooked(changed(RECORD, **change, test=True), BookingRules(tests=True))
    assert not is_unbooked(changed(RECORD, verdict=NOT_FINAL, amount=None))


@pytest.mark.parametrize(
    "timestamp", [None, datetime(1999, 1, 1, tzinfo=UTC), RECEIVED_AT + timedelta(hours=24, seconds=1)]
)
def test_a_time_out_of_reason_gives_way_to_the_time_of_receipt(timestamp: datetime | None) -> None:
    """The transactions system rejects such a time, so the transaction gets the time of receipt."""
    body = to_transaction_event(provider("standard_webhooks"), EVENT, changed(RECORD, timestamp=timestamp), RECEIVED_AT)
    assert body is not None
    assert body["timestamp"] == "2026-11-21T09:01:40Z"


def test_an_id_that_is_too_long_is_hashed() -> None:
    """An id has at most 128 characters, including the prefix with the provider's name."""
    body = to_transaction_event(provider("standard_webhooks"), EVENT, changed(RECORD, event_id="x" * 128), RECEIVED_AT)
    assert body is not None
    assert re.fullmatch("standard_webhooks:[0-9a-f]{64}", str(body["event_id"]))


def test_square_a_later_update_is_the_same_transaction() -> None:
    """Each update has its own event id and time, but the transaction stays exactly the same."""
    payload = edited("square")
    first = booked("square", sent("square", payload))
    assert first[0]["event_id"] == "square:payment:hklSamplePayment0001"
    payload |= {"event_id": "another", "created_at": "2026-11-21T12:00:00Z"}
    payload["data"]["object"]["payment"] |= {"updated_at": "2026-11-21T12:00:00Z", "receipt_number": "later"}
    assert booked("square", sent("square", payload)) == first


@pytest.mark.parametrize("name", ["razorpay", "shopify"])
def test_an_unsigned_event_id_neither_loses_nor_multiplies_transactions(name: str) -> None:
    """One event id for two objects gives two transactions. Two event ids for one object give one transaction."""
    body = sample(name)
    [first], [replayed] = (booked(name, signed(name, body, event_id=header)) for header in ("evt-1", "evt-2"))
    assert first == replayed
    other = body.replace(b"7300000000000000001", b"7300000000000000009").replace(b"pay_HklSample00001", b"pay_Other")
    [another] = booked(name, signed(name, other, event_id="evt-1"))
    assert another["event_id"] != first["event_id"]


@pytest.mark.parametrize("name", ["razorpay", "shopify"])
def test_an_object_without_an_id_is_told_by_the_signed_bytes(name: str) -> None:
    """No other signed value identifies the object, so the id is a hash of the body."""
    payload = edited(name)
    del (payload["payload"]["payment"]["entity"] if name == "razorpay" else payload)["id"]
    body = json.dumps(payload).encode()
    ids = {booked(name, signed(name, body, event_id=header))[0]["event_id"] for header in ("evt-1", "evt-2")}
    assert len(ids) == 1

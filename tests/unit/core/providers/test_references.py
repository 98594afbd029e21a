"""What a ledger and a person need beside the money: the merchant's reference, and the deadline of a dispute."""

from datetime import UTC, datetime
from typing import Any

import pytest
from support.providers.deliveries import RECEIVED_AT, edited, events, sent

from hookline.core.providers.contract import BookingRules, MoneyReport
from hookline.core.providers.reading import MAX_REFERENCE_LENGTH
from hookline.core.providers.registry import provider
from hookline.core.transactions.booking import as_transaction

FIELDS = BookingRules(reference_field="order")
DEADLINE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
PATHS = {
    "adyen": ("notificationItems", 0, "NotificationRequestItem"),
    "checkout": ("data",),
    "paypal": ("resource",),
    "shopify": (),
    "stripe": ("data", "object"),
}

REFERENCES = [
    ("adyen", "payment", {"merchantReference": "order-1"}),
    ("adyen", "refund", {"merchantReference": "order-1"}),
    ("checkout", "payment", {"reference": "order-1"}),
    ("checkout", "dispute", {"payment_reference": "order-1"}),
    ("paypal", "payment", {"invoice_id": "order-1", "custom_id": "custom"}),
    ("paypal", "payment", {"invoice_id": "", "custom_id": "order-1"}),
    ("paypal", "payment", {"invoice_id": "", "custom_id": "", "invoice_number": "order-1"}),
    ("paypal", "payment", {"invoice_id": "", "custom_id": "", "custom": "order-1"}),
    ("paypal", "dispute", {"disputed_transactions": [{"custom": "order-1"}]}),
    ("razorpay", "refund", {"receipt": "order-1", "notes": {"order": "another"}}),
    ("shopify", "payment", {"order_id": "order-1"}),
    ("shopify", "dispute", {"order_id": "order-1"}),
    ("square", "payment", {"reference_id": "order-1"}),
    ("stripe", "payment", {"metadata": {"order": "order-1"}}),
]
CHANGING = [
    ("razorpay", "payment", {"notes": {"order": "order-1"}}),
    ("razorpay", "refund", {"receipt": None, "notes": {"order": "order-1"}}),
    ("stripe", "refund", {"metadata": {"order": "order-1"}}),
]
DEADLINES = [
    ("adyen", {"additionalData": {"defensePeriodEndsAt": "2026-12-01T10:00:00+01:00"}}),
    ("checkout", {"evidence_required_by": "2026-12-01T09:00:00Z"}),
    ("paypal", {"seller_response_due_date": "2026-12-01T09:00:00.000Z"}),
    ("razorpay", {"respond_by": 1_796_115_600}),
    ("shopify", {"evidence_due_by": "2026-12-01T09:00:00+00:00"}),
    ("square", {"due_at": "2026-12-01T09:00:00.000Z"}),
    ("stripe", {"evidence_details": {"due_by": 1_796_115_600}}),
]


def told(name: str, kind: str, members: dict[str, Any]) -> tuple[MoneyReport, dict[str, Any]]:
    """Return the money report and the transaction of a sample whose object has other members."""
    payload: Any = edited(name, kind)
    of_kind = {"square": ("data", "object", kind), "razorpay": ("payload", kind, "entity")}
    inner = payload
    for key in PATHS.get(name) or of_kind.get(name, ()):
        inner = inner[key]
    inner |= members
    (event,) = events(name, sent(name, payload))
    (report,) = provider(name).normalise(event, FIELDS)
    transaction: Any = as_transaction(provider(name), event, report, RECEIVED_AT)
    return report, transaction["metadata"]


@pytest.mark.parametrize(("name", "kind", "members"), REFERENCES)
def test_the_merchants_reference_is_in_the_transaction(name: str, kind: str, members: dict[str, Any]) -> None:
    """A ledger finds the order by it."""
    report, metadata = told(name, kind, members)
    assert (report.reference, metadata["reference"]) == ("order-1", "order-1")


@pytest.mark.parametrize(("name", "kind", "members"), CHANGING)
def test_a_reference_that_may_change_is_only_on_the_bus(name: str, kind: str, members: dict[str, Any]) -> None:
    """Two events that tell one fact could have two references, but there is only one transaction."""
    report, metadata = told(name, kind, members)
    assert (report.reference, "reference" in metadata) == ("order-1", False)


def test_a_shopify_refund_has_the_order_of_the_refund_if_its_transaction_has_none() -> None:
    """A subscription can leave out the order in the transaction object."""
    payload: Any = edited("shopify", "refund")
    payload["order_id"] = 17
    del payload["transactions"][0]["order_id"]
    (event,) = events("shopify", sent("shopify", payload))
    assert [each.reference for each in provider("shopify").normalise(event, FIELDS)] == ["17"]


@pytest.mark.parametrize(("length", "kept"), [(MAX_REFERENCE_LENGTH, True), (MAX_REFERENCE_LENGTH + 1, False)])
def test_a_reference_that_is_too_long_is_left_out(length: int, kept: bool) -> None:
    """Cut, it would name another order."""
    reference = "x" * length
    assert told("checkout", "payment", {"reference": reference})[0].reference == (reference if kept else "")


@pytest.mark.parametrize(("name", "members"), DEADLINES)
def test_a_dispute_has_its_deadline(name: str, members: dict[str, Any]) -> None:
    """Until then, evidence can be sent."""
    assert told(name, "dispute", members)[0].respond_by == DEADLINE


def test_deadlines_that_are_not_signed_are_named() -> None:
    """Adyen signs eight fields, and PayPal a checksum."""
    assert {name for name, _ in DEADLINES if "respond_by" in provider(name).unsigned} == {"adyen", "paypal"}

"""A sample for each row of a provider's table: what the page says is what becomes of the event."""

from typing import Any

import pytest
from support.providers.deliveries import NAMES, booked, records, signed, with_header
from support.providers.rows import OLD, PageRow, page_rows

from hookline.core.providers.contract import BookingRules, Delivery
from hookline.core.providers.shopify import TOPIC_HEADER
from hookline.core.providers.table import outcome_of
from hookline.core.transactions.booking import is_outcome, is_unbooked
from hookline.operate.sending import samples

ROWS = [(name, row) for name in NAMES if samples.table_of(name) for row in page_rows(name)]
THIN = "v1.payment_intent.succeeded"


def sent(name: str, sample: str) -> Delivery:
    """Return a sample as a genuine delivery."""
    delivery = signed(name, samples.read(name, sample))
    topic = samples.topic_of(sample)
    return with_header(delivery, TOPIC_HEADER, topic) if topic else delivery


def sample_of(name: str, row: PageRow) -> str:
    """Return the name of the sample for a row."""
    known = samples.table_of(name)
    without_status = row.sample.rpartition(".")[0]
    return row.sample if row.sample in known else without_status


def test_each_sample_stands_for_a_row_of_the_page() -> None:
    """No sample is left over, and no row is without one."""
    for name in {name for name, _ in ROWS}:
        standing = {sample_of(name, row) for row in page_rows(name)}
        assert standing ^ set(samples.table_of(name)) == ({THIN} if name == "stripe" else set())


@pytest.mark.parametrize(("name", "row"), ROWS, ids=[f"{name} {row.sample} {row.manual}" for name, row in ROWS])
def test_each_row_of_the_page_is_what_becomes_of_its_sample(name: str, row: PageRow) -> None:
    """It is booked, offered as an outcome, counted, or none of them."""
    rules = BookingRules(captures=row.manual)
    delivery = sent(name, sample_of(name, row))
    (report,) = records(name, delivery, rules)
    assert report.transaction_type == row.kind
    made: list[Any] = booked(name, delivery, rules)
    assert [each["transaction_type"] for each in made] == ([row.kind] if row.verdict.startswith("yes") else [])
    assert is_unbooked(report, rules) is ("`Unbooked`" in row.verdict)
    assert is_outcome(report, rules) is ("outcome" in row.verdict)
    assert f"outcome `{outcome_of(report.verdict)}`" in row.verdict or not outcome_of(report.verdict)
    assert all(each["metadata"]["provider_object_id"] == report.object_id for each in made)


def test_a_thin_event_is_counted() -> None:
    """It has no amount, so nothing can be booked."""
    (report,) = records("stripe", sent("stripe", THIN))
    assert is_unbooked(report)


@pytest.mark.parametrize(
    ("name", "booking", "changing"),
    [
        ("stripe", "dispute", "charge.dispute.closed.lost"),
        ("stripe", "refund", "refund.failed"),
        ("stripe", f"{OLD}charge.refunded", f"{OLD}refund.created.failed"),
        ("adyen", "dispute", "CHARGEBACK_REVERSED"),
        ("adyen", "payment", "CAPTURE_FAILED"),
        ("adyen", "refund", "REFUND_FAILED"),
        ("paypal", "dispute", "CUSTOMER.DISPUTE.RESOLVED.resolved_buyer_favour"),
        ("paypal", "refund", "PAYMENT.REFUND.FAILED"),
        ("square", "dispute", "dispute.state.updated.WON"),
        ("square", "refund", "refund.updated.FAILED"),
        ("razorpay", "dispute", "payment.dispute.lost"),
        ("razorpay", "refund", "refund.failed"),
        ("shopify", "dispute", "disputes/update.won"),
        ("shopify", "refund", "order_transactions/create.refund.failure"),
        ("checkout", "dispute", "dispute_canceled"),
        ("checkout", "payment", "payment_returned"),
    ],
)
def test_an_outcome_names_the_object_that_was_booked(name: str, booking: str, changing: str) -> None:
    """A ledger finds the transaction that changes by the id of its object."""
    (transaction,) = booked(name, sent(name, booking))
    (report,) = records(name, sent(name, changing))
    assert is_outcome(report)
    assert report.transaction_type == transaction["transaction_type"]
    assert transaction["metadata"]["provider_object_id"] == report.object_id

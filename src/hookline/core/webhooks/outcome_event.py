"""The outcome event: what became of a payment, refund or dispute after it was booked, such as a lost dispute."""

from __future__ import annotations

from hookline.core.providers.contract import MoneyReport, Provider
from hookline.core.providers.table import outcome_of
from hookline.core.values.amount import major_units
from hookline.core.values.strict_json import JsonObject, encode
from hookline.core.values.timestamp import format_utc
from hookline.core.webhooks.delivery_message import DeliveryMessage
from hookline.core.webhooks.provider_event import Times

SCHEMA = "hookline.outcome.v1"
"""Name of the format of outcome events. ``schemas/outcome.v1.json`` defines it (JSON Schema 2020-12)."""

SOURCE = "hookline.outcome"
"""The ``Source`` of outcome events on the bus. Their ``DetailType`` is the outcome, such as ``dispute_lost``."""

_OF_TRANSACTIONS = {
    "transactions": ("amount", "currency", "occurred_at", "outcome", "payment_id", "transaction_type"),
    "transactions.timestamp": ("occurred_at",),
}
"""Unsigned field of a bus event → the fields of an outcome event that have the same origin."""


def build_outcome(provider: Provider, message: DeliveryMessage, times: Times, report: MoneyReport) -> str:
    """Build the detail of an outcome event.

    ``object_id`` is the ``provider_object_id`` in the metadata of the transaction that changes. Nothing else may book
    the detail as another payment, refund or dispute.

    Args:
        provider: the provider.
        message: the delivery message of the event.
        times: the times of the delivery.
        report: a money report whose verdict has an outcome.

    Returns:
        Canonical ASCII JSON.
    """
    amount = None if report.amount is None or report.currency is None else major_units(report.amount, report.currency)
    detail: JsonObject = {
        "schema": SCHEMA,
        "outcome": outcome_of(report.verdict),
        "provider": provider.name,
        "transaction_type": report.transaction_type,
        "object_id": report.object_id,
        "payment_id": report.payment_id or None,
        "account": message.account or None,
        "amount": amount,
        "currency": report.currency if amount else None,
        "occurred_at": format_utc(report.timestamp) if report.timestamp else None,
        "event_id": message.event_id,
        "event_type": message.event_type,
        "key": message.key,
        "received_at": times.received_at,
        "signed_at": times.signed_at,
        "test": report.test or bool(message.marked),
    }
    unsigned = [name for field in provider.unsigned for name in _OF_TRANSACTIONS.get(field, (field,)) if name in detail]
    return encode({**detail, "unsigned": [*sorted(unsigned)]} if unsigned else detail)

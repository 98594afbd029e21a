"""How a provider's event becomes an event of the transactions system."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from hookline.core.providers.contract import Event, MoneyReport, Provider
from hookline.core.providers.reading import bounded_id
from hookline.core.values.amount import plain
from hookline.core.values.currency import EXPONENTS
from hookline.core.values.strict_json import JsonObject
from hookline.core.values.timestamp import EARLIEST, MAX_AHEAD, format_utc

BOOKED_STATUSES = (None, "COMPLETED")
"""The statuses with which a record becomes a transaction; any other says that no money has moved."""


def moves_money(
    provider: Provider, event: Event, record: MoneyReport, booked_by: Mapping[str, str] | None = None
) -> bool:
    """Return whether a record is to become a transaction, as far as its event's type and its status say.

    Args:
        provider: the provider.
        event: the event that the record was made from.
        record: what it says about money.
        booked_by: types that are told by another type, instead of the provider's own ``booked_by``.
    """
    told_by_another = provider.booked_by if booked_by is None else booked_by
    return event.event_type not in told_by_another and record.status in BOOKED_STATUSES and not record.test


def to_transaction_event(
    provider: Provider,
    event: Event,
    record: MoneyReport,
    received_at: datetime,
    booked_by: Mapping[str, str] | None = None,
) -> JsonObject | None:
    """Return the request body that tells the transactions system of a record.

    Args:
        provider: the provider.
        event: the event that the record was made from.
        record: what it says about money.
        received_at: when the delivery first arrived; it stands in for a time of the event that is absent, or that the
            transactions system would refuse, since not every provider signs it.
        booked_by: types that are told by another type, instead of the provider's own ``booked_by``.

    Returns:
        The event, or None when the record is no transaction: another event type tells the same fact, its status says
        that no money moved, it is of a provider's test mode, or its amount is missing or zero.
    """
    if not moves_money(provider, event, record, booked_by) or not record.amount or record.currency is None:
        return None
    return {
        "event_id": _own_id(provider.name, record.fact or record.event_id),
        "transaction_type": record.transaction_type,
        "amount": plain(Decimal(record.amount).scaleb(-EXPONENTS[record.currency])),
        "currency": record.currency,
        "timestamp": format_utc(_plausible(record.occurred_at or record.timestamp, received_at)),
        "metadata": {
            "provider": provider.name,
            "provider_event_type": record.booked_type or event.event_type,
            "provider_object_id": record.object_id,
        },
    }


def _own_id(name: str, text: str) -> str:
    """Return a transaction's id, which begins with the provider's name also where the rest is a digest."""
    whole = bounded_id(f"{name}:{text}")
    return whole if whole.startswith(f"{name}:") else f"{name}:{whole}"


def _plausible(timestamp: datetime | None, received_at: datetime) -> datetime:
    if timestamp is None or not EARLIEST <= timestamp <= received_at + MAX_AHEAD:
        return received_at
    return timestamp

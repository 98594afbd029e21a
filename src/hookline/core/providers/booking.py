"""The conversion of a money report to a request body, from which the validator creates a transaction."""

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
"""Statuses of a money report that can become a transaction. None means that the money report has no status."""


def moves_money(
    provider: Provider, event: Event, report: MoneyReport, booked_by: Mapping[str, str] | None = None
) -> bool:
    """Return whether a money report may become a transaction, judged by its event type, status and test mode.

    Args:
        provider: the provider.
        event: the event of the money report.
        report: the money report.
        booked_by: a mapping that replaces the provider's own ``booked_by``, or None.
    """
    told_by_another = provider.booked_by if booked_by is None else booked_by
    return event.event_type not in told_by_another and report.status in BOOKED_STATUSES and not report.test


def to_transaction_event(
    provider: Provider,
    event: Event,
    report: MoneyReport,
    received_at: datetime,
    booked_by: Mapping[str, str] | None = None,
) -> JsonObject | None:
    """Build the request body with which a money report becomes a transaction.

    Args:
        provider: the provider.
        event: the event of the money report.
        report: the money report.
        received_at: time of receipt. It replaces a time of the event that is absent or that the validator would
            reject.
        booked_by: a mapping that replaces the provider's own ``booked_by``, or None.

    Returns:
        The request body, or None when ``moves_money`` is false, the amount is missing or zero, or the currency is
        missing.
    """
    if not moves_money(provider, event, report, booked_by) or not report.amount or report.currency is None:
        return None
    return {
        "event_id": _own_id(provider.name, report.fact or report.event_id),
        "transaction_type": report.transaction_type,
        "amount": plain(Decimal(report.amount).scaleb(-EXPONENTS[report.currency])),
        "currency": report.currency,
        "timestamp": format_utc(_plausible(report.occurred_at or report.timestamp, received_at)),
        "metadata": {
            "provider": provider.name,
            "provider_event_type": report.booked_type or event.event_type,
            "provider_object_id": report.object_id,
        },
    }


def _own_id(name: str, text: str) -> str:
    """Return the transaction id: the provider's name, a colon, and ``text``.

    If this id is not valid, for example because it is too long, the SHA-256 of the whole id replaces ``text``.
    """
    whole = bounded_id(f"{name}:{text}")
    return whole if whole.startswith(f"{name}:") else f"{name}:{whole}"


def _plausible(timestamp: datetime | None, received_at: datetime) -> datetime:
    if timestamp is None or not EARLIEST <= timestamp <= received_at + MAX_AHEAD:
        return received_at
    return timestamp

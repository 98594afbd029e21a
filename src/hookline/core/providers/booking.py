"""The conversion of a money report to a request body, from which the validator creates a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hookline.core.providers.contract import Event, MoneyReport, Provider
from hookline.core.providers.reading import bounded_id
from hookline.core.senders import OWN
from hookline.core.transactions.message import ACCOUNT
from hookline.core.values.amount import plain
from hookline.core.values.currency import EXPONENTS
from hookline.core.values.strict_json import JsonObject
from hookline.core.values.timestamp import EARLIEST, MAX_AHEAD, format_utc

BOOKED_STATUSES = (None, "COMPLETED")
"""Statuses of a money report that can become a transaction. None means that the money report has no status."""


ALL = "*"
"""Name, in a list of accounts, for all accounts."""


@dataclass(frozen=True)
class BookingRules:
    """The rules of a stack for one provider: which of its events become transactions.

    Attributes:
        booked: whether events of the provider become transactions.
        booked_by: a mapping that replaces the provider's own ``booked_by``, or None.
        accounts: the accounts whose events become transactions: their ids, ``OWN`` and ``ALL``. None for all accounts,
            but not the connected accounts of Stripe, because their money belongs to other companies.
    """

    booked: bool = True
    booked_by: Mapping[str, str] | None = None
    accounts: tuple[str, ...] | None = None


USUAL = BookingRules()


def rules_for(
    name: str, *, adyen_capture: str, book_paypal: bool, accounts: Mapping[str, Sequence[str]]
) -> BookingRules:
    """Return the rules of a stack for a provider.

    Args:
        name: name of the provider.
        adyen_capture: the setting ``adyenCapture``: ``automatic`` or ``manual``.
        book_paypal: the setting ``bookPaypal``.
        accounts: the setting ``bookedAccounts``: provider name → accounts.
    """
    booked_by = None
    if name == "adyen" and adyen_capture == "manual":
        from hookline.core.providers import adyen  # noqa: PLC0415 - import only for manual capture at Adyen

        booked_by = adyen.BOOKED_BY_WITH_MANUAL_CAPTURE
    own = tuple(accounts[name]) if name in accounts else None
    return BookingRules(book_paypal or name != "paypal", booked_by, own)


def books_account(provider: Provider, account: str, rules: BookingRules) -> bool:
    """Return whether the events of an account, which can be empty, become transactions."""
    if rules.accounts is None:
        return not (provider.account_is_foreign and account)
    return ALL in rules.accounts or (account or OWN) in rules.accounts


def moves_money(provider: Provider, event: Event, report: MoneyReport, rules: BookingRules = USUAL) -> bool:
    """Return whether a money report may become a transaction, judged by its event type, status and test mode.

    Args:
        provider: the provider.
        event: the event of the money report.
        report: the money report.
        rules: the rules of the stack for the provider.
    """
    told_by_another = provider.booked_by if rules.booked_by is None else rules.booked_by
    return event.event_type not in told_by_another and report.status in BOOKED_STATUSES and not report.test


def to_transaction_event(
    provider: Provider,
    event: Event,
    report: MoneyReport,
    received_at: datetime,
    rules: BookingRules = USUAL,
) -> JsonObject | None:
    """Build the request body with which a money report becomes a transaction.

    Args:
        provider: the provider.
        event: the event of the money report.
        report: the money report.
        received_at: time of receipt. It replaces a time of the event that is absent or that the validator would
            reject.
        rules: the rules of the stack for the provider.

    Returns:
        The request body, or None when ``moves_money`` is false, the rules exclude the provider or the account, the
        amount is missing or zero, or the currency is missing.
    """
    booked = (
        rules.booked and books_account(provider, event.account, rules) and moves_money(provider, event, report, rules)
    )
    return as_transaction(provider, event, report, received_at) if booked else None


def as_transaction(provider: Provider, event: Event, report: MoneyReport, received_at: datetime) -> JsonObject | None:
    """Build the request body of a money report that becomes a transaction, without a look at the rules.

    The arguments are those of ``to_transaction_event``. The result is None when the amount is missing or zero, or the
    currency is missing.
    """
    if not report.amount or report.currency is None:
        return None
    metadata: JsonObject = {
        "provider": provider.name,
        "provider_event_type": report.booked_type or event.event_type,
        "provider_object_id": report.object_id,
    }
    if event.account:
        metadata[ACCOUNT] = event.account
    return {
        "event_id": _own_id(provider.name, report.fact or report.event_id),
        "transaction_type": report.transaction_type,
        "amount": plain(Decimal(report.amount).scaleb(-EXPONENTS[report.currency])),
        "currency": report.currency,
        "timestamp": format_utc(_plausible(report.occurred_at or report.timestamp, received_at)),
        "metadata": metadata,
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

"""The conversion of a money report to a request body, from which the validator creates a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from hookline.core.providers.contract import USUAL, BookingRules, Event, MoneyReport, Provider
from hookline.core.providers.reading import bounded_id
from hookline.core.providers.table import COUNTED, is_booking, outcome_of
from hookline.core.senders import OWN
from hookline.core.transactions.message import ACCOUNT, INQUIRY, MARKED_TEST, PAYMENT, REFERENCE, TEST
from hookline.core.values.amount import major_units
from hookline.core.values.strict_json import JsonObject
from hookline.core.values.timestamp import EARLIEST, MAX_AHEAD, format_utc, parse_rfc3339

if TYPE_CHECKING:
    from hookline.core.sender_mapping import SenderMapping

ALL = "*"
"""Name, in a list of accounts, for all accounts."""


def rules_for(  # noqa: PLR0913 - an argument for each setting
    name: str,
    *,
    adyen_capture: str,
    book_paypal: bool,
    accounts: Mapping[str, Sequence[str]],
    stripe_basil_since: str = "",
    reference_fields: Mapping[str, str] | None = None,
    tests: bool = False,
    mappings: Mapping[str, SenderMapping] | None = None,
) -> BookingRules:
    """Return the rules of a stack for a provider.

    Args:
        name: name of the provider.
        adyen_capture: the setting ``adyenCapture``: ``automatic`` or ``manual``.
        book_paypal: the setting ``bookPaypal``.
        accounts: the setting ``bookedAccounts``: provider name → accounts.
        tests: the setting ``bookTestEvents``.
        reference_fields: the setting ``referenceFields``: provider name → key of the merchant's reference.
        mappings: the setting ``standardWebhooks``, as ``read_mappings`` returns it.
        stripe_basil_since: the setting ``stripeBasilSince``: an RFC 3339 timestamp, or empty.
    """
    return BookingRules(
        booked=book_paypal or name != "paypal",
        captures=name == "adyen" and adyen_capture == "manual",
        accounts=tuple(accounts[name]) if name in accounts else None,
        tests=tests,
        reference_field=(reference_fields or {}).get(name, ""),
        basil_since=parse_rfc3339(stripe_basil_since) if name == "stripe" and stripe_basil_since else None,
        mappings=mappings or None,
    )


def books_account(provider: Provider, account: str, rules: BookingRules) -> bool:
    """Return whether the events of an account, which can be empty, become transactions."""
    if rules.accounts is None:
        return not (provider.account_is_foreign and account)
    return ALL in rules.accounts or (account or OWN) in rules.accounts


def is_booked(report: MoneyReport, rules: BookingRules = USUAL) -> bool:
    """Return whether a money report becomes a transaction, if it has an amount and a currency."""
    return is_booking(report.verdict) and (rules.tests or not report.test)


def is_outcome(report: MoneyReport, rules: BookingRules = USUAL) -> bool:
    """Return whether a money report says what became of a payment, refund or dispute."""
    return bool(outcome_of(report.verdict)) and (rules.tests or not report.test)


def is_unbooked(report: MoneyReport, rules: BookingRules = USUAL) -> bool:
    """Return whether money possibly moved, but hookline cannot book it, so that a person has to look."""
    if report.test and not rules.tests:
        return False
    return report.verdict == COUNTED or (is_booking(report.verdict) and report.amount is None)


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
        The request body, or None when ``is_booked`` is false, the rules exclude the provider or the account, the amount
        is missing or zero, or the currency is missing.
    """
    booked = rules.booked and books_account(provider, event.account, rules) and is_booked(report, rules)
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
    if report.payment_id:
        metadata[PAYMENT] = report.payment_id
    if report.inquiry and report.changing != INQUIRY:
        metadata[INQUIRY] = True
    if report.reference and report.changing != REFERENCE:
        metadata[REFERENCE] = report.reference
    if report.test:
        metadata[TEST] = True
    if event.marked:
        metadata[MARKED_TEST] = True
    return {
        "event_id": _own_id(provider.name, report.fact or report.event_id),
        "transaction_type": report.transaction_type,
        "amount": major_units(report.amount, report.currency),
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

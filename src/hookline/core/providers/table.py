"""The table of a provider: what hookline does with each event type and status.

The documentation of each provider contains its table, and a test compares both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

ANY = "any"
"""Stands for every status, in a row whose event type alone decides."""

NONE = "none"
"""Stands for an event without a status."""

BOOKED = "yes"
NOT_FINAL = "no, not final yet"
NO_MONEY = "no, no money moved"
COUNTED = "no, counted as `Unbooked`"
"""Verdict on an event that possibly moves money, but that hookline does not know well enough to book."""

OLD_REFUND = "no, counted as `OldVersionRefund`"
"""Verdict on a refund object of an old API version of Stripe, whose charge tells the refund too."""

OUTCOMES = (
    "capture_failed",
    "dispute_closed",
    "dispute_funds_reinstated",
    "dispute_funds_withdrawn",
    "dispute_lost",
    "dispute_reversed",
    "dispute_second_chargeback",
    "dispute_won",
    "payment_canceled",
    "payment_captured",
    "payment_returned",
    "refund_failed",
)
"""What can become of a payment, refund or dispute after it was booked."""

_OUTCOME = "outcome `"


@dataclass(frozen=True)
class Row:
    """The row of an event type.

    Attributes:
        transaction_type: payment, refund or dispute.
        verdicts: status → verdict. The key ``ANY`` stands for every status. A status that is not in a row without
            ``ANY`` has the verdict ``COUNTED``.
    """

    transaction_type: str
    verdicts: Mapping[str, str]


Table: TypeAlias = Mapping[str, Row]


@dataclass(frozen=True)
class Judgement:
    """What hookline does with an event.

    Attributes:
        transaction_type: payment, refund or dispute. Empty for an unknown event type.
        verdict: ``BOOKED``, or the reason why the event is not booked. Both can contain an outcome.
    """

    transaction_type: str
    verdict: str


def told_by(event_type: str) -> str:
    """Return the verdict on an event whose money movement another event type books."""
    return f"no, `{event_type}` does"


def changes(outcome: str) -> str:
    """Return the verdict on an event that is not booked, because it changes what was booked before."""
    return f"no, {_OUTCOME}{outcome}`"


def booked_with(outcome: str) -> str:
    """Return the verdict on an event that is booked, and that also says what became of it."""
    return f"{BOOKED}, and {_OUTCOME}{outcome}`"


def is_booking(verdict: str) -> bool:
    """Return whether an event with this verdict is booked."""
    return verdict.startswith(BOOKED)


def outcome_of(verdict: str) -> str:
    """Return the outcome in a verdict: one of ``OUTCOMES``, or an empty string."""
    return verdict.partition(_OUTCOME)[2].removesuffix("`")


def rows(transaction_type: str, verdict: str, *event_types: str) -> dict[str, Row]:
    """Return a row for each event type, with the same verdict for every status."""
    return dict.fromkeys(event_types, Row(transaction_type, {ANY: verdict}))


def opening(open_statuses: Sequence[str], ends: Mapping[str, str]) -> Row:
    """Return the row of an event that opens a dispute, which is booked with every known status.

    Args:
        open_statuses: statuses of a dispute that goes on. The key ``NONE`` stands for an event without a status.
        ends: status of a dispute that has ended → outcome.
    """
    ended = {status: booked_with(outcome) for status, outcome in ends.items()}
    return Row("dispute", {**dict.fromkeys(open_statuses, BOOKED), **ended})


def ending(ends: Mapping[str, str]) -> dict[str, str]:
    """Return status → verdict for an event that only tells how a dispute ended. ``ends`` is status → outcome."""
    return {status: changes(outcome) for status, outcome in ends.items()}


def verdict_on(table: Table, families: Sequence[str], event_type: str, status: str) -> Judgement | None:
    """Judge an event by its type and status.

    Args:
        table: event type → row.
        families: starts of event types that can move money. An unknown event type of a family is counted.
        event_type: the provider's event type.
        status: the status of the object in the event, or empty.

    Returns:
        The judgement, or None for an event that is not about money, as far as hookline knows.
    """
    row = table.get(event_type)
    if row is None:
        return Judgement("", COUNTED) if event_type.startswith(tuple(families)) else None
    verdicts = row.verdicts
    return Judgement(row.transaction_type, verdicts.get(status or NONE) or verdicts.get(ANY, COUNTED))

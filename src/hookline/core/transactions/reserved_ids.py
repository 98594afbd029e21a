"""Transaction ids that are reserved for transactions of providers, and how long their outbox items are kept.

A transaction of a provider has the id ``{provider}:{event id}`` or ``{provider}:{transaction type}:{object id}``.
"""

from hookline.core import PROVIDER_NAMES
from hookline.core.errors import invalid_field
from hookline.core.transactions.transaction import TRANSACTION_TYPES

FACT_DAYS = 400
"""Minimum number of days to keep the outbox item of a transaction whose id contains an object id.

A provider can send new events for the same object long after its last retry of the first event. For example, Square
sends a new event for a payment after its refund. Stripe sends a new event for a refund after somebody edits the refund.
Such an event has the same transaction id as the first event. The outbox item prevents a second transaction.
"""

_PREFIXES = tuple(f"{name}:" for name in PROVIDER_NAMES)


def require_own_id(event_id: str) -> None:
    """Check that the transaction id in an HTTP request is not reserved for transactions of providers.

    Raises:
        Rejected: 422 ``invalid_field`` when the id begins with a provider's name and a colon.
    """
    if event_id.startswith(_PREFIXES):
        raise invalid_field("event_id", "must not begin with a provider's name and a colon")


def days_to_remember(event_id: str, expiry_days: int) -> int:
    """Return the number of days to keep the outbox item of a provider's transaction.

    The result is ``expiry_days``. If the transaction id contains an object id, the result is at least ``FACT_DAYS``.
    """
    is_fact = event_id.partition(":")[2].partition(":")[0] in TRANSACTION_TYPES
    return max(expiry_days, FACT_DAYS) if is_fact else expiry_days

"""Event ids that are reserved for the providers system, and how long their outbox items are kept.

A transaction of a provider has the id ``{provider}:{event id}`` or ``{provider}:{transaction type}:{object id}``.
"""

from hookline.core import PROVIDER_NAMES
from hookline.core.errors import invalid_field
from hookline.core.transactions.transaction import TRANSACTION_TYPES

FACT_DAYS = 400
"""Minimum number of days to keep the outbox item of a transaction whose id contains an object id.

A provider can send new events for the same object long after its last retry of the first event. For example, Square
sends a payment again after a refund, and Stripe sends a refund again after an edit.
"""

_PREFIXES = tuple(f"{name}:" for name in PROVIDER_NAMES)


def require_own_id(event_id: str) -> None:
    """Check that an id from an HTTP request is not reserved for the providers system.

    Raises:
        Rejected: 422 ``invalid_field`` when the id begins with a provider's name and a colon.
    """
    if event_id.startswith(_PREFIXES):
        raise invalid_field("event_id", "must not begin with a provider's name and a colon")


def days_to_remember(event_id: str, expiry_days: int) -> int:
    """Return how many days to keep the outbox item of a provider's transaction, at least ``expiry_days``."""
    is_fact = event_id.partition(":")[2].partition(":")[0] in TRANSACTION_TYPES
    return max(expiry_days, FACT_DAYS) if is_fact else expiry_days

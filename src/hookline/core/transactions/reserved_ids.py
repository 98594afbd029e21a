"""Event ids that belong to the providers system: who may use them, and for how long they are remembered.

A transaction of a provider has the id ``{provider}:{event id}`` or ``{provider}:{transaction type}:{object id}``.
"""

from hookline.core import PROVIDER_NAMES
from hookline.core.errors import invalid_field
from hookline.core.transactions.transaction import TRANSACTION_TYPES

FACT_DAYS = 400
"""Least time for which a transaction is remembered whose id is of the second form.

Its provider goes on telling the same fact in new events, long after the last retry of the first: Square writes of a
payment again when it is refunded, Stripe of a refund when it is edited.
"""

_PREFIXES = tuple(f"{name}:" for name in PROVIDER_NAMES)


def require_own_id(event_id: str) -> None:
    """Check that an id from a caller over HTTP is not one that a provider's event may have.

    Raises:
        Rejected: 422 ``invalid_field`` when it begins with a provider's name and a colon.
    """
    if event_id.startswith(_PREFIXES):
        raise invalid_field("event_id", "must not begin with a provider's name and a colon")


def days_to_remember(event_id: str, expiry_days: int) -> int:
    """Return for how many days the id of a provider's transaction is remembered, at least ``expiry_days``."""
    is_fact = event_id.partition(":")[2].partition(":")[0] in TRANSACTION_TYPES
    return max(expiry_days, FACT_DAYS) if is_fact else expiry_days

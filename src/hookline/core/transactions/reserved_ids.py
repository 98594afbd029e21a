"""Transaction ids that are reserved for transactions of providers.

A transaction of a provider has the id ``{provider}:{event id}`` or ``{provider}:{transaction type}:{object id}``.
"""

from hookline.core import PROVIDER_NAMES
from hookline.core.errors import invalid_field

_PREFIXES = tuple(f"{name}:" for name in PROVIDER_NAMES)


def require_own_id(event_id: str) -> None:
    """Check that the transaction id in an HTTP request is not reserved for transactions of providers.

    Raises:
        Rejected: 422 ``invalid_field`` when the id begins with a provider's name and a colon.
    """
    if event_id.startswith(_PREFIXES):
        raise invalid_field("event_id", "must not begin with a provider's name and a colon")

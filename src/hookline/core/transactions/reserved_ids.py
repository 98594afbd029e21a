"""Ids that a sender cannot use, because they belong to the transactions of a provider or of another sender.

A transaction of a provider has the id ``{provider}:{event id}`` or ``{provider}:{transaction type}:{object id}``. An
event of a named sender has the id ``{sender}:{event id}``.
"""

from __future__ import annotations

from collections.abc import Iterable

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


def require_unclaimed(field: str, event_id: str, senders: Iterable[str]) -> None:
    """Check that an event of a sender without a name does not have the id of a named sender's event.

    Args:
        field: name of the field or header with the id.
        event_id: the id.
        senders: the names of all senders of the endpoint.

    Raises:
        Rejected: 422 ``invalid_field`` when the id begins with the name of a sender and a colon.
    """
    if event_id.startswith(tuple(f"{name}:" for name in senders)):
        raise invalid_field(field, "must not begin with the name of a sender and a colon")

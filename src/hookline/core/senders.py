"""Named senders: several services that send to one endpoint, each with secrets and ids of its own.

The transactions endpoint and Standard Webhooks can have named senders. In the AWS secret, the secrets of such a source
are then a JSON object of sender → secrets instead of a list. The id of an event of a named sender begins with the name
and a colon, so no sender can use the id of another sender.
"""

from __future__ import annotations

import hashlib

from hookline.core import PROVIDER_NAMES, QUEUES
from hookline.core.values.strict_json import JsonValue

SOURCES = ("transactions", "standard_webhooks")
"""The sources that can have named senders. The other providers sign with one account."""

OWN = "own"
"""Name, in a list of accounts, for events without an account or sender."""

UNNAMED = ""
"""The name that stands for the sender without a name."""

MAX_NAME_LENGTH = 32

MAX_ID_LENGTH = 128
"""Maximum number of characters of an event id."""

MAX_OWN_ID_LENGTH = MAX_ID_LENGTH - len("standard_webhooks:")
"""Maximum length of an id with its sender, so that the provider's name fits in front of it."""

_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


def is_name(text: str) -> bool:
    """Return whether a text can be the name of a sender: 1 to 32 of ``a-z``, ``0-9``, ``-`` and ``_``.

    The name of a provider or of a transaction type is not allowed, because ids of other transactions begin with it. The
    word ``own`` is not allowed, because in a list of accounts it stands for events without an account.
    """
    fits = 0 < len(text) <= MAX_NAME_LENGTH and _ALLOWED.issuperset(text)
    return fits and text not in (*PROVIDER_NAMES, *QUEUES, OWN)


def own_id(sender: str, event_id: str) -> str:
    """Return the id of a sender's event: the sender's name, a colon, and the id that the sender gave.

    The id stays as it is if the sender has no name, or if the id already begins with the sender's name and a colon. So
    a message that is sent again keeps its id. If the id with the name has more than ``MAX_OWN_ID_LENGTH`` characters,
    the SHA-256 of the given id replaces the given id, and the name stays in front.
    """
    if not sender:
        return event_id
    given = event_id.removeprefix(f"{sender}:")
    whole = f"{sender}:{given}"
    return whole if len(whole) <= MAX_OWN_ID_LENGTH else f"{sender}:{hashlib.sha256(given.encode()).hexdigest()}"


def senders_of(source: str, value: JsonValue) -> dict[str, str]:
    """Return the live secrets of a source as secret → name of its sender, which is empty if the sender has no name.

    A sender whose name is not allowed has no live secrets.

    Args:
        source: ``transactions`` or the name of a provider.
        value: the value of the source in the AWS secret: a list, or an object if the source is in ``SOURCES``.
    """
    found: dict[str, str] = {}
    for name, secrets in _named(source, value).items():
        if isinstance(secrets, list) and _is_allowed(name):
            found.update({each: name for each in secrets if isinstance(each, str) and each not in found})
    return found


def names_of(source: str, value: JsonValue) -> set[str]:
    """Return the names of a source's senders: the allowed keys of the object in the AWS secret.

    A sender without a live secret is one of them, so nobody else can use its ids. The arguments are those of
    ``senders_of``.
    """
    return {name for name in _named(source, value) if is_name(name)}


def unreadable_in(source: str, value: JsonValue) -> int:
    """Return how many secrets of a source are not live, because of their form or of the name of their sender.

    A value that is no list counts as one secret. The arguments are those of ``senders_of``.
    """
    return sum(_unreadable(name, secrets) for name, secrets in _named(source, value).items())


def _named(source: str, value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) and source in SOURCES else {UNNAMED: [] if value is None else value}


def _is_allowed(name: str) -> bool:
    return name == UNNAMED or is_name(name)


def _unreadable(name: str, secrets: JsonValue) -> int:
    if not isinstance(secrets, list):
        return 1
    return sum(not isinstance(each, str) or not _is_allowed(name) for each in secrets)

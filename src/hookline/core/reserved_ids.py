"""Event ids that belong to the providers system: a caller over HTTP must not be able to take one first."""

from hookline.core.errors import invalid_field

PROVIDER_NAMES = (
    "adyen",
    "checkout",
    "paypal",
    "razorpay",
    "shopify",
    "square",
    "standard_webhooks",
    "stripe",
)
"""Every provider's name; the ids of its transactions are ``{name}:{id}``."""

_PREFIXES = tuple(f"{name}:" for name in PROVIDER_NAMES)


def require_own_id(event_id: str) -> None:
    """Check that an id from a caller over HTTP is not one that a provider's event may have.

    Raises:
        Rejected: 422 ``invalid_field`` when it begins with a provider's name and a colon.
    """
    if event_id.startswith(_PREFIXES):
        raise invalid_field("event_id", "must not begin with a provider's name and a colon")

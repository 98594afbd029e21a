"""What the tests know of each provider. A new provider gets one entry here."""

from typing import NamedTuple


class Known(NamedTuple):
    """One provider.

    Attributes:
        title: its heading in docs/providers.md.
        secret: a signing secret in its own format.
        signed_headers: the headers that the signature needs, in lower case.
        ignored: a field of the payload, and an event type that hookline does not know; None if headers have the type.
        without_id: the start of the transaction id of a payment without an object id (docs/providers.md).
    """

    title: str
    secret: str
    signed_headers: tuple[str, ...]
    ignored: tuple[str, str] | None
    without_id: str


KNOWN = {
    "adyen": Known(
        title="Adyen",
        secret="44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
        signed_headers=(),
        ignored=("eventCode", "REPORT_AVAILABLE"),
        without_id="adyen:",
    ),
    "checkout": Known(
        title="Checkout.com",
        secret="cko-secret-for-tests",
        signed_headers=("cko-signature",),
        ignored=("type", "card_verified"),
        without_id="checkout:",
    ),
    "paypal": Known(
        title="PayPal",
        secret="8PT597110X687430LKGECATA",
        signed_headers=(
            "paypal-transmission-id",
            "paypal-transmission-time",
            "paypal-transmission-sig",
            "paypal-cert-url",
            "paypal-auth-algo",
        ),
        ignored=("event_type", "BILLING.PLAN.CREATED"),
        without_id="paypal:",
    ),
    "razorpay": Known(
        title="Razorpay",
        secret="rzp-secret-for-tests",
        signed_headers=("x-razorpay-signature",),
        ignored=("event", "order.paid"),
        without_id="razorpay:payment:payment.captured:acc_",
    ),
    "shopify": Known(
        title="Shopify",
        secret="shpss-secret-for-tests",
        signed_headers=("x-shopify-hmac-sha256",),
        ignored=None,
        without_id="shopify:payment:payment::",
    ),
    "square": Known(
        title="Square",
        secret="square-secret-for-tests",
        signed_headers=("x-square-hmacsha256-signature",),
        ignored=("type", "customer.created"),
        without_id="square:payment:",
    ),
    "standard_webhooks": Known(
        title="Standard Webhooks",
        secret="whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
        signed_headers=("webhook-id", "webhook-timestamp", "webhook-signature"),
        ignored=("type", "license.created"),
        without_id="standard_webhooks:",
    ),
    "stripe": Known(
        title="Stripe",
        secret="whsec_secret_for_tests",
        signed_headers=("stripe-signature",),
        ignored=("type", "customer.created"),
        without_id="stripe:",
    ),
}
"""Provider → what the tests know of it."""

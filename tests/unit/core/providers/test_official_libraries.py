"""Signatures made here verify with the providers' own libraries, and signatures of the libraries verify here.

Two providers have no library for Python. Shopify's library is for JavaScript only (``@shopify/shopify-api``).
Checkout.com publishes no library that verifies webhooks. For these two, there are shared vectors, and Shopify's library
verified the vectors of Shopify. PayPal's library is unmaintained, and needs a version of pyOpenSSL that no longer
installs. The signature and the certificates are made with ``cryptography`` instead, and the shared vectors contain
deliveries that PayPal itself signed. Razorpay's and Square's libraries can only verify, so the tests compare the
verdicts of both sides.
"""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from Adyen.util import generate_notification_sig, is_valid_hmac_notification
from hypothesis import given, settings
from hypothesis import strategies as st
from razorpay.errors import SignatureVerificationError
from razorpay.utility.utility import Utility
from square.utils.webhooks_helper import verify_signature
from standardwebhooks.webhooks import Webhook
from stripe import StripeError, WebhookSignature
from support.providers.deliveries import NOW, OTHER_SECRETS, SECRETS, URL, is_genuine, judge, sample, signed

from hookline.core.providers.contract import Delivery, Settings

KINDS = ["payment", "refund", "dispute"]
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@pytest.mark.parametrize("kind", KINDS)
def test_stripes_library_verifies_what_is_signed_here(kind: str) -> None:
    """Stripe's library accepts our header, and rejects it with another secret."""
    now = int(time.time())
    delivery = signed("stripe", sample("stripe", kind), now=now)
    header = delivery.headers["stripe-signature"]
    assert WebhookSignature.verify_header(delivery.body.decode(), header, SECRETS["stripe"], tolerance=300)
    with pytest.raises(StripeError):
        WebhookSignature.verify_header(delivery.body.decode(), header, OTHER_SECRETS["stripe"], tolerance=300)


@settings(max_examples=30)
@given(body=texts)
def test_what_stripes_library_signs_verifies_here(body: str) -> None:
    """Our verification accepts a header from Stripe's library."""
    header = WebhookSignature.generate_signature_header(body, SECRETS["stripe"], NOW)
    assert is_genuine(judge("stripe", Delivery(body.encode(), {"stripe-signature": header})))


@pytest.mark.parametrize("kind", KINDS)
def test_the_standard_webhooks_library_verifies_what_is_signed_here(kind: str) -> None:
    """The official library accepts our three headers."""
    delivery = signed("standard_webhooks", sample("standard_webhooks", kind), now=int(time.time()))
    assert Webhook(SECRETS["standard_webhooks"]).verify(delivery.body.decode(), dict(delivery.headers))


@settings(max_examples=30)
@given(body=texts)
def test_what_the_standard_webhooks_library_signs_verifies_here(body: str) -> None:
    """Our verification accepts the headers of the official library."""
    signature = Webhook(SECRETS["standard_webhooks"]).sign("msg_1", datetime.fromtimestamp(NOW, UTC), body)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(NOW), "webhook-signature": signature}
    assert is_genuine(judge("standard_webhooks", Delivery(body.encode(), headers)))


@pytest.mark.parametrize("kind", [*KINDS, "batch"])
def test_adyens_library_verifies_what_is_signed_here(kind: str) -> None:
    """Adyen's library accepts each item that we sign, and rejects it with another key."""
    for wrapper in json.loads(signed("adyen", sample("adyen", kind)).body)["notificationItems"]:
        assert is_valid_hmac_notification(wrapper["NotificationRequestItem"], SECRETS["adyen"])
        assert not is_valid_hmac_notification(wrapper["NotificationRequestItem"], OTHER_SECRETS["adyen"])


@settings(max_examples=30)
@given(reference=texts, value=st.integers(0, 10**12), success=st.booleans())
def test_what_adyens_library_signs_verifies_here(reference: str, value: int, success: bool) -> None:
    """Our verification accepts an item signed by Adyen's library, for any merchant reference."""
    payload: Any = json.loads(sample("adyen"))
    item = payload["notificationItems"][0]["NotificationRequestItem"]
    item |= {"merchantReference": reference, "success": str(success).lower()}
    item["amount"]["value"] = value
    item["additionalData"]["hmacSignature"] = generate_notification_sig(item, SECRETS["adyen"]).decode()
    assert is_genuine(judge("adyen", Delivery(json.dumps(payload).encode(), {})))


@settings(max_examples=30)
@given(body=texts)
def test_squares_library_and_this_one_agree(body: str) -> None:
    """Both sides accept our signature, and both reject it with another key or URL."""
    delivery = signed("square", body.encode())
    signature = delivery.headers["x-square-hmacsha256-signature"]
    for key, url in ((SECRETS["square"], URL), (OTHER_SECRETS["square"], URL), (SECRETS["square"], URL + "/")):
        theirs = verify_signature(
            request_body=body, signature_header=signature, signature_key=key, notification_url=url
        )
        assert theirs == is_genuine(judge("square", delivery, [key], given=Settings(url)))


@settings(max_examples=30)
@given(body=texts)
def test_razorpays_library_and_this_one_agree(body: str) -> None:
    """Both sides accept our signature, and both reject it with another secret."""
    signature = signed("razorpay", body.encode()).headers["x-razorpay-signature"]
    assert Utility().verify_webhook_signature(body, signature, SECRETS["razorpay"])
    other = signed("razorpay", body.encode(), secret=OTHER_SECRETS["razorpay"])
    assert not is_genuine(judge("razorpay", other))
    with pytest.raises(SignatureVerificationError):
        Utility().verify_webhook_signature(body, other.headers["x-razorpay-signature"], SECRETS["razorpay"])

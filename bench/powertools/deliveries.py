"""What a delivery of Stripe is, and whether it is genuine."""

import hmac
import os
import time
from datetime import UTC, datetime

from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.parser import BaseModel

PROVIDER_SECRETS_ARN = os.environ["PROVIDER_SECRETS_ARN"]
TOLERANCE_SECONDS = 300
SECRET_SECONDS = 300


class StripeObject(BaseModel):
    """The object that an event is about."""

    id: str


class StripeData(BaseModel):
    """The data of an event."""

    object: StripeObject


class StripeEvent(BaseModel):
    """As much of an event as is needed here."""

    id: str
    type: str
    data: StripeData
    account: str = ""
    api_version: str


def verify(signature: str, body: str) -> datetime | None:
    """Return when an event was signed, or None if the signature is not genuine."""
    parts = [part.partition("=")[::2] for part in signature.split(",")]
    timestamp = next((value for name, value in parts if name == "t"), "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return None
    secrets = parameters.get_secret(PROVIDER_SECRETS_ARN, transform="json", max_age=SECRET_SECONDS)["stripe"]
    signed = f"{timestamp}.{body}".encode()
    expected = [hmac.digest(secret.encode(), signed, "sha256").hex() for secret in secrets]
    given = [value for name, value in parts if name == "v1"]
    if not any(hmac.compare_digest(one, other) for one in expected for other in given):
        return None
    return datetime.fromtimestamp(int(timestamp), UTC)

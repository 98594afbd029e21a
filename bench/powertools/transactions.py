"""What a transaction is, and who may send one."""

import base64
import hmac
import os
import time
from decimal import Decimal
from typing import Annotated, Any, Literal

from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.parser import BaseModel
from outbox import utc
from pydantic import AwareDatetime, Field, StringConstraints

SIGNING_SECRET_ARN = os.environ["SIGNING_SECRET_ARN"]
TOLERANCE_SECONDS = 300
SECRET_SECONDS = 300


class Transaction(BaseModel):
    """The body of a webhook."""

    event_id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]
    transaction_type: Literal["payment", "refund", "dispute"]
    amount: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=6)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    timestamp: AwareDatetime
    metadata: Annotated[dict[str, Any], Field(default_factory=dict)]

    def content(self) -> dict[str, Any]:
        """Return the normalised content."""
        return {
            "transaction_type": self.transaction_type,
            "amount": format(self.amount.normalize(), "f"),
            "currency": self.currency,
            "timestamp": utc(self.timestamp),
            "metadata": self.metadata,
        }


def is_genuine(webhook_id: str, timestamp: str, signatures: str, body: str) -> bool:
    """Return whether a request has a valid Standard Webhooks signature."""
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    secrets = parameters.get_secret(SIGNING_SECRET_ARN, transform="json", max_age=SECRET_SECONDS)["transactions"]
    signed = f"{webhook_id}.{timestamp}.{body}".encode()
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
    expected = ["v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys]
    return any(hmac.compare_digest(one, other) for one in expected for other in signatures.split(" "))

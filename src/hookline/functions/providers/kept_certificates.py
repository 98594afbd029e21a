"""The kept certificates of PayPal in the table ``provider-webhooks``, where new execution environments find them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hookline.core.values.timestamp import expiry
from hookline.functions.aws.errors import AwsError
from hookline.functions.providers.certificates import Dated

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient

KEPT_DAYS = 400
"""Days until DynamoDB may delete a kept certificate that no delivery has used. PayPal's are valid for about a year."""


@dataclass(frozen=True)
class KeptTable:
    """The kept certificates, with the keys ``paypal:certificate:{URL}``. No record key of an event has this form.

    A failure has no effect except more fetches from PayPal, so both methods ignore ``AwsError``.

    Attributes:
        dynamodb: DynamoDB client.
        table: name of the table.
    """

    dynamodb: DynamoDBClient
    table: str

    def load(self, url: str) -> Dated | None:
        """Return the kept certificate of a URL, or None."""
        try:
            item = self.dynamodb.get_item(TableName=self.table, Key={"key": {"S": _key(url)}}).get("Item")
        except AwsError:
            return None
        if item is None:
            return None
        return Dated(int(item["fetched_at"].get("N", "0")), item["pem"].get("S", "").encode())

    def save(self, url: str, certificate: Dated) -> None:
        """Write a kept certificate, over the previous one of this URL."""
        item = {
            "key": {"S": _key(url)},
            "pem": {"S": certificate.pem.decode("ascii", "replace")},
            "fetched_at": {"N": str(certificate.fetched_at)},
            **expiry(datetime.fromtimestamp(certificate.fetched_at, UTC), KEPT_DAYS),
        }
        try:
            self.dynamodb.put_item(TableName=self.table, Item=item)
        except AwsError:
            return


def _key(url: str) -> str:
    return f"paypal:certificate:{url}"

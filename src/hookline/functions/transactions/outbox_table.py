"""The conditional write to the table ``transaction-events``, which stores a new transaction and detects a known id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.core.errors import Rejected
from hookline.core.transactions.outbox import is_same_money
from hookline.functions.aws.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient


@dataclass(frozen=True)
class OutboxTable:
    """The table ``transaction-events`` with the outbox items. Its key detects a known event id.

    Attributes:
        client: DynamoDB client.
        name: name of the table.
        expiry_days: days until DynamoDB may delete the item of a transaction that came in an HTTP request.
        untimed_expiry_days: days until DynamoDB may delete the item of a provider's transaction, if the provider does
            not sign the time. None to keep these items. The items of other providers are always kept.
    """

    client: DynamoDBClient
    name: str
    expiry_days: int
    untimed_expiry_days: int | None

    def put_new(self, item: dict[str, dict[str, str]], *, money_alone: bool = False) -> str:
        """Write an outbox item if the table has no item with the same event id.

        Args:
            item: the result of ``build_item``.
            money_alone: whether only other money makes an item with the same event id a conflict. Several events of a
                provider can tell the same payment, refund or dispute, with other details.

        Returns:
            ``accepted`` or ``duplicate``.

        Raises:
            Rejected: 409 ``event_conflict`` when the table has an item with this event id and other content.
            AwsError: when the write failed for any other reason.
        """
        try:
            self.client.put_item(
                TableName=self.name,
                Item=item,
                ConditionExpression="attribute_not_exists(event_id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except AwsError as error:
            held = error.answer.get("Item")
            if not held:
                raise
            return _compare(item, held, money_alone=money_alone)
        return "accepted"


def _compare(item: dict[str, dict[str, str]], held: Mapping[str, Mapping[str, str]], *, money_alone: bool) -> str:
    if held == item:
        return "accepted"  # the first attempt of this write succeeded, but its answer was lost
    if held["fingerprint"] == item["fingerprint"]:
        return "duplicate"
    if money_alone and is_same_money(held["message"]["S"], item["message"]["S"]):
        return "duplicate"
    raise Rejected(409, "event_conflict", "another event was accepted under this event_id", "event_id")

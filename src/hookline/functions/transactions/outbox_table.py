"""The outbox table's one write: a conditional put that tells a new event from a known one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.core.errors import Rejected
from hookline.functions.aws.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient


@dataclass(frozen=True)
class OutboxTable:
    """The table that is outbox and deduplication in one.

    Attributes:
        client: DynamoDB.
        name: the table's name.
        expiry_days: days after which an event may be forgotten.
    """

    client: DynamoDBClient
    name: str
    expiry_days: int

    def put_new(self, item: dict[str, dict[str, str]]) -> str:
        """Put an item unless its event is known.

        Args:
            item: what ``build_item`` returned.

        Returns:
            ``accepted`` or ``duplicate``.

        Raises:
            Rejected: 409 ``event_conflict`` when another event is held under the id.
            AwsError: when nothing was decided.
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
            return _compare(item, held)
        return "accepted"


def _compare(item: dict[str, dict[str, str]], held: Mapping[str, Mapping[str, str]]) -> str:
    if held == item:
        return "accepted"  # this very put, whose answer was lost before the client tried again
    if held["fingerprint"] == item["fingerprint"]:
        return "duplicate"
    raise Rejected(409, "event_conflict", "another event was accepted under this event_id", "event_id")

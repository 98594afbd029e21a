"""The outbox table's one write: a conditional put that tells a new event from a known one."""

from hookline.core.errors import Rejected
from hookline.functions.aws.errors import AwsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_dynamodb.client import DynamoDBClient


def record(table: "DynamoDBClient", table_name: str, item: dict[str, dict[str, str]]) -> str:
    """Put an item unless its event is known.

    Args:
        table: DynamoDB.
        table_name: the outbox table.
        item: what ``build_item`` returned.

    Returns:
        ``accepted`` or ``duplicate``.

    Raises:
        Rejected: 409 ``event_conflict`` when another event is held under the id.
        AwsError: when nothing was decided.
    """
    try:
        table.put_item(
            TableName=table_name,
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


def _compare(item: dict[str, dict[str, str]], held: "Mapping[str, Mapping[str, str]]") -> str:
    if held == item:
        return "accepted"  # this very put, whose answer was lost before the client tried again
    if held["fingerprint"] == item["fingerprint"]:
        return "duplicate"
    raise Rejected(409, "event_conflict", "another event was accepted under this event_id", "event_id")

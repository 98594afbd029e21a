"""The AWS calls of ingestion: read a webhook record, archive a body, send delivery messages, write a webhook record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.core.webhooks.webhook_record import Item
from hookline.functions.aws.errors import AwsError
from hookline.functions.queues import Outgoing, batches, deliver

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_s3.client import S3Client
    from types_boto3_sqs.client import SQSClient


@dataclass(frozen=True)
class Known:
    """The first delivery of a known event.

    Attributes:
        body_sha256: SHA-256 of the raw body in lower-case hex. Empty for an alias that an older version wrote.
        received_at: time of receipt, RFC 3339 in UTC.
        problem: whether the delivery could not be read, and nobody has handled it.
    """

    body_sha256: str
    received_at: str
    problem: bool = False


@dataclass(frozen=True)
class WebhookStore:
    """The table ``provider-webhooks``, the archive bucket and the FIFO queue.

    Every method except ``send`` raises ``AwsError`` when AWS rejects the call or is unavailable.

    Attributes:
        dynamodb: DynamoDB client.
        table: name of the table ``provider-webhooks``.
        s3: S3 client.
        bucket: name of the archive bucket.
        sqs: SQS client.
        queue_url: URL of the FIFO queue.
    """

    dynamodb: DynamoDBClient
    table: str
    s3: S3Client
    bucket: str
    sqs: SQSClient
    queue_url: str

    def known(self, key: str) -> Known | None:
        """Return the first delivery of the event with this record key. Return None if no item has this record key."""
        answer = self.dynamodb.get_item(
            TableName=self.table,
            Key={"key": {"S": key}},
            ConsistentRead=True,
            ProjectionExpression="#key, body_sha256, received_at, problem",
            ExpressionAttributeNames={"#key": "key"},
        )
        item = answer.get("Item")
        if item is None:
            return None
        return Known(item.get("body_sha256", {}).get("S", ""), item["received_at"].get("S", ""), "problem" in item)

    def archive(self, key: str, body: bytes) -> None:
        """Write a raw body to the archive, unless the archive has it. The key is made from the content of the body."""
        try:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json", IfNoneMatch="*")
        except AwsError as error:
            if error.code != "PreconditionFailed":
                raise

    def send(self, messages: Sequence[Outgoing]) -> dict[str, str]:
        """Send messages to the queue, and return identifier → error code of each failed message."""
        failures: dict[str, str] = {}
        for batch in batches(messages):
            failures |= deliver(self.sqs, self.queue_url, batch)[0]
        return failures

    def record(self, item: Item) -> bool:
        """Write an item if the table does not have its key, and return whether the item is new.

        The result is also True if an earlier attempt of the same call has written the item.
        """
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item=item,
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": "key"},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except AwsError as error:
            if error.code != "ConditionalCheckFailedException":
                raise
            return error.answer.get("Item") == item
        return True

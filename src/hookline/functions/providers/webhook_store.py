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

    def known_body(self, key: str) -> str | None:
        """Return the SHA-256 of the body from the item with this record key. Return None if there is no such item.

        For an alias, the result is an empty string, because the item of an alias has no SHA-256.
        """
        answer = self.dynamodb.get_item(
            TableName=self.table,
            Key={"key": {"S": key}},
            ConsistentRead=True,
            ProjectionExpression="#key, body_sha256",
            ExpressionAttributeNames={"#key": "key"},
        )
        item = answer.get("Item")
        return None if item is None else item.get("body_sha256", {}).get("S", "")

    def archive(self, key: str, body: bytes) -> None:
        """Write a raw body to the archive. The key is made from the content, so a repeated write changes nothing."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json")

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

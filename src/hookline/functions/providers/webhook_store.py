"""What ingestion writes, in its order: the archive, the queue, and last the record that says all is done."""

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
    """The table, the bucket and the queue of the providers system.

    Every method raises AwsError when AWS refuses or cannot be reached.

    Attributes:
        dynamodb: DynamoDB.
        table: name of the table of records.
        s3: S3.
        bucket: name of the archive's bucket.
        sqs: SQS.
        queue_url: the FIFO queue.
    """

    dynamodb: DynamoDBClient
    table: str
    s3: S3Client
    bucket: str
    sqs: SQSClient
    queue_url: str

    def known_body(self, key: str) -> str | None:
        """Return the digest of the body that is recorded under a key; None if there is no record of it.

        A record means that its event is archived and queued. An alias has no body of its own: its digest is empty.
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
        """Store a raw body; its key is made from its content, so storing it again changes nothing."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json")

    def send(self, messages: Sequence[Outgoing]) -> dict[str, str]:
        """Send messages to the queue and return the error code of each that it did not take, by identifier."""
        failures: dict[str, str] = {}
        for batch in batches(messages):
            failures |= deliver(self.sqs, self.queue_url, batch)[0]
        return failures

    def record(self, item: Item) -> bool:
        """Store a record unless its key has one; return whether it was stored, by this attempt or an earlier one."""
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

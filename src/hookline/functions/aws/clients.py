"""The one place that makes AWS clients: hookline's own, or botocore's where the environment asks for them.

Both have the methods and the parameters that boto3's clients have, and fail with ``AwsError``.
"""

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_s3.client import S3Client
    from types_boto3_secretsmanager.client import SecretsManagerClient
    from types_boto3_sqs.client import SQSClient

    class EventBridgeClient(Protocol):
        """The one call to EventBridge that is made; its type stubs would be one more dependency."""

        def put_events(self, *, Entries: Sequence[Mapping[str, object]]) -> dict[str, Any]:  # noqa: N803 - AWS's name
            """Publish up to ten events."""
            ...


CLIENT_VARIABLE = "HOOKLINE_AWS_CLIENT"
"""Environment variable that chooses who calls AWS: ``hookline``, which is the default, or ``botocore``."""


def dynamodb_client() -> "DynamoDBClient":
    """Return a new DynamoDB client."""
    return cast("DynamoDBClient", _client("dynamodb"))


def events_client() -> "EventBridgeClient":
    """Return a new EventBridge client."""
    return cast("EventBridgeClient", _client("events"))


def s3_client() -> "S3Client":
    """Return a new S3 client."""
    return cast("S3Client", _client("s3"))


def secrets_manager_client() -> "SecretsManagerClient":
    """Return a new Secrets Manager client."""
    return cast("SecretsManagerClient", _client("secretsmanager"))


def sqs_client() -> "SQSClient":
    """Return a new SQS client."""
    return cast("SQSClient", _client("sqs"))


def _client(service: str) -> object:
    from hookline.functions.aws import botocore_clients  # noqa: PLC0415 - a tenth of a second that few need

    return botocore_clients.make(service)

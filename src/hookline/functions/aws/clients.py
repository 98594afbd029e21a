"""The one place that makes AWS clients: hookline's own, or botocore's where the environment asks for them.

Both have the methods and the parameters of boto3's clients, as far as they are used, and fail with ``AwsError``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from hookline.functions.aws import json_services
from hookline.functions.aws.s3 import S3

if TYPE_CHECKING:
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
"""Environment variable that chooses who calls AWS: ``hookline``, as without it, or ``botocore``."""


def dynamodb_client() -> DynamoDBClient:
    """Return a new DynamoDB client."""
    return _make("dynamodb", json_services.DynamoDb)


def events_client() -> EventBridgeClient:
    """Return a new EventBridge client."""
    return _make("events", json_services.EventBridge)


def s3_client(bucket: str, *, ahead: bool = True) -> S3Client:
    """Return a new S3 client for one bucket.

    Args:
        bucket: its name.
        ahead: whether to connect at once; where few events need it, the first that does pays for it.
    """
    return _make("s3", lambda: S3(bucket), ahead=ahead)


def secrets_manager_client() -> SecretsManagerClient:
    """Return a new Secrets Manager client."""
    return _make("secretsmanager", json_services.SecretsManager)


def sqs_client() -> SQSClient:
    """Return a new SQS client."""
    return _make("sqs", json_services.Sqs)


def _make(service: str, own: Callable[[], Any], *, ahead: bool = True) -> Any:  # noqa: ANN401 - of any service
    """Return a client; hookline's own connects ahead, while the environment starts and has more processor."""
    if os.environ.get(CLIENT_VARIABLE) == "botocore":
        from hookline.functions.aws import botocore_clients  # noqa: PLC0415 - dear, and rarely asked for

        return botocore_clients.make(service)
    made = own()
    if ahead and "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        made.client.connect()
    return made

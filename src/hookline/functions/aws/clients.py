"""Functions that create AWS clients: hookline's own clients, or botocore's if ``HOOKLINE_AWS_CLIENT`` says so.

hookline calls both kinds of clients with the method and parameter names of boto3. Both kinds raise ``AwsError``.
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
    """The type of an EventBridge client with the only call that hookline uses. It replaces a package of type stubs."""

    def put_events(self, *, Entries: Sequence[Mapping[str, object]]) -> dict[str, Any]:  # noqa: N803 - AWS's name
        """Publish at most ten events with one call."""
        ...


CLIENT_VARIABLE = "HOOKLINE_AWS_CLIENT"
"""Environment variable that selects the AWS clients: ``hookline`` (the default) or ``botocore``."""


def dynamodb_client() -> DynamoDBClient:
    """Return a new DynamoDB client."""
    return _make("dynamodb", json_services.DynamoDb)


def events_client() -> EventBridgeClient:
    """Return a new EventBridge client."""
    return _make("events", json_services.EventBridge)


def s3_client(bucket: str, *, ahead: bool = True) -> S3Client:
    """Return a new S3 client for one bucket.

    Args:
        bucket: name of the bucket.
        ahead: whether to open the connection immediately in Lambda. Use False when few invocations need S3.
    """
    return _make("s3", lambda: S3(bucket), ahead=ahead)


def secrets_manager_client() -> SecretsManagerClient:
    """Return a new Secrets Manager client."""
    return _make("secretsmanager", json_services.SecretsManager)


def sqs_client() -> SQSClient:
    """Return a new SQS client."""
    return _make("sqs", json_services.Sqs)


def _make(service: str, own: Callable[[], Any], *, ahead: bool = True) -> Any:  # noqa: ANN401 - a client of any service
    """Return a new AWS client of hookline or botocore.

    In Lambda, hookline's own client connects during initialization, which has more CPU time than an invocation.
    """
    if os.environ.get(CLIENT_VARIABLE) == "botocore":
        from hookline.functions.aws import botocore_clients  # noqa: PLC0415 - slow to import and rarely used

        return botocore_clients.make(service)
    made = own()
    if ahead and "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        made.client.connect()
    return made

"""The one place that makes AWS clients: once per execution environment, with short and bounded waiting.

Straight from botocore: ``boto3.client`` is a thin layer over the same call, and importing that layer makes a
cold start about an eighth longer.
"""

from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_s3.client import S3Client
    from types_boto3_secretsmanager.client import SecretsManagerClient
    from types_boto3_sqs.client import SQSClient

CONNECT_TIMEOUT_SECONDS = 1
READ_TIMEOUT_SECONDS = 2
ATTEMPTS = 2
"""One call and one retry, so a call ends within about 7 s; beyond that, the sender or the stream retries."""

_CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT_SECONDS,
    read_timeout=READ_TIMEOUT_SECONDS,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
)


class EventBridgeClient(Protocol):
    """The one call to EventBridge that is made; its type stubs would be one more dependency."""

    def put_events(self, *, Entries: "Sequence[Mapping[str, object]]") -> dict[str, Any]:  # noqa: N803 - AWS's name
        """Publish up to ten events."""
        ...


def dynamodb_client() -> "DynamoDBClient":
    """Return a new DynamoDB client."""
    return cast("DynamoDBClient", _client("dynamodb"))


def events_client() -> EventBridgeClient:
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


def error_response(error: ClientError | BotoCoreError) -> dict[str, Any]:
    """Return the service's answer in an AWS failure; empty when there was none, as after a timeout."""
    return cast("dict[str, Any]", getattr(error, "response", None) or {})


def error_code(error: ClientError | BotoCoreError) -> str:
    """Return what names an AWS failure in a log: the service's error code, or else the exception's type."""
    return str(error_response(error).get("Error", {}).get("Code") or type(error).__name__)


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def _client(service: str) -> object:
    return _session().create_client(service, config=_CONFIG)

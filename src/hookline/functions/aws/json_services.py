"""Clients for AWS services with a JSON protocol. They have only the calls that hookline makes.

The calls have the same names as in boto3.

Source: "AWS JSON 1.0 protocol" and "AWS JSON 1.1 protocol" in the Smithy documentation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hookline.functions.aws.answer import HttpAnswer
from hookline.functions.aws.client import Client
from hookline.functions.aws.endpoint import find
from hookline.functions.aws.errors import AwsError


class JsonService:
    """A client for a service with AWS's JSON protocol."""

    def __init__(self, host_label: str, variable: str, version: str, target: str) -> None:
        """Create a client without opening the connection.

        Args:
            host_label: first label of the host name, and name of the service in request signatures.
            variable: last part of the environment variable ``AWS_ENDPOINT_URL_…``.
            version: version of the JSON protocol, such as ``1.0``.
            target: prefix of the operation names in the header ``x-amz-target``.
        """
        self.client = Client(find(host_label, variable), host_label, read_json_error)
        self._content_type = f"application/x-amz-json-{version}"
        self._target = target

    def call(self, operation: str, parameters: Mapping[str, object]) -> dict[str, Any]:
        """Call an operation of the service, and return the decoded answer.

        Raises:
            AwsError: when the call failed.
        """
        headers = {"content-type": self._content_type, "x-amz-target": f"{self._target}.{operation}"}
        answer = self.client.send("POST", "/", headers, _encode(parameters).encode())
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            raise AwsError("MalformedAnswer") from None


class DynamoDb(JsonService):
    """A DynamoDB client."""

    def __init__(self) -> None:
        super().__init__("dynamodb", "DYNAMODB", "1.0", "DynamoDB_20120810")

    def get_item(self, **parameters: object) -> dict[str, Any]:
        """Read an item of a DynamoDB table."""
        return self.call("GetItem", parameters)

    def put_item(self, **parameters: object) -> dict[str, Any]:
        """Write an item of a DynamoDB table."""
        return self.call("PutItem", parameters)


class Sqs(JsonService):
    """An SQS client."""

    def __init__(self) -> None:
        super().__init__("sqs", "SQS", "1.0", "AmazonSQS")

    def get_queue_url(self, **parameters: object) -> dict[str, Any]:
        """Return the URL of an SQS queue with a name."""
        return self.call("GetQueueUrl", parameters)

    def send_message_batch(self, **parameters: object) -> dict[str, Any]:
        """Send at most ten messages to an SQS queue."""
        return self.call("SendMessageBatch", parameters)


class EventBridge(JsonService):
    """An EventBridge client."""

    def __init__(self) -> None:
        super().__init__("events", "EVENTBRIDGE", "1.1", "AWSEvents")

    def put_events(self, **parameters: object) -> dict[str, Any]:
        """Publish at most ten events with one call."""
        return self.call("PutEvents", parameters)


class SecretsManager(JsonService):
    """A Secrets Manager client."""

    def __init__(self) -> None:
        super().__init__("secretsmanager", "SECRETS_MANAGER", "1.1", "secretsmanager")

    def get_secret_value(self, **parameters: object) -> dict[str, Any]:
        """Read the value of a secret."""
        return self.call("GetSecretValue", parameters)


def read_json_error(answer: HttpAnswer) -> tuple[str, dict[str, Any]]:
    """Return the error code and the decoded body of an error answer in JSON.

    If the answer has no error code, the result is the HTTP status, such as ``HTTP500``, and an empty body.
    """
    try:
        details = json.loads(answer.body)
        named: str = details.get("__type") or answer.headers.get("x-amzn-errortype") or details["code"]
        return named.partition(":")[0].rpartition("#")[2], details
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return f"HTTP{answer.status}", {}


def _seconds(value: object) -> float:
    """Return a ``datetime`` as Unix seconds, which is the format of times in AWS's JSON protocols."""
    if not isinstance(value, datetime):
        raise TypeError(f"a value of type {type(value).__name__} is not supported in a call")
    return value.timestamp()


_encode = json.JSONEncoder(separators=(",", ":"), default=_seconds).encode

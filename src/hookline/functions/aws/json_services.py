"""The services that speak JSON: the calls that hookline makes, named and with parameters as in boto3.

Source of the rules: "AWS JSON 1.0 protocol" and "AWS JSON 1.1 protocol" in the Smithy documentation.
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
    """A service that speaks AWS's JSON protocol."""

    def __init__(self, host_label: str, variable: str, version: str, target: str) -> None:
        """Prepare.

        Args:
            host_label: first label of its host, and its name in signatures.
            variable: what ends the name of its endpoint's environment variable.
            version: of the protocol.
            target: what its operations' names begin with.
        """
        self.client = Client(find(host_label, variable), host_label, read_json_error)
        self._content_type = f"application/x-amz-json-{version}"
        self._target = target

    def call(self, operation: str, parameters: Mapping[str, object]) -> dict[str, Any]:
        """Make a call, and return the decoded answer.

        Raises:
            AwsError: when it failed.
        """
        headers = {"content-type": self._content_type, "x-amz-target": f"{self._target}.{operation}"}
        answer = self.client.send("POST", "/", headers, _encode(parameters).encode())
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            raise AwsError("MalformedAnswer") from None


class DynamoDb(JsonService):
    """DynamoDB."""

    def __init__(self) -> None:
        super().__init__("dynamodb", "DYNAMODB", "1.0", "DynamoDB_20120810")

    def get_item(self, **parameters: object) -> dict[str, Any]:
        """Read an item."""
        return self.call("GetItem", parameters)

    def put_item(self, **parameters: object) -> dict[str, Any]:
        """Write an item."""
        return self.call("PutItem", parameters)


class Sqs(JsonService):
    """SQS."""

    def __init__(self) -> None:
        super().__init__("sqs", "SQS", "1.0", "AmazonSQS")

    def send_message_batch(self, **parameters: object) -> dict[str, Any]:
        """Send up to ten messages."""
        return self.call("SendMessageBatch", parameters)


class EventBridge(JsonService):
    """EventBridge."""

    def __init__(self) -> None:
        super().__init__("events", "EVENTBRIDGE", "1.1", "AWSEvents")

    def put_events(self, **parameters: object) -> dict[str, Any]:
        """Publish up to ten events."""
        return self.call("PutEvents", parameters)


class SecretsManager(JsonService):
    """Secrets Manager."""

    def __init__(self) -> None:
        super().__init__("secretsmanager", "SECRETS_MANAGER", "1.1", "secretsmanager")

    def get_secret_value(self, **parameters: object) -> dict[str, Any]:
        """Read a secret."""
        return self.call("GetSecretValue", parameters)


def read_json_error(answer: HttpAnswer) -> tuple[str, dict[str, Any]]:
    """Return the error code and the details of an answer that refuses; without a code it is the status."""
    try:
        details = json.loads(answer.body)
        named: str = details.get("__type") or answer.headers.get("x-amzn-errortype") or details["code"]
        return named.partition(":")[0].rpartition("#")[2], details
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return f"HTTP{answer.status}", {}


def _seconds(value: object) -> float:
    """Return a time as both protocols write it, in Unix seconds."""
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} has no place in a call")
    return value.timestamp()


_encode = json.JSONEncoder(separators=(",", ":"), default=_seconds).encode

"""An operator of the system in memory: a target whose clients call the cloud as boto3 does."""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError
from support.pipeline.system import System

from hookline.functions.aws.errors import AwsError
from hookline.operate.target import Target


class Operator:
    """The clients of an operator, as one object, who may not write to the archive.

    Attributes:
        environment: the environment variables of ingestion.
        configured: names of the functions whose configuration was read.
    """

    def __init__(self, system: System, **environment: str) -> None:
        days = {"EXPIRY_DAYS": "35", "UNTIMED_EXPIRY_DAYS": "never", "ARCHIVE_EXPIRY_DAYS": "never"}
        self.environment = {"ORDERING": "provider", **days, **environment}
        self.configured: list[str] = []
        self._cloud = system.cloud

    @property
    def target(self) -> Target:
        """The stack as operators see it."""
        outputs = {
            "dynamodb_table_name": "webhooks",
            "s3_bucket_name": "payloads",
            "sqs_queue_url": "queue.fifo",
            "ingestion_function_name": "ingestion-dev",
        }
        return Target(outputs, lambda _service: self)

    def get_function_configuration(self, **arguments: str) -> dict[str, Any]:
        """Return the configuration of a function."""
        self.configured.append(arguments["FunctionName"])
        return {"Environment": {"Variables": self.environment}}

    def get_paginator(self, operation: str) -> "Operator":
        """Return what makes the pages of a scan: the operator itself."""
        assert operation == "scan"
        return self

    def paginate(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        """Yield each item that the filter leaves on a page of its own."""
        assert arguments == {"TableName": "webhooks", "FilterExpression": "attribute_exists(unreadable)"}
        yield {"Items": []}
        yield from ({"Items": [item]} for item in self._cloud.items.values() if "unreadable" in item)

    def update_item(self, **arguments: Any) -> None:
        """Mark a record as replayed."""
        assert arguments["ConditionExpression"] == "attribute_exists(unreadable)"
        item = self._cloud.items[arguments["Key"]["key"]["S"]]
        expression = "SET handled_at = if_not_exists(handled_at, :now) REMOVE problem, problem_at"
        assert (arguments["UpdateExpression"], "unreadable" in item) == (expression, True)
        item.setdefault("handled_at", arguments["ExpressionAttributeValues"][":now"])
        for name in ("problem", "problem_at"):
            item.pop(name, None)

    def put_object(self, **_arguments: Any) -> None:
        """Refuse to write to the archive, as the policies of a stack do."""
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject")

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a call to the cloud, with errors as boto3 raises them."""

        def call(**arguments: Any) -> Any:
            try:
                return getattr(self._cloud, name)(**arguments)
            except AwsError as error:
                answer: Any = {"Error": {"Code": error.code}, **error.answer}
                raise ClientError(answer, name) from None

        return call

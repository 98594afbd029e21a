"""A reader of a DynamoDB stream, which returns stream records in the form that Lambda passes to a function."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hookline.local.cloud import Cloud
from hookline.local.stand_ins.delivery import StreamRecord


@dataclass
class StreamReader:
    """A reader of all shards of one DynamoDB stream. It returns the records of each shard in order.

    Attributes:
        cloud: AWS clients with permission to read the stream.
        stream_arn: the ARN of the stream.
        start: the position at which the first read starts: `TRIM_HORIZON` or `LATEST`.
        limit: the maximum number of records in one read.
    """

    cloud: Cloud
    stream_arn: str
    start: str
    limit: int
    _iterators: dict[str, str | None] = field(default_factory=dict[str, str | None])

    def read(self) -> list[StreamRecord]:
        """Return the next records of one shard. Return an empty list if no shard has a new record.

        Each call starts with the shard that was read longest ago.
        """
        for shard in list(self._shards()):
            iterator = self._iterators.pop(shard)
            self._iterators[shard] = iterator  # moves the shard to the end
            if iterator is None:
                continue
            answer = self.cloud.call("dynamodbstreams", "get_records", ShardIterator=iterator, Limit=self.limit)
            self._iterators[shard] = answer.get("NextShardIterator")
            if answer["Records"]:
                return [_as_lambda_sees_it(record, self.stream_arn) for record in answer["Records"]]
        return []

    def _shards(self) -> Iterable[str]:
        if not self._iterators:
            stream = self.cloud.call("dynamodbstreams", "describe_stream", StreamArn=self.stream_arn)
            for shard in stream["StreamDescription"]["Shards"]:
                self._open(shard["ShardId"])
        return self._iterators

    def _open(self, shard: str) -> None:
        answer = self.cloud.call(
            "dynamodbstreams",
            "get_shard_iterator",
            StreamArn=self.stream_arn,
            ShardId=shard,
            ShardIteratorType=self.start,
        )
        self._iterators[shard] = answer["ShardIterator"]


def _as_lambda_sees_it(record: dict[str, Any], stream_arn: str) -> StreamRecord:
    """Return a stream record as Lambda passes it to a function: with the stream's ARN, and bytes as base64 text."""
    dynamodb = {key: _jsonable(value) for key, value in record["dynamodb"].items()}
    return {**record, "eventSource": "aws:dynamodb", "eventSourceARN": stream_arn, "dynamodb": dynamodb}


def _jsonable(value: Any) -> Any:
    match value:
        case datetime():
            return value.timestamp()
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {key: _jsonable(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        case list() | set() | tuple():
            return [_jsonable(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value

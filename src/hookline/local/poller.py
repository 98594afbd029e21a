"""Feeds the consumers of DynamoDB streams, in place of the emulator's own event source mappings.

The emulator's mapping loses records that a function reports in `batchItemFailures`, and knows neither attempts nor
bisect. So local mode creates mappings switched off, and this poller does their work by `hookline.local.delivery`'s
rules. As with Lambda, the function's own role must allow it: the failure destination is written with the role's
credentials, and since the emulator checks stream calls against no ARN, the role's policy is asked about them first. A
role that lacks a permission stops the flow here as it would on AWS.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from hookline.local.cloud import Cloud, error_code
from hookline.local.delivery import Delivery, GivenUp, Outcome, Record, Rules, arrival, sequence_number

LOOK_FOR_MAPPINGS_SECONDS = 0.5
SHORTEST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.2
CHECK_PERMISSIONS_SECONDS = 1.0
STREAM_ACTIONS = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")


@dataclass
class StreamReader:
    """Reads the records of one stream in order, from all its shards.

    Attributes:
        cloud: clients that may read the stream.
        stream_arn: the stream.
        start: `TRIM_HORIZON` or `LATEST`.
        limit: most records in one read.
    """

    cloud: Cloud
    stream_arn: str
    start: str
    limit: int
    _iterators: dict[str, str | None] = field(default_factory=dict[str, str | None])

    def read(self) -> list[Record]:
        """The next records, or none."""
        for shard in self._shards():
            iterator = self._iterators[shard]
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


class MappingWorker:
    """Does the work of one event source mapping until it is gone."""

    def __init__(self, root: Cloud, mapping: dict[str, Any], log: Callable[[str], None]) -> None:
        self.uuid: str = mapping["UUID"]
        self._root = root
        self._mapping = mapping
        self._log = log
        self._stopping = threading.Event()
        self._pending: list[Record] = []  # read, and not yet delivered: an error in between loses nothing
        self._patterns = [json.loads(f["Pattern"]) for f in mapping.get("FilterCriteria", {}).get("Filters", [])]

    def start(self) -> None:
        """Begins to read in a thread."""
        threading.Thread(target=self._run, name=f"mapping-{self.uuid}", daemon=True).start()

    def stop(self) -> None:
        """Ends after the batch at hand."""
        self._stopping.set()

    def _run(self) -> None:
        start, limit = self._mapping.get("StartingPosition", "LATEST"), self._mapping["BatchSize"]
        reader = StreamReader(self._root, self._mapping["EventSourceArn"], start, limit)
        problem = ""
        while not self._stopping.is_set():
            try:
                self._work(reader)
                problem = ""
            except (ClientError, BotoCoreError, PermissionError) as error:
                if str(error) != problem:
                    problem = str(error)
                    self._log(f"event source mapping of {self._mapping['FunctionArn']}: {problem}")
                self._stopping.wait(LOOK_FOR_MAPPINGS_SECONDS)

    def _work(self, reader: StreamReader) -> None:
        """Reads and delivers for a while with the permissions that the role has now."""
        role = self._root.call("lambda", "get_function_configuration", FunctionName=self._mapping["FunctionArn"])[
            "Role"
        ]
        self._demand_permission(role)
        delivery = Delivery(rules_of(self._mapping), self._invoke, lambda given_up: self._give_up(role, given_up))
        pause, until = SHORTEST_PAUSE_SECONDS, time.monotonic() + CHECK_PERMISSIONS_SECONDS
        while not self._stopping.is_set() and time.monotonic() < until:
            self._pending = self._pending or [r for r in reader.read() if matches(r, self._patterns)]
            pause = SHORTEST_PAUSE_SECONDS if self._pending else min(LONGEST_PAUSE_SECONDS, pause * 1.1)
            delivery.deliver(self._pending)
            self._pending = []
            self._stopping.wait(pause)

    def _demand_permission(self, role: str) -> None:
        stream = self._mapping["EventSourceArn"]
        answer = self._root.call(
            "iam",
            "simulate_principal_policy",
            PolicySourceArn=role,
            ActionNames=list(STREAM_ACTIONS),
            ResourceArns=[stream],
        )
        for result in answer["EvaluationResults"]:
            if result["EvalDecision"] != "allowed":
                raise PermissionError(f"AccessDenied: {role} may not {result['EvalActionName']} on {stream}")

    def _invoke(self, records: Sequence[Record]) -> Outcome:
        try:
            answer = self._root.call(
                "lambda",
                "invoke",
                FunctionName=self._mapping["FunctionArn"],
                Payload=json.dumps({"Records": records}).encode(),
            )
        except ClientError as error:
            if error_code(error) == "TooManyRequestsException":
                return Outcome(throttled=True)
            raise
        if answer.get("FunctionError"):
            return Outcome(failed=True)
        return outcome_of(json.loads(answer["Payload"].read() or b"null"))

    def _give_up(self, role: str, given_up: GivenUp) -> None:
        destination = self._mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
        self._log(f"{self._mapping['FunctionArn']}: gave up {len(given_up.records)} records: {given_up.condition}")
        if not destination.startswith("arn:aws:sqs:"):
            return
        own = self._root.assuming(role)
        queue = f"{own.endpoint}/{own.account}/{destination.rsplit(':', 1)[1]}"
        own.call(
            "sqs",
            "send_message",
            QueueUrl=queue,
            MessageBody=json.dumps(failure_record(self._mapping, given_up)),
        )


def poll_forever(root: Cloud, stopping: threading.Event) -> None:
    """Starts a worker for each mapping of a DynamoDB stream, and stops it when the mapping is gone."""
    workers: dict[str, MappingWorker] = {}
    while not stopping.wait(LOOK_FOR_MAPPINGS_SECONDS):
        try:
            follow(root, workers, print_to_log)
        except (ClientError, BotoCoreError) as error:
            print_to_log(f"poller: {type(error).__name__}")  # the emulator is starting or ending


def follow(root: Cloud, workers: dict[str, MappingWorker], log: Callable[[str], None]) -> None:
    """Makes `workers` match the mappings that exist now."""
    found = root.call("lambda", "list_event_source_mappings")["EventSourceMappings"]
    mappings = {m["UUID"]: m for m in found if ":dynamodb:" in m["EventSourceArn"]}
    for uuid in workers.keys() - mappings.keys():
        workers.pop(uuid).stop()
    for uuid in mappings.keys() - workers.keys():
        workers[uuid] = MappingWorker(root, mappings[uuid], log)
        workers[uuid].start()


def rules_of(mapping: dict[str, Any]) -> Rules:
    """The failure settings of a mapping, with AWS's defaults where it has none."""
    return Rules(
        attempts=mapping.get("MaximumRetryAttempts", -1),
        age_seconds=mapping.get("MaximumRecordAgeInSeconds", -1),
        bisect=mapping.get("BisectBatchOnFunctionError", False),
        partial="ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", []),
    )


def outcome_of(answer: object) -> Outcome:
    """What a function's answer says: `batchItemFailures`, or nothing."""
    if not isinstance(answer, dict):
        return Outcome()
    failures: list[dict[str, str]] = cast("dict[str, Any]", answer).get("batchItemFailures") or []
    return Outcome(failures=tuple(failure.get("itemIdentifier") or "" for failure in failures))


def matches(record: Record, patterns: Sequence[dict[str, Any]]) -> bool:
    """True if a record passes one of the filter patterns (exact values of top-level keys), or there are none."""
    return not patterns or any(all(record.get(key) in allowed for key, allowed in p.items()) for p in patterns)


def failure_record(mapping: dict[str, Any], given_up: GivenUp) -> dict[str, Any]:
    """The message that Lambda sends to a failure destination: where the records are, not the records."""
    first, last = given_up.records[0], given_up.records[-1]
    return {
        "requestContext": {
            "functionArn": mapping["FunctionArn"],
            "condition": given_up.condition,
            "approximateInvokeCount": given_up.invocations,
        },
        "version": "1.0",
        "timestamp": _iso(time.time()),
        "DDBStreamBatchInfo": {
            "streamArn": mapping["EventSourceArn"],
            "startSequenceNumber": sequence_number(first),
            "endSequenceNumber": sequence_number(last),
            "approximateArrivalOfFirstRecord": _iso(arrival(first)),
            "approximateArrivalOfLastRecord": _iso(arrival(last)),
            "batchSize": len(given_up.records),
        },
    }


def print_to_log(line: str) -> None:
    """Writes one line to the emulator's log."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - the daemon's output is the log file


def _as_lambda_sees_it(record: dict[str, Any], stream_arn: str) -> Record:
    """A record as it is in an invocation: times are numbers, binaries base64, and the source is named."""
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


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

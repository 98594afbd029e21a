"""The stream poller, which replaces the emulator's event source mappings of DynamoDB streams.

The emulator's mapping loses records that a function reports in `batchItemFailures`. It also does not limit retries and
does not split a failing batch. So local mode creates disabled mappings, and the poller invokes the functions by the
rules of `hookline.local.stand_ins.delivery`.

The function's role needs the same permissions as on AWS. The poller sends to the failure destination with the role's
credentials. The emulator does not check whether the role may read the stream, so the poller first asks IAM's policy
simulator. If a permission is missing, the poller delivers no records. AWS does not deliver them in this case either.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hookline.local.cloud import Cloud, error_code
from hookline.local.stand_ins.delivery import BatchDelivery, GivenUp, Outcome, StreamRecord
from hookline.local.stand_ins.mapping import failure_record, matches, outcome_of, rules_of
from hookline.local.stand_ins.stream import StreamReader
from hookline.poll_permissions import STREAM_ACTIONS

LOOK_FOR_MAPPINGS_SECONDS = 0.5
SHORTEST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.2
CHECK_PERMISSIONS_SECONDS = 1.0


class Stopped(Exception):  # noqa: N818 - the name is clear without Error
    """Raised if the event source mapping is removed during the delivery of a batch."""


class MappingWorker:
    """A thread that reads a DynamoDB stream and invokes a function, for one event source mapping."""

    def __init__(self, root: Cloud, mapping: dict[str, Any], log: Callable[[str], None]) -> None:
        self.uuid: str = mapping["UUID"]
        self._root = root
        self._mapping = mapping
        self._log = log
        self._stopping = threading.Event()
        self._pause = SHORTEST_PAUSE_SECONDS  # grows while the stream has no records
        self._pending: list[StreamRecord] = []  # read, but not delivered yet; kept after an error
        self._patterns = [json.loads(f["Pattern"]) for f in mapping.get("FilterCriteria", {}).get("Filters", [])]

    def start(self) -> None:
        """Start the thread that reads and delivers stream records."""
        threading.Thread(target=self.run, name=f"mapping-{self.uuid}", daemon=True).start()

    def stop(self) -> None:
        """Make the thread stop after the current invocation of the function."""
        self._stopping.set()

    def run(self) -> None:
        """Read and deliver stream records until `stop` is called. Log each new error once, and continue."""
        start, limit = self._mapping.get("StartingPosition", "LATEST"), self._mapping["BatchSize"]
        reader = StreamReader(self._root, self._mapping["EventSourceArn"], start, limit)
        problem = ""
        while not self._stopping.is_set():
            try:
                self._work(reader)
                problem = ""
            except Stopped:
                return
            except (ClientError, BotoCoreError, PermissionError) as error:
                if str(error) != problem:
                    problem = str(error)
                    self._log(f"event source mapping of {self._mapping['FunctionArn']}: {problem}")
                self._stopping.wait(LOOK_FOR_MAPPINGS_SECONDS)

    def _work(self, reader: StreamReader) -> None:
        """Check the permissions of the function's role, and then read and deliver stream records for one second."""
        role = self._root.call("lambda", "get_function_configuration", FunctionName=self._mapping["FunctionArn"])[
            "Role"
        ]
        self._demand_permission(role)
        delivery = BatchDelivery(
            rules_of(self._mapping),
            self._invoke,
            lambda given_up: self._give_up(role, given_up),
            sleep=self._stopping.wait,
        )
        until = time.monotonic() + CHECK_PERMISSIONS_SECONDS
        while not self._stopping.is_set() and time.monotonic() < until:
            self._pending = self._pending or [r for r in reader.read() if matches(r, self._patterns)]
            self._pause = SHORTEST_PAUSE_SECONDS if self._pending else min(LONGEST_PAUSE_SECONDS, self._pause * 1.1)
            delivery.deliver(self._pending)
            self._pending = []
            self._stopping.wait(self._pause)

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
                raise PermissionError(f"AccessDenied: {role} does not allow {result['EvalActionName']} on {stream}")

    def _invoke(self, records: Sequence[StreamRecord]) -> Outcome:
        if self._stopping.is_set():
            raise Stopped
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
    """Read and deliver the records of all DynamoDB streams until `stopping` is set.

    Each event source mapping has its own thread, as long as the mapping exists.
    """
    workers: dict[str, MappingWorker] = {}
    while not stopping.wait(LOOK_FOR_MAPPINGS_SECONDS):
        try:
            follow(root, workers, print_to_log)
        except (ClientError, BotoCoreError) as error:
            print_to_log(f"poller: {type(error).__name__}")  # the emulator is starting or ending


def follow(root: Cloud, workers: dict[str, MappingWorker], log: Callable[[str], None]) -> None:
    """Start and stop threads, so that each existing event source mapping of a stream has one thread in `workers`."""
    found = root.call("lambda", "list_event_source_mappings")["EventSourceMappings"]
    mappings = {m["UUID"]: m for m in found if ":dynamodb:" in m["EventSourceArn"]}
    for uuid in workers.keys() - mappings.keys():
        workers.pop(uuid).stop()
    for uuid in mappings.keys() - workers.keys():
        workers[uuid] = MappingWorker(root, mappings[uuid], log)
        workers[uuid].start()


def print_to_log(line: str) -> None:
    """Write one line to the emulator's log."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - the daemon's output is the log file

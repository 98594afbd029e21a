"""An event source mapping: reading, permissions, invocation, failure destination."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from support.fakes.emulator import Answer, FakeCloud
from support.fakes.errors import client_error

from hookline.local.stand_ins import poller
from hookline.local.stand_ins.delivery import GivenUp, Outcome, Rules
from hookline.local.stand_ins.mapping import failure_record, matches, outcome_of, rules_of
from hookline.local.stand_ins.poller import STREAM_ACTIONS, MappingWorker, follow, poll_forever
from hookline.local.stand_ins.stream import StreamReader

STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/1"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"
ROLE = "arn:aws:iam::000000000000:role/r"
FAILURES = "arn:aws:sqs:us-east-1:000000000000:failures"
MOMENT = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten all pauses."""
    for name in ("LOOK_FOR_MAPPINGS_SECONDS", "SHORTEST_PAUSE_SECONDS", "LONGEST_PAUSE_SECONDS"):
        monkeypatch.setattr(poller, name, 0.001)


def record(number: int, event: str = "INSERT") -> dict[str, Any]:
    """Return a record as the stream API returns it."""
    keys = {"id": {"S": str(number)}, "raw": {"B": b"\x00"}, "set": {"BS": {b"\x01"}}}
    place = {"SequenceNumber": str(number), "ApproximateCreationDateTime": MOMENT, "Keys": keys}
    return {"eventID": f"e{number}", "eventName": event, "dynamodb": place}


def mapping(**settings: Any) -> dict[str, Any]:
    """Return a mapping as Lambda lists it."""
    return {
        "UUID": "u1",
        "EventSourceArn": STREAM,
        "FunctionArn": FUNCTION,
        "BatchSize": 10,
        "StartingPosition": "TRIM_HORIZON",
        **settings,
    }


class Stream:
    """A fake stream API with shards; an iterator is a shard and an index."""

    def __init__(self, cloud: FakeCloud, **shards: list[dict[str, Any]]) -> None:
        self.shards = shards
        self.closed: set[str] = set()
        self.starts: list[str] = []
        described = {"StreamDescription": {"Shards": [{"ShardId": shard} for shard in shards]}}
        cloud.answers["describe_stream"] = described
        cloud.answers["get_shard_iterator"] = self.open
        cloud.answers["get_records"] = self.get

    def open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the first iterator of a shard."""
        self.starts.append(arguments["ShardIteratorType"])
        return {"ShardIterator": f"{arguments['ShardId']} 0"}

    def get(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the records from an iterator on."""
        shard, start = arguments["ShardIterator"].split()
        found = self.shards[shard][int(start) :][: arguments["Limit"]]
        answer: dict[str, Any] = {"Records": found}
        if shard not in self.closed:
            answer["NextShardIterator"] = f"{shard} {int(start) + len(found)}"
        return answer


def test_a_reader_goes_through_a_shard_in_order_and_in_pages() -> None:
    """The reader starts at the mapping's starting position."""
    cloud = FakeCloud()
    stream = Stream(cloud, a=[record(n) for n in (1, 2, 3)])
    reader = StreamReader(cloud, STREAM, "LATEST", 2)
    batches = [[r["eventID"] for r in reader.read()] for _ in range(3)]
    assert batches == [["e1", "e2"], ["e3"], []]
    assert stream.starts == ["LATEST"]


def test_shards_take_turns() -> None:
    """A busy shard does not block the other shards."""
    cloud = FakeCloud()
    stream = Stream(cloud, a=[record(n) for n in (1, 2, 3)], b=[record(n) for n in (7, 8)])
    stream.closed = {"b"}
    reader = StreamReader(cloud, STREAM, "TRIM_HORIZON", 1)
    numbers = [[r["dynamodb"]["SequenceNumber"] for r in reader.read()] for _ in range(5)]
    assert numbers == [["1"], ["7"], ["2"], ["3"], []]


def test_records_look_as_lambda_shows_them() -> None:
    """Dates become numbers, binaries base64 and sets lists; each record names its source."""
    cloud = FakeCloud()
    Stream(cloud, a=[record(1)])
    (shown,) = json.loads(json.dumps(StreamReader(cloud, STREAM, "LATEST", 1).read()))
    assert (shown["eventSource"], shown["eventSourceARN"]) == ("aws:dynamodb", STREAM)
    assert shown["dynamodb"]["ApproximateCreationDateTime"] == MOMENT.timestamp()
    assert shown["dynamodb"]["Keys"] == {"id": {"S": "1"}, "raw": {"B": "AA=="}, "set": {"BS": ["AQ=="]}}


def test_the_rules_are_the_mappings_with_awss_defaults() -> None:
    """By default, attempts and age are unlimited."""
    assert rules_of(mapping()) == Rules(-1, -1, bisect=False, partial=False)
    settings = {
        "MaximumRetryAttempts": 3,
        "MaximumRecordAgeInSeconds": 60,
        "BisectBatchOnFunctionError": True,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    assert rules_of(mapping(**settings)) == Rules(3, 60, bisect=True, partial=True)


@pytest.mark.parametrize(
    ("answer", "failures"),
    [
        (None, ()),
        ("text", ()),
        ({}, ()),
        ({"batchItemFailures": None}, ()),
        ({"batchItemFailures": []}, ()),
        ({"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "4"}]}, ("3", "4")),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, ("",)),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, ("",)),
        ({"batchItemFailures": [{"wrong": "3"}]}, ("",)),
        ({"batchItemFailures": ["3"]}, ("",)),
        ({"batchItemFailures": "3"}, ("",)),
    ],
)
def test_an_answer_names_the_failed_records(answer: object, failures: tuple[str, ...]) -> None:
    """An invalid identifier stands for the whole batch, and no answer stops the poller."""
    assert outcome_of(answer) == Outcome(failures=failures)


def test_a_filter_passes_exact_values_of_all_its_keys() -> None:
    """A record must match one of the patterns; without patterns, every record passes."""
    insert, removal = record(1), record(2, "REMOVE")
    assert matches(insert, [])
    assert matches(insert, [{"eventName": ["INSERT"]}])
    assert not matches(removal, [{"eventName": ["INSERT"]}])
    assert matches(removal, [{"eventName": ["INSERT"]}, {"eventName": ["REMOVE"], "eventID": ["e2"]}])
    assert not matches(removal, [{"eventName": ["REMOVE"], "eventID": ["other"]}])


def test_a_failure_record_has_awss_shape() -> None:
    """The message has the position of the records, but not their content."""
    message = failure_record(mapping(), GivenUp([record(3), record(5)], "RetryAttemptsExhausted", 2))
    assert message.pop("timestamp").endswith("Z")
    assert message == {
        "version": "1.0",
        "requestContext": {
            "functionArn": FUNCTION,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 2,
        },
        "DDBStreamBatchInfo": {
            "streamArn": STREAM,
            "startSequenceNumber": "3",
            "endSequenceNumber": "5",
            "approximateArrivalOfFirstRecord": "2026-11-21T12:00:00.000000Z",
            "approximateArrivalOfLastRecord": "2026-11-21T12:00:00.000000Z",
            "batchSize": 2,
        },
    }


class Function:
    """A fake function with scripted answers; after the last answer, the worker is stopped."""

    def __init__(self, cloud: FakeCloud, *script: Answer) -> None:
        self.script = list(script)
        self.batches: list[list[str]] = []
        self.worker: MappingWorker | None = None
        cloud.answers["get_function_configuration"] = {"Role": ROLE}
        cloud.answers["simulate_principal_policy"] = self.allow
        cloud.answers["invoke"] = self.invoke

    @staticmethod
    def allow(arguments: dict[str, Any]) -> dict[str, Any]:
        """Allow every action."""
        results = [{"EvalActionName": name, "EvalDecision": "allowed"} for name in arguments["ActionNames"]]
        return {"EvaluationResults": results}

    def invoke(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the next answer of the script."""
        self.batches.append([r["eventID"] for r in json.loads(arguments["Payload"])["Records"]])
        answer = self.script.pop(0)
        if not self.script and self.worker:
            self.worker.stop()
        if isinstance(answer, Exception):
            raise answer
        return answer(arguments) if callable(answer) else answer


def said(answer: object) -> dict[str, Any]:
    """Return Lambda's answer for a function that returned this value."""
    return {"Payload": io.BytesIO(b"" if answer is None else json.dumps(answer).encode())}


BROKE = {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")}


def work(cloud: FakeCloud, function: Function, **settings: Any) -> list[str]:
    """Run a worker until the function's script ends, and return the log."""
    log: list[str] = []
    function.worker = MappingWorker(cloud, mapping(**settings), log.append)
    function.worker.run()
    return log


def test_a_worker_delivers_what_passes_the_filter() -> None:
    """The worker retries a record that the function reports as failed."""
    cloud = FakeCloud()
    Stream(cloud, a=[record(1), record(2, "REMOVE"), record(3)])
    function = Function(cloud, said({"batchItemFailures": [{"itemIdentifier": "3"}]}), said(None))
    filters = {"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]}
    log = work(cloud, function, FilterCriteria=filters, FunctionResponseTypes=["ReportBatchItemFailures"])
    assert function.batches == [["e1", "e3"], ["e3"]]
    assert log == []


def test_what_is_given_up_goes_to_the_failure_destination_with_the_functions_role() -> None:
    """The log names the failure, without the content of the records."""
    cloud = FakeCloud()
    Stream(cloud, a=[record(1), record(2)])
    function = Function(cloud, BROKE)
    log = work(cloud, function, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": FAILURES}})
    (sent,) = [arguments for _, operation, arguments in cloud.calls if operation == "send_message"]
    assert sent["QueueUrl"] == f"{cloud.endpoint}/000000000000/failures"
    assert json.loads(sent["MessageBody"])["DDBStreamBatchInfo"]["batchSize"] == 2
    assert ("sts", "assume_role", {"RoleArn": ROLE}) in cloud.calls
    assert log == [f"{FUNCTION}: gave up 2 records: RetryAttemptsExhausted"]


def test_without_a_destination_what_is_given_up_is_dropped() -> None:
    """AWS does the same."""
    cloud = FakeCloud()
    Stream(cloud, a=[record(1)])
    work(cloud, Function(cloud, BROKE), MaximumRetryAttempts=0)
    assert "send_message" not in cloud.operations()


def test_a_throttled_function_is_tried_again() -> None:
    """Throttling is not logged as an error."""
    cloud = FakeCloud()
    Stream(cloud, a=[record(1)])
    function = Function(cloud, client_error("TooManyRequestsException", 429), said(None))
    assert work(cloud, function) == []
    assert function.batches == [["e1"], ["e1"]]


def test_an_error_is_logged_once_and_loses_no_record() -> None:
    """After the error, the worker delivers the records that it had read."""
    cloud = FakeCloud()
    Stream(cloud, a=[record(1), record(2)])
    failure = client_error("InternalFailure", 500)
    function = Function(cloud, failure, failure, said(None))
    log = work(cloud, function, BatchSize=10)
    assert function.batches == [["e1", "e2"]] * 3
    assert log == [f"event source mapping of {FUNCTION}: {failure}"]


def test_an_error_that_comes_back_is_logged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only consecutive equal errors are logged as one line."""
    monkeypatch.setattr(poller, "CHECK_PERMISSIONS_SECONDS", 0.0001)
    cloud = FakeCloud()
    stream = Stream(cloud, a=[record(1)])
    failure = client_error("InternalFailure", 500)

    def more(_arguments: dict[str, Any]) -> dict[str, Any]:
        stream.shards["a"].append(record(2))
        return said(None)

    log = work(cloud, Function(cloud, failure, more, failure, said(None)))
    assert len(log) == 2


def test_a_role_that_may_not_read_the_stream_stops_the_flow() -> None:
    """The worker checks all four actions of AWS, and the log names the missing one."""
    cloud = FakeCloud()
    Stream(cloud, a=[record(1)])
    function = Function(cloud, said(None))
    answers = iter(["implicitDeny", "implicitDeny", "allowed"])

    def simulate(arguments: dict[str, Any]) -> dict[str, Any]:
        assert arguments["ActionNames"] == list(STREAM_ACTIONS)
        decision = next(answers)
        return {"EvaluationResults": [{"EvalActionName": "dynamodb:GetRecords", "EvalDecision": decision}]}

    cloud.answers["simulate_principal_policy"] = simulate
    log = work(cloud, function)
    denied = f"AccessDenied: {ROLE} does not allow dynamodb:GetRecords on {STREAM}"
    assert log == [f"event source mapping of {FUNCTION}: {denied}"]
    assert function.batches == [["e1"]]


def test_a_worker_whose_mapping_goes_ends_in_the_middle_of_its_repetitions() -> None:
    """A batch that always fails does not keep the worker running."""
    cloud = FakeCloud()
    Stream(cloud, a=[record(1)])
    function = Function(cloud, BROKE)
    assert work(cloud, function) == []
    assert function.batches == [["e1"]]


def test_a_worker_that_is_stopped_while_it_waits_for_records_ends() -> None:
    """The worker ends between two reads."""
    cloud = FakeCloud()
    Stream(cloud, a=[])
    Function(cloud)
    worker = MappingWorker(cloud, mapping(), lambda _line: None)
    cloud.answers["get_records"] = lambda _arguments: worker.stop() or {"Records": []}
    worker.run()
    assert "invoke" not in cloud.operations()


class Idle(MappingWorker):
    """A worker that only records whether it is running."""

    alive: list[str] = []  # noqa: RUF012 - all workers of a test share it

    def start(self) -> None:
        """Record the start."""
        self.alive.append(self.uuid)

    def stop(self) -> None:
        """Record the stop."""
        self.alive.remove(self.uuid)


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the mappings that have a running worker."""
    monkeypatch.setattr(poller, "MappingWorker", Idle)
    monkeypatch.setattr(Idle, "alive", [])
    return Idle.alive


def listed(*found: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return Lambda's list of mappings."""
    return lambda _arguments: {"EventSourceMappings": list(found)}


def test_workers_follow_the_mappings(idle: list[str]) -> None:
    """New mappings start workers, removed mappings stop them, and only DynamoDB streams count."""
    cloud, workers = FakeCloud(), dict[str, MappingWorker]()
    other = mapping(UUID="q", EventSourceArn=FAILURES)
    for found, alive in (([mapping()], ["u1"]), ([mapping(UUID="u2"), mapping(), other], ["u1", "u2"]), ([other], [])):
        cloud.answers["list_event_source_mappings"] = listed(*found)
        follow(cloud, workers, print)
        assert idle == alive
        assert sorted(workers) == alive


def test_the_poller_goes_on_after_an_error(idle: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The emulator may still be starting; the error is logged."""
    cloud, stopping = FakeCloud(), threading.Event()
    script: list[Callable[[], dict[str, Any]]] = [
        lambda: (_ for _ in ()).throw(client_error("InternalFailure", 500)),
        lambda: {"EventSourceMappings": [mapping()]},
        lambda: stopping.set() or {"EventSourceMappings": []},
    ]
    cloud.answers["list_event_source_mappings"] = lambda _arguments: script.pop(0)()
    poll_forever(cloud, stopping)
    assert (script, idle) == ([], [])
    assert capsys.readouterr().err == "poller: ClientError\n"


def test_a_worker_runs_in_a_thread_of_its_own() -> None:
    """One stream does not wait for another."""
    cloud, ran = FakeCloud(), threading.Event()
    worker = MappingWorker(cloud, mapping(), lambda _line: None)

    def answer(_arguments: dict[str, Any]) -> dict[str, Any]:
        worker.stop()
        ran.set()
        raise client_error("ResourceNotFoundException", 404)

    cloud.answers["get_function_configuration"] = answer
    worker.start()
    assert ran.wait(30)

"""The router: delivered messages, retries, and reported failures."""

import importlib
import json
from typing import Any

import pytest
from support.clock import NOW
from support.fakes.errors import aws_error
from support.fakes.functions import stream_record as record
from support.fakes.sqs import FakeSqs

from hookline.functions import router as module
from hookline.functions.aws.errors import AwsError
from hookline.functions.queues import MAX_BATCH_BYTES, Outgoing, batches
from hookline.functions.router import Router, respond
from hookline.functions.telemetry import Telemetry

QUEUES = {"payment": "queue/payments", "refund": "queue/refunds", "dispute": "queue/disputes"}
FAILURES = "queue/failures"


class Bench:
    """A router with fakes, and batches for it.

    Attributes:
        sqs: the queues.
        line: the log line of the last batch.
    """

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.sqs = FakeSqs()
        self.line: dict[str, Any] = {}

    def route(self, *records: Any) -> list[str]:
        """Route some records and return the sequence numbers reported as failed."""
        router = Router(self.sqs, QUEUES, FAILURES, Telemetry("transactions", "dev"), lambda: NOW)
        try:
            answer = respond(router, {"Records": list(records)})
        finally:
            out = self._capsys.readouterr().out
            assert out.count("\n") == 1
            self.line = json.loads(out)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def bench(capsys: pytest.CaptureFixture[str]) -> Bench:
    """Return a router and its queues."""
    return Bench(capsys)


def test_each_type_reaches_its_queue(bench: Bench) -> None:
    """The message is sent unchanged, with type, event id and trace as attributes."""
    assert bench.route(record(1), record(2, "refund"), record(3, "dispute"), record(4)) == []
    assert bench.sqs.delivered == {
        "queue/payments": ["message 1", "message 4"],
        "queue/refunds": ["message 2"],
        "queue/disputes": ["message 3"],
    }
    assert bench.sqs.entries[0]["MessageAttributes"] == {
        "transaction_type": {"DataType": "String", "StringValue": "payment"},
        "event_id": {"DataType": "String", "StringValue": "evt_1"},
        "trace_id": {"DataType": "String", "StringValue": "trace"},
    }


def test_the_log_line_counts_and_times_the_batch(bench: Bench) -> None:
    """The latency is the time from acceptance to sending of the oldest sent event."""
    bench.route(record(1), record(2, received_at={"S": "2026-11-21T11:59:59.5Z"}))
    assert (bench.line["Routed"], bench.line["RouteFailures"], bench.line["LatencyMs"]) == (2, 0, 750)
    assert "errors" not in bench.line


def test_a_clock_behind_the_validators_gives_no_negative_latency(bench: Bench) -> None:
    """The clocks of two machines may differ, but the latency is at least 0."""
    bench.route(record(1, received_at={"S": "2026-11-21T12:00:01Z"}))
    assert bench.line["LatencyMs"] == 0


def test_only_new_items_are_forwarded(bench: Bench) -> None:
    """Changed and expired items are ignored without a failure."""
    removed: dict[str, Any] = {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "2", "Keys": {}}}
    assert bench.route({**record(1), "eventName": "MODIFY"}, removed) == []
    assert bench.sqs.calls == []
    assert "LatencyMs" not in bench.line


def test_a_batch_has_at_most_ten_messages(bench: Bench) -> None:
    """Twenty-five messages need three calls, in order."""
    bench.route(*(record(number) for number in range(25)))
    assert [len(bodies) for _, bodies in bench.sqs.calls] == [10, 10, 5]
    assert bench.sqs.delivered["queue/payments"] == [f"message {number}" for number in range(25)]


def outgoing(size: int) -> Outgoing:
    """Return a message with a size of ``size`` bytes, 8 of them for an attribute."""
    return Outgoing("1", "x" * (size - 8), {"k": "v"}, NOW)


@pytest.mark.parametrize(("last", "calls"), [(MAX_BATCH_BYTES - 600_000, 1), (MAX_BATCH_BYTES - 599_999, 2)])
def test_a_batch_has_at_most_a_mebibyte(last: int, calls: int) -> None:
    """Bodies and attributes count. A batch at the limit is one call, and one more byte makes two calls."""
    messages = [outgoing(300_000), outgoing(300_000), outgoing(last)]
    assert [message.size() for message in messages] == [300_000, 300_000, last]
    split = list(batches(messages))
    assert len(split) == calls
    assert [message for batch in split for message in batch] == messages


def test_a_message_counts_bytes_rather_than_characters() -> None:
    """SQS counts UTF-8 bytes."""
    assert Outgoing("1", "é", {"ké": "v"}, NOW).size() == 2 + 3 + 6 + 1


def test_exactly_the_failed_are_sent_again(bench: Bench) -> None:
    """Of ten messages, three fail and are sent again; one of them fails again and is sent a third time."""
    bench.sqs.refusals = {
        "message 2": ["InternalError"],
        "message 5": ["InternalError", "ServiceUnavailable"],
        "message 7": ["InternalError"],
    }
    assert bench.route(*(record(number) for number in range(10))) == []
    sizes = [bodies for _, bodies in bench.sqs.calls[1:]]
    assert sizes == [["message 2", "message 5", "message 7"], ["message 5"]]
    assert sorted(bench.sqs.delivered["queue/payments"]) == [f"message {number}" for number in range(10)]
    assert (bench.line["Routed"], bench.line["RouteFailures"]) == (10, 0)


def test_what_still_fails_is_reported(bench: Bench) -> None:
    """After the third failure, the record is reported to Lambda, and the log has the code and the event id."""
    bench.sqs.refusals = {"message 1": ["InternalError"] * 9}
    assert bench.route(record(0), record(1), record(2)) == ["1"]
    assert len(bench.sqs.calls) == 3
    assert bench.line["errors"] == {"InternalError": 1}
    assert bench.line["failed_event_ids"] == ["evt_1"]
    assert (bench.line["Routed"], bench.line["RouteFailures"]) == (2, 1)


def set_aside(bench: Bench) -> list[dict[str, Any]]:
    """Return the messages in the failure queue."""
    return [json.loads(body) for body in bench.sqs.delivered.get(FAILURES, [])]


def test_the_senders_fault_is_not_sent_again_but_set_aside(bench: Bench) -> None:
    """A message that SQS rejects permanently (`SenderFault`) is not retried, because it would block its shard."""
    bench.sqs.refusals = {"message 1": ["!InvalidMessageContents"], "message 2": ["InternalError"]}
    assert bench.route(record(1), record(2)) == []
    assert [bodies for _, bodies in bench.sqs.calls[:2]] == [["message 1", "message 2"], ["message 2"]]
    assert set_aside(bench) == [
        {
            "schema": "hookline.unroutable.v1",
            "code": "InvalidMessageContents",
            "event_id": "evt_1",
            "sequence_number": "1",
        }
    ]
    assert (bench.line["Routed"], bench.line["RouteFailures"]) == (1, 1)


def test_what_cannot_be_set_aside_is_reported(bench: Bench) -> None:
    """If the failure queue also fails, Lambda delivers the record again."""
    send = bench.sqs.send_message_batch

    def refuse(**arguments: Any) -> dict[str, Any]:
        if arguments["QueueUrl"] == FAILURES:
            raise aws_error("AccessDenied")
        return send(**arguments)

    bench.sqs.send_message_batch = refuse
    assert bench.route(record(1), record(7, "chargeback"), record(9)) == ["7"]
    assert bench.sqs.delivered == {"queue/payments": ["message 1", "message 9"]}


def test_a_message_that_the_answer_does_not_mention_has_failed(bench: Bench) -> None:
    """The message is sent again, and reported if its result is still missing."""
    bench.sqs.refusals = {"message 1": [""] * 9, "message 2": [""]}
    assert bench.route(record(1), record(2)) == ["1"]
    assert bench.line["errors"] == {"Unanswered": 1}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (aws_error("AccessDenied"), "AccessDenied"),
        (aws_error("RequestThrottled"), "RequestThrottled"),
        (AwsError("ReadTimeoutError"), "ReadTimeoutError"),
    ],
)
def test_a_call_that_fails_loses_nothing(bench: Bench, error: Exception, code: str) -> None:
    """Every record of a failed call is reported, the other queues are tried, and the log has the code."""
    bench.sqs.error = error
    assert sorted(bench.route(record(1), record(2, "refund"), record(3))) == ["1", "2", "3"]
    assert len(bench.sqs.calls) == 2
    assert bench.line["errors"] == {code: 3}
    assert (bench.line["Routed"], bench.line["RouteFailures"]) == (0, 3)


def test_a_call_that_fails_after_a_partial_success_reports_the_rest(bench: Bench) -> None:
    """Messages that were sent before the failure are not reported."""
    bench.sqs.refusals = {"message 2": ["InternalError"]}
    send = bench.sqs.send_message_batch

    def fail_from_now_on(**arguments: Any) -> dict[str, Any]:
        answer = send(**arguments)
        bench.sqs.error = aws_error("AccessDenied")
        return answer

    bench.sqs.send_message_batch = fail_from_now_on
    assert bench.route(record(1), record(2)) == ["2"]
    assert bench.line["errors"] == {"AccessDenied": 1}


@pytest.mark.parametrize(
    "broken",
    [
        record(7, "chargeback"),
        record(7, transaction_type={"N": "1"}),
        *(record(7, **{name: None}) for name in ("event_id", "transaction_type", "trace_id", "message")),
        record(7, received_at=None),
        record(7, received_at={"S": "yesterday"}),
        record(7, message={"S": ""}),
        {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "7", "Keys": {"event_id": {"S": "evt_7"}}}},
    ],
)
def test_a_malformed_record_is_set_aside_and_the_others_go_out(bench: Bench, broken: dict[str, Any]) -> None:
    """A malformed record goes to the failure queue, and does not block its shard."""
    assert bench.route(record(1), broken, record(9)) == []
    assert bench.sqs.delivered["queue/payments"] == ["message 1", "message 9"]
    assert [(found["code"], found["event_id"]) for found in set_aside(bench)] == [("MalformedRecord", "evt_7")]
    assert bench.line["errors"] == {"MalformedRecord": 1}


@pytest.mark.parametrize("broken", [{"eventName": "INSERT"}, {"eventName": "INSERT", "dynamodb": None}])
def test_a_record_without_a_number_fails_the_whole_batch(bench: Bench, broken: dict[str, Any]) -> None:
    """Lambda treats an empty identifier as a failure of the batch, so that no record is lost."""
    assert bench.route(record(1), broken) == [""]


def test_the_log_names_at_most_ten_failed_events_and_masks_card_numbers(bench: Bench) -> None:
    """The log line stays short, and hides an event id that could be a card number."""
    bench.sqs.error = aws_error("AccessDenied")
    card = record(0, event_id={"S": "4111111111111111"})
    bench.route(card, *(record(number) for number in range(1, 15)))
    assert bench.line["failed_event_ids"] == ["*" * 16, *(f"evt_{number}" for number in range(1, 10))]


def test_a_fault_of_the_program_fails_the_whole_batch_and_tells_no_value(bench: Bench) -> None:
    """The error has only the type of an unexpected exception, and Lambda delivers the batch again."""
    bench.sqs.error = RuntimeError("evt_1")
    with pytest.raises(RuntimeError, match=r"^the batch was not routed: RuntimeError$") as caught:
        bench.route(record(1))
    assert caught.value.__suppress_context__
    assert bench.line["error"] == "RuntimeError"
    assert "evt_1" not in json.dumps(bench.line)


def test_the_handler_is_composed_once_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Lambda, the import creates the client, and all invocations use it."""
    for name, value in {
        "AWS_LAMBDA_FUNCTION_NAME": "router-dev",
        "AWS_DEFAULT_REGION": "us-east-1",
        "PAYMENTS_QUEUE_URL": QUEUES["payment"],
        "REFUNDS_QUEUE_URL": QUEUES["refund"],
        "DISPUTES_QUEUE_URL": QUEUES["dispute"],
        "FAILURES_QUEUE_URL": FAILURES,
        "SERVICE": "transactions",
        "ENVIRONMENT": "dev",
    }.items():
        monkeypatch.setenv(name, value)
    fresh = importlib.reload(module)
    monkeypatch.delenv("PAYMENTS_QUEUE_URL")
    assert fresh.handler({"Records": []}, None) == {"batchItemFailures": []}
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME")
    importlib.reload(module)

"""The validator's retry of the queue forward-failures: what is recorded, retried, or set aside with its reason."""

import json
from datetime import timedelta
from typing import Any

import pytest
from support.clock import NOW
from support.fakes.errors import aws_error
from support.fakes.sqs import FakeSqs
from support.fakes.table import outbox_table
from support.log_lines import metrics_of

from hookline.functions.aws.errors import Transient
from hookline.functions.telemetry import Telemetry
from hookline.functions.transactions.forward_failures import RETRIED_FOR
from hookline.functions.transactions.outbox_table import OutboxTable
from hookline.functions.validator import Validator, respond

SOURCE_ARN = "arn:aws:sqs:us-east-1:123456789012:pay-forward-failures-dev"
DLQ = "pay-forward-dlq-dev"


def transaction(number: int = 1, **change: Any) -> dict[str, Any]:
    """Return a transaction as the providers system creates it."""
    return {
        "event_id": f"stripe:evt_{number}",
        "transaction_type": "payment",
        "amount": "10.99",
        "currency": "USD",
        "timestamp": "2026-11-21T10:21:00Z",
        "metadata": {"provider": "stripe"},
        **change,
    }


def report(*transactions: Any, **event: Any) -> str:
    """Return the body in which Lambda reports a bus event with these transactions, which failed three times."""
    detail = {"schema": "hookline.provider-event.v1", "provider": "stripe", "transactions": list(transactions)}
    return json.dumps(
        {
            "version": "1.0",
            "timestamp": "2026-11-21T12:03:10.000Z",
            "requestContext": {
                "requestId": "1",
                "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:validator-dev:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "requestPayload": {"version": "0", "source": "hookline.stripe", "detail": detail, **event},
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": {"errorMessage": "not every transaction was recorded", "errorType": "RuntimeError"},
        }
    )


class Bench:
    """A validator with fakes, and batches of messages for it.

    Attributes:
        table: the table.
        sqs: the queues.
        line: the log line of the last batch.
    """

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.table = outbox_table()
        self.sqs = FakeSqs()
        self.line: dict[str, Any] = {}
        self._now = NOW

    def retry(self, *bodies: str, age: timedelta = timedelta(minutes=10)) -> list[str]:
        """Invoke the validator with messages `m0`, `m1`…, and return the ids of those that go back to the queue.

        Args:
            bodies: the bodies of the messages.
            age: how long ago they were sent to the queue.
        """
        self._now += timedelta(minutes=10)
        validator = Validator(
            OutboxTable(self.table, "events", 35, None),
            False,
            None,  # no message needs a secret
            Telemetry("transactions", "dev"),
            lambda: self._now,
            lambda: self.sqs,
        )
        records = [
            {
                "messageId": f"m{number}",
                "body": body,
                "attributes": {"SentTimestamp": str(int((self._now - age).timestamp() * 1000))},
                "eventSourceARN": SOURCE_ARN,
            }
            for number, body in enumerate(bodies)
        ]
        answer: dict[str, Any] = respond(validator, {"Records": records})
        out = self._capsys.readouterr().out
        assert out.count("\n") == 1
        self.line = json.loads(out)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def set_aside(self) -> list[tuple[str, str]]:
        """Return body and reason of each message in the dead-letter queue."""
        assert self.sqs.delivered.keys() <= {DLQ}
        return [
            (entry["MessageBody"], entry["MessageAttributes"]["reason"]["StringValue"]) for entry in self.sqs.entries
        ]

    def metrics(self) -> dict[str, int]:
        """Return the metrics in the last log line."""
        return metrics_of(self.line)


@pytest.fixture
def bench(capsys: pytest.CaptureFixture[str]) -> Bench:
    """Return a validator with an empty table and empty queues."""
    return Bench(capsys)


def test_all_transactions_of_all_messages_are_recorded(bench: Bench) -> None:
    """Then Lambda deletes the messages, and nobody calls SQS."""
    assert bench.retry(report(transaction(1), transaction(2)), report(transaction(3))) == []
    assert sorted(bench.table.stored) == ["stripe:evt_1", "stripe:evt_2", "stripe:evt_3"]
    assert (bench.sqs.calls, bench.metrics()) == ([], {"Accepted": 3})
    assert bench.line["event_ids"] == ["stripe:evt_1", "stripe:evt_2", "stripe:evt_3"]
    assert (bench.line["forward_failures"], bench.line["outcomes"]) == (2, ["accepted"] * 3)


def test_a_transaction_that_is_recorded_already_is_a_duplicate(bench: Bench) -> None:
    """A message can arrive twice, or a part of its transactions can be recorded."""
    bench.retry(report(transaction(1)))
    assert bench.retry(report(transaction(1), transaction(2))) == []
    assert bench.metrics() == {"Duplicate": 1, "Accepted": 1}


def test_without_the_table_every_message_goes_back_to_the_queue(bench: Bench) -> None:
    """The next receive records them."""
    bench.table.error = aws_error("ThrottlingException")
    assert bench.retry(report(transaction(1)), report(transaction(2))) == ["m0", "m1"]
    assert (bench.metrics(), bench.line["error"], bench.sqs.calls) == ({"Unavailable": 2}, "ThrottlingException", [])
    bench.table.error = None
    assert bench.retry(report(transaction(1)), report(transaction(2))) == []
    assert bench.metrics() == {"Accepted": 2}


def test_a_conflict_is_set_aside_at_once_and_the_others_are_recorded(bench: Bench) -> None:
    """The dead letter has the whole message and the reason, so that a person can book the difference."""
    bench.retry(report(transaction(1)))
    conflict = report(transaction(1, amount="99"), transaction(2))
    assert bench.retry(conflict, report(transaction(3))) == []
    assert bench.set_aside() == [(conflict, "event_conflict")]
    assert sorted(bench.table.stored) == ["stripe:evt_1", "stripe:evt_2", "stripe:evt_3"]
    assert json.loads(bench.table.stored["stripe:evt_1"]["message"]["S"])["amount"] == "10.99"


def test_a_dead_letter_names_each_reason_once(bench: Bench) -> None:
    """A bus event can have several transactions."""
    bench.retry(report(transaction(1)))
    two = report(transaction(1, amount="99"), transaction(2, amount="0"), transaction(3, amount="0"))
    assert bench.retry(two) == []
    assert bench.set_aside() == [(two, "event_conflict, invalid_field")]


def test_a_message_waits_as_long_as_a_retry_can_record_a_part_of_it(bench: Bench) -> None:
    """Otherwise the part that was unavailable would be lost with the part that is not valid."""
    bench.table.error = aws_error("ThrottlingException")
    assert bench.retry(report(transaction(1, amount="0"), transaction(2))) == ["m0"]
    assert bench.set_aside() == []


@pytest.mark.parametrize(("age", "moved"), [(RETRIED_FOR - timedelta(milliseconds=1), 0), (RETRIED_FOR, 1)])
def test_what_was_not_recorded_for_a_day_is_set_aside(bench: Bench, age: timedelta, moved: int) -> None:
    """Otherwise, SQS would delete it after seven days. The new message has seven days of its own."""
    bench.table.error = aws_error("ResourceNotFoundException")
    body = report(transaction(1))
    assert bench.retry(body, age=age) == ["m0"] * (1 - moved)
    assert bench.set_aside() == [(body, "unavailable")] * moved


def test_an_old_message_is_recorded_if_the_table_is_there(bench: Bench) -> None:
    """It may have waited in the queue since before an upgrade."""
    assert bench.retry(report(transaction(1)), age=timedelta(days=6)) == []
    assert (list(bench.table.stored), bench.set_aside()) == (["stripe:evt_1"], [])


def test_after_a_call_without_an_answer_the_batch_tries_no_other(bench: Bench) -> None:
    """Ten calls would wait nine seconds each. What needs no call is set aside, and the next batch tries again."""
    bench.table.error = Transient("TimeoutError")
    assert bench.retry(report(transaction(1), transaction(2)), report(transaction(3)), "one") == ["m0", "m1"]
    assert bench.table.puts == 1
    assert (bench.metrics(), bench.line["error"]) == ({"Unavailable": 3, "Rejected": 1}, "TimeoutError")
    bench.table.error = None
    assert bench.retry(report(transaction(1), transaction(2)), report(transaction(3))) == []
    assert bench.metrics() == {"Accepted": 3}


def test_after_a_refused_call_the_batch_tries_the_others(bench: Bench) -> None:
    """The refusal can be for one transaction alone."""
    bench.table.error = aws_error("ValidationException")
    assert bench.retry(report(transaction(1)), report(transaction(2))) == ["m0", "m1"]
    assert bench.table.puts == 2


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not JSON",
        "[]",
        "{}",
        '{"requestPayload": null}',
        '{"requestPayload": "event"}',
        '{"requestPayload": {"detail": {}}}',
        '{"requestPayload": {"source": "hookline.stripe"}}',
        '{"Records": []}',
    ],
)
def test_a_message_of_somebody_else_is_set_aside(bench: Bench, body: str) -> None:
    """It does not hold back the other messages of its batch."""
    assert bench.retry(body, report(transaction(1))) == []
    assert bench.set_aside() == [(body, "malformed_message")]
    assert bench.metrics() == {"Rejected": 1, "Accepted": 1}


@pytest.mark.parametrize("event", [{"detail": None}, {"detail": {"schema": "x"}}, {"source": "hookline.adyen"}])
def test_a_bus_event_that_hookline_did_not_make_is_set_aside(bench: Bench, event: dict[str, Any]) -> None:
    """Its source must be that of its provider, and its detail must have the known format."""
    body = report(transaction(1), **event)
    assert bench.retry(body) == []
    assert (bench.set_aside(), bench.table.stored) == ([(body, "invalid_field")], {})


def test_what_cannot_be_set_aside_goes_back_to_the_queue(bench: Bench) -> None:
    """Nothing is deleted before it is in the dead-letter queue."""
    bench.sqs.error = aws_error("AccessDenied")
    assert bench.retry("one", "two", report(transaction(1))) == ["m0", "m1"]
    assert (bench.line["dead_letters"], bench.line["send_errors"]) == (0, ["AccessDenied"])
    bench.sqs.error = None
    bench.sqs.refusals = {"one": ["InternalError"] * 3}
    assert bench.retry("one", "two") == ["m0"]
    assert bench.set_aside() == [("two", "malformed_message")]
    assert (bench.line["dead_letters"], bench.line["send_errors"]) == (1, ["InternalError"])


def test_no_log_line_has_a_value_of_a_message(bench: Bench) -> None:
    """Not even of a message that is not ours."""
    bench.retry('{"requestPayload": "secret words"}', report(transaction(1, amount="secret words")))
    assert "secret words" not in json.dumps(bench.line)

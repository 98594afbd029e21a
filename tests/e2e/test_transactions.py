"""An accepted webhook becomes a message, on the stack under test.

The tests use only the stack's outputs, HTTP and SQS, so they run locally and on AWS.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from support.live.webhooks import ARRIVAL_SECONDS, Webhooks, assert_refused, eventually

import hookline
from hookline.core.transactions.transaction import TRANSACTION_TYPES

SCHEMA_FILE = Path(str(hookline.__file__)).parent / "schemas" / "transaction-message.v1.json"
MESSAGE = Draft202012Validator(json.loads(SCHEMA_FILE.read_text()), format_checker=FormatChecker())


@pytest.mark.parametrize("kind", TRANSACTION_TYPES)
def test_an_event_reaches_the_queue_of_its_type_in_the_documented_form(kind: str, webhooks: Webhooks) -> None:
    """The answer is 202, and one message arrives in the right queue. It matches the schema and has all attributes."""
    event = webhooks.event(kind=kind, amount="1049.90", timestamp="2026-01-31T12:00:00.25+01:00")
    sent_at = datetime.now(UTC)
    with webhooks.watch() as arrivals:
        answer = webhooks.send(event)
        assert not arrivals.wait_for([event["event_id"]], ARRIVAL_SECONDS)
    assert (answer.status, answer.body) == (202, {"status": "accepted", "event_id": event["event_id"]})
    (arrival,) = arrivals.all()
    assert arrival.queue == kind
    MESSAGE.validate(arrival.message)
    received = arrival.message.pop("received_at")
    assert abs(datetime.fromisoformat(received) - sent_at).total_seconds() < 300
    assert arrival.message == {
        "schema": "hookline.transaction.v1",
        "event_id": event["event_id"],
        "transaction_type": kind,
        "amount": "1049.9",
        "currency": "EUR",
        "timestamp": "2026-01-31T11:00:00.25Z",
        "metadata": event["metadata"],
    }
    assert arrival.attributes.keys() == {"transaction_type", "event_id", "trace_id"}
    assert arrival.attributes["transaction_type"] == kind
    assert arrival.attributes["event_id"] == event["event_id"]
    assert arrival.attributes["trace_id"]


def test_an_event_without_optional_fields_has_null_and_an_empty_object(webhooks: Webhooks) -> None:
    """Every message has every key, and unknown fields are left out."""
    event = webhooks.event(sender_version=7)
    del event["currency"], event["metadata"]
    with webhooks.watch() as arrivals:
        assert webhooks.send(event).status == 202
        assert not arrivals.wait_for([event["event_id"]], ARRIVAL_SECONDS)
    (arrival,) = arrivals.all()
    MESSAGE.validate(arrival.message)
    assert (arrival.message["currency"], arrival.message["metadata"]) == (None, {})
    assert "sender_version" not in arrival.message


def test_numbers_keep_their_value(webhooks: Webhooks) -> None:
    """Amounts and numbers in metadata arrive with exactly the same value."""
    amounts = {
        "0.1": "0.1",
        "10.10": "10.1",
        "1e3": "1000",
        "123456789012.345678": "123456789012.345678",
        "999999999999999999": "999999999999999999",
        "0.000001": "0.000001",
    }
    exact = "9007199254740993.123456789"
    bodies = [
        f'{{"event_id":"{webhooks.prefix}{n}","transaction_type":"payment","amount":{amount},'
        f'"timestamp":"2026-01-31T12:00:00Z","metadata":{{"rate":{exact},"count":9007199254740993}}}}'.encode()
        for n, amount in enumerate(amounts)
    ]
    with webhooks.watch() as arrivals:
        assert [webhooks.send(body).status for body in bodies] == [202] * len(bodies)
        assert not arrivals.wait_for([f"{webhooks.prefix}{n}" for n in range(len(bodies))], ARRIVAL_SECONDS)
    found = [arrivals.of(f"{webhooks.prefix}{n}")[0].message for n in range(len(bodies))]
    assert [message["amount"] for message in found] == list(amounts.values())
    metadata = found[0]["metadata"]
    assert (str(metadata["rate"]), metadata["count"]) == (exact, 9007199254740993)


def test_any_text_in_metadata_arrives_as_it_was_sent(webhooks: Webhooks) -> None:
    """This includes characters that SQS itself rejects, because a message is ASCII."""
    text = '\u0000\u0001\ufffe\uffff\U0001f4b6 €\n"\\/'
    event = webhooks.event(metadata={text: text})
    with webhooks.watch() as arrivals:
        assert webhooks.send(event).status == 202
        assert not arrivals.wait_for([event["event_id"]], ARRIVAL_SECONDS)
    assert arrivals.all()[0].message["metadata"] == {text: text}


def test_the_same_event_again_is_a_duplicate_and_no_second_message(webhooks: Webhooks) -> None:
    """The answer is 200, even if the sender formats the same content differently."""
    event = webhooks.event(amount="12.50", timestamp="2026-01-31T12:00:00Z")
    rewritten = {**event, "amount": 12.5, "timestamp": "2026-01-31T13:00:00.000+01:00"}
    last = webhooks.event("last")
    with webhooks.watch() as arrivals:
        answers = [webhooks.send(event), webhooks.send(event), webhooks.send(rewritten), webhooks.send(last)]
        # A stream keeps the order. After the last message, a second copy of the first one would have arrived too.
        assert not arrivals.wait_for([event["event_id"], last["event_id"]], ARRIVAL_SECONDS)
    assert [answer.status for answer in answers] == [202, 200, 200, 202]
    assert answers[1].body == {"status": "duplicate", "event_id": event["event_id"]}
    assert len(arrivals.of(event["event_id"])) == 1


def test_another_event_under_the_same_id_is_a_conflict(webhooks: Webhooks) -> None:
    """The answer is 409, and only the first event is forwarded."""
    event = webhooks.event(amount="49.95")
    last = webhooks.event("last")
    with webhooks.watch() as arrivals:
        assert webhooks.send(event).status == 202
        for change in ({"amount": "4990.00"}, {"currency": "USD"}, {"transaction_type": "refund"}, {"metadata": {}}):
            assert_refused(webhooks.send({**event, **change}), 409, "event_conflict", "event_id")
        assert webhooks.send(last).status == 202
        assert not arrivals.wait_for([event["event_id"], last["event_id"]], ARRIVAL_SECONDS)
    assert [arrival.message["amount"] for arrival in arrivals.of(event["event_id"])] == ["49.95"]


@pytest.mark.usefixtures("fifty_instances")
def test_fifty_identical_webhooks_at_once_are_one_event(webhooks: Webhooks) -> None:
    """One answer is `accepted`, the other 49 are `duplicate`, and there is one message."""
    event = webhooks.event()
    last = webhooks.event("last")
    with webhooks.watch() as arrivals:
        answers = webhooks.send_all([event] * 50, at_once=50)
        assert webhooks.send(last).status == 202
        assert not arrivals.wait_for([event["event_id"], last["event_id"]], ARRIVAL_SECONDS)
    assert Counter((answer.status, answer.code) for answer in answers) == {(202, "accepted"): 1, (200, "duplicate"): 49}
    assert len(arrivals.of(event["event_id"])) == 1


@pytest.mark.parametrize("kind", TRANSACTION_TYPES)
def test_a_message_that_is_never_deleted_lands_in_its_own_dead_letter_queue(kind: str, webhooks: Webhooks) -> None:
    """After three receives, the message moves to the dead-letter queue with the same body."""
    sqs, queue = webhooks.target.client("sqs"), webhooks.target.queue_urls[kind]
    if webhooks.waiting(queue):
        pytest.skip("other messages wait here, and receiving them three times would move them too")
    event = webhooks.event(kind=kind)
    receives = 0

    def dead() -> bool:
        nonlocal receives
        answer = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0, WaitTimeSeconds=0)
        receives += len(answer.get("Messages", []))
        return bool(dead_letters.of(event["event_id"]))

    with webhooks.watch_dead_letters() as dead_letters:
        assert webhooks.send(event).status == 202
        assert eventually(dead, pause=0.05)
    assert receives == 3
    (arrival,) = dead_letters.all()
    assert arrival.queue == kind
    MESSAGE.validate(arrival.message)

"""hookline's client and botocore behave the same with a failing service."""

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from unit.functions.aws.server import Request, Server, reply, serving

from hookline.core.errors import Rejected
from hookline.core.transactions.outbox import build_item
from hookline.core.transactions.transaction import validate
from hookline.functions.aws import clients
from hookline.functions.aws.errors import AwsError
from hookline.functions.bus import Bus, BusEvent, ToPublish
from hookline.functions.providers.webhook_store import Known, WebhookStore
from hookline.functions.queues import Outgoing, deliver
from hookline.functions.secrets import SecretValue
from hookline.functions.transactions.outbox_table import OutboxTable
from hookline.functions.unavailable import Unavailable

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Table:
    """DynamoDB's PutItem with a condition, over HTTP.

    Attributes:
        items: stored items by event id.
        losses: number of next answers that are lost after the item is stored.
    """

    def __init__(self) -> None:
        self.items: dict[str, Any] = {}
        self.losses = 0

    def __call__(self, request: Request) -> bytes | None:
        """Answer a PutItem call."""
        item = json.loads(request.body)["Item"]
        held = self.items.setdefault(item["event_id"]["S"], item)
        if self.losses:
            self.losses -= 1
            return None
        if held is not item:
            code = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
            return reply(400, json.dumps({"__type": code, "message": "The condition", "Item": held}).encode())
        return reply(200)


@pytest.fixture(params=["hookline", "botocore"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Return a service with scripted failures, for each of the two kinds of clients."""
    with serving() as server:
        monkeypatch.setenv(clients.CLIENT_VARIABLE, request.param)
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        yield server


@pytest.fixture(autouse=True)
def _closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the connections of hookline's own clients."""
    made: list[Any] = []
    make = clients._make
    monkeypatch.setattr(clients, "_make", lambda *given, **more: made.append(make(*given, **more)) or made[-1])
    yield
    for client in made:
        client.client.close()


def item(amount: str = "10.50", received_at: datetime = NOW) -> dict[str, dict[str, str]]:
    """Return the outbox item of an event."""
    payload: Any = {"event_id": "evt-1", "transaction_type": "payment", "amount": amount, "timestamp": 1_763_725_000}
    return build_item(validate(payload, NOW), received_at, "1-67891233-abcdef012345678912345678", 35)


def test_a_lost_answer_to_a_conditional_put_is_not_taken_for_a_duplicate(server: Server) -> None:
    """The retry finds the item of its own first attempt, so the event counts as accepted."""
    table = server.answer = Table()
    table.losses = 1
    assert OutboxTable(clients.dynamodb_client(), "events", 35, None).put_new(item()) == "accepted"
    assert len(server.requests) == 2
    assert list(table.items) == ["evt-1"]


def test_whatever_answers_are_lost_the_event_stays(server: Server) -> None:
    """If all answers are lost, the sender gets 503 and retries; the retry is then a duplicate."""
    table = server.answer = Table()
    table.losses = 10
    with pytest.raises(AwsError):
        OutboxTable(clients.dynamodb_client(), "events", 35, None).put_new(item())
    table.losses = 0
    assert list(table.items) == ["evt-1"]
    later = item(received_at=datetime(2026, 11, 21, 12, 6, tzinfo=UTC))
    assert OutboxTable(clients.dynamodb_client(), "events", 35, None).put_new(later) == "duplicate"


def test_somebody_else_s_event_under_the_same_id_is_a_conflict(server: Server) -> None:
    """A put that finds another event under the same id is rejected with 409."""
    server.answer = Table()
    assert OutboxTable(clients.dynamodb_client(), "events", 35, None).put_new(item()) == "accepted"
    with pytest.raises(Rejected) as caught:
        OutboxTable(clients.dynamodb_client(), "events", 35, None).put_new(item(amount="99"))
    assert caught.value.status == 409


@pytest.mark.parametrize("code", ["ThrottlingException", "ProvisionedThroughputExceededException"])
def test_a_throttled_put_is_made_again(server: Server, code: str) -> None:
    """The client retries a throttled put."""
    refusal = reply(400, b'{"__type": "any#%s", "message": "m"}' % code.encode())
    server.script = [refusal, reply(200)]
    assert OutboxTable(clients.dynamodb_client(), "events", 35, None).put_new(item()) == "accepted"
    assert len(server.requests) == 2


def test_a_refused_put_is_told_by_its_code(server: Server) -> None:
    """A permanent error is raised at once."""
    server.script = [reply(400, b'{"__type": "any#AccessDeniedException", "Message": "m"}')]
    with pytest.raises(AwsError, match=r"^AccessDeniedException$"):
        OutboxTable(clients.dynamodb_client(), "events", 35, None).put_new(item())
    assert len(server.requests) == 1


def test_a_record_is_read_and_written_under_its_key(server: Server) -> None:
    """Reading, archiving and recording handle the answers of DynamoDB and S3."""
    store = WebhookStore(clients.dynamodb_client(), "webhooks", clients.s3_client("payloads"), "payloads", None, "q")  # type: ignore[arg-type]
    server.script = [
        reply(200, b"{}"),
        reply(200, b"", {"ETag": '"d41d8cd98f00b204e9800998ecf8427e"'}),
        reply(200),
        reply(200, b'{"Item": {"key": {"S": "k"}, "body_sha256": {"S": "abc"}, "received_at": {"S": "t"}}}'),
        reply(400, b'{"__type": "any#ConditionalCheckFailedException", "message": "m"}'),
    ]
    assert store.known("k") is None
    store.archive("stripe/key.json", b"\xff any bytes")
    assert store.record({"key": {"S": "k"}}) is True
    assert store.known("k") == Known("abc", "t")
    assert store.record({"key": {"S": "k"}}) is False
    assert b"\xff any bytes" in server.requests[1].body
    assert server.requests[1].path.startswith("/payloads/stripe/key.json")


@pytest.mark.parametrize(("status", "code"), [(412, "PreconditionFailed"), (500, "InternalError")])
def test_a_body_that_is_in_the_archive_is_not_written_again(server: Server, status: int, code: str) -> None:
    """The call has the condition that the key is new; if it is not, the archive has the body already."""
    store = WebhookStore(None, "webhooks", clients.s3_client("payloads"), "payloads", None, "q")  # type: ignore[arg-type]
    server.script = [reply(status, f"<Error><Code>{code}</Code></Error>".encode())] * 3
    told = pytest.raises(AwsError, match=code) if status == 500 else contextlib.nullcontext()
    with told:
        store.archive("stripe/key", b"{}")
    assert {request.headers["if-none-match"] for request in server.requests} == {"*"}


def test_a_record_whose_answer_was_lost_is_a_new_one(server: Server) -> None:
    """The retry finds the record of its own first attempt, so the event counts as accepted."""
    store = WebhookStore(clients.dynamodb_client(), "webhooks", None, "payloads", None, "q")  # type: ignore[arg-type]
    record = {"key": {"S": "k"}, "pan_like": {"BOOL": True}}
    held = json.dumps({"__type": "any#ConditionalCheckFailedException", "message": "m", "Item": record}).encode()
    server.script = [None, reply(400, held)]
    assert store.record(record) is True  # type: ignore[arg-type]
    server.script = [None, None, reply(400, held)]
    assert store.record({**record, "received_at": {"S": "later"}}) is False  # type: ignore[arg-type]


def test_only_the_messages_that_failed_are_sent_again(server: Server) -> None:
    """The result of a batch is evaluated for each entry."""
    failed = b'{"Successful": [{"Id": "0", "MessageId": "m", "MD5OfMessageBody": "%s"}], "Failed": [%s]}'
    fault = b'{"Id": "1", "Code": "InternalError", "SenderFault": false}'
    md5 = b"b026324c6904b2a9cb4b88d6d61c81d1"
    server.script = [
        reply(200, failed % (md5, fault)),
        reply(200, b'{"Successful": [{"Id": "1", "MessageId": "n", "MD5OfMessageBody": "x"}]}'),
    ]
    batch = [Outgoing(str(number), f"{number}\n", {"a": "v"}, NOW) for number in (1, 2)]
    assert deliver(clients.sqs_client(), "https://queue", batch) == ({}, set())
    sent = [[entry["Id"] for entry in json.loads(request.body)["Entries"]] for request in server.requests]
    assert sent == [["0", "1"], ["1"]]


def test_only_the_events_that_failed_are_published_again(server: Server) -> None:
    """The answer has a result for each event, in the same order."""
    server.script = [
        reply(200, b'{"FailedEntryCount": 1, "Entries": [{"EventId": "e"}, {"ErrorCode": "InternalFailure"}]}'),
        reply(200, b'{"FailedEntryCount": 0, "Entries": [{"EventId": "f"}]}'),
    ]
    events = [ToPublish(name, name, BusEvent("hookline.stripe", name, "{}", NOW)) for name in ("a", "b")]
    assert Bus(clients.events_client(), "bus").publish(events) == {}
    assert [entry["DetailType"] for entry in json.loads(server.requests[1].body)["Entries"]] == ["b"]


def test_a_secret_without_a_value_accepts_nothing_and_an_outage_is_told(server: Server) -> None:
    """A missing value means no secrets, and a failed call means an outage."""
    server.script = [reply(400, b'{"__type": "ResourceNotFoundException", "Message": "m"}')]
    assert SecretValue(clients.secrets_manager_client(), "arn:secret").live("stripe") == {}
    server.script = [reply(500)]
    with pytest.raises(Unavailable):
        SecretValue(clients.secrets_manager_client(), "arn:secret").live("stripe")

"""Processing: published events, failed messages, and log lines."""

import importlib
import json
from datetime import timedelta
from itertools import repeat
from types import SimpleNamespace
from typing import Any

import pytest
from support.clock import NOW
from support.pipeline.cloud import Cloud
from support.pipeline.system import System
from support.pipeline.webhooks import adyen_batch, signed, stripe_payment
from support.records import changed

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.contract import BookingRules
from hookline.core.providers.registry import provider
from hookline.core.sender_mapping import read_mappings
from hookline.functions import processing as module
from hookline.functions.aws.errors import AwsError, Transient
from hookline.functions.bus import MAX_BATCH_BYTES, Bus, BusEvent, ToPublish
from hookline.functions.providers import batch, envelopes
from hookline.functions.providers.envelopes import METRICS

ENVIRONMENT = {
    "BUCKET_NAME": "payloads",
    "BUS_NAME": "bus",
    "ADYEN_CAPTURE": "automatic",
    "BOOK_PAYPAL": "true",
    "BOOKED_ACCOUNTS": "{}",
    "REFERENCE_FIELDS": "{}",
    "STRIPE_BASIL_SINCE": "",
    "BOOK_TEST_EVENTS": "false",
    "SERVICE": "providers",
    "ENVIRONMENT": "dev",
}


class Bench:
    """The system, with Stripe events in the queue.

    Attributes:
        system: the system.
        cloud: the system's cloud.
        line: the log line of the last batch.
        remaining: the remaining times that Lambda reports, in ms.
    """

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.system = System(Cloud(), by_object=True)
        self.cloud = self.system.cloud
        self.line: dict[str, Any] = {}
        self.remaining = iter(repeat(30_000))

    def receive(self, *events: tuple[str, str]) -> list[dict[str, Any]]:
        """Return the records of some Stripe events, given as event id and object id."""
        for event_id, payment in events:
            self.system.post("stripe", signed("stripe", stripe_payment(event_id, payment), self.cloud.now))
        self._capsys.readouterr()
        return [message.record() for message in self.cloud.receive()]

    def process(self, records: Any) -> list[str]:
        """Invoke processing with a batch and return the ids of the failed messages."""
        try:
            answer = module.respond(self.system.processing, {"Records": records}, lambda: next(self.remaining))
        finally:
            out = self._capsys.readouterr().out
            assert out.count("\n") == 1
            self.line = json.loads(out)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def bench(capsys: pytest.CaptureFixture[str]) -> Bench:
    """Return processing with an empty cloud."""
    return Bench(capsys)


def test_an_event_goes_out_with_source_type_and_time(bench: Bench) -> None:
    """The time is the signed one, and the detail is the documented envelope."""
    records = bench.receive(("e1", "pi_1"))
    assert bench.process(records) == []
    (entry,) = bench.cloud.bus
    assert (entry["EventBusName"], entry["Source"]) == ("bus", "hookline.stripe")
    assert (entry["DetailType"], entry["Time"]) == ("payment_intent.succeeded", bench.cloud.now)
    assert json.loads(entry["Detail"])["event_id"] == "e1"


def test_without_a_signed_time_it_is_that_of_the_receipt(bench: Bench) -> None:
    """Adyen signs no time, and each item of its batch is an event."""
    bench.system.post("adyen", signed("adyen", adyen_batch("P1", "P2"), bench.cloud.now))
    records = bench.receive()
    assert bench.process(records) == []
    assert [entry["Time"] for entry in bench.cloud.bus] == [bench.cloud.now] * 2
    details = bench.system.details()
    assert [detail["archive"]["pointer"].split("/")[2] for detail in details] == ["0", "1"]
    assert details[0]["signed_at"] is None


def test_where_captures_are_made_by_hand_a_capture_is_the_payment(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `ADYEN_CAPTURE: manual`, an authorisation is published without a transaction."""
    for client in ("s3_client", "events_client"):
        monkeypatch.setattr(module.clients, client, lambda *_, **__: bench.cloud)
    bench.system.processing = module.compose({**ENVIRONMENT, "ADYEN_CAPTURE": "manual"})
    batch = adyen_batch("P1", "P2")
    batch["notificationItems"][1]["NotificationRequestItem"]["eventCode"] = "CAPTURE"
    bench.system.post("adyen", signed("adyen", batch, bench.cloud.now))
    assert bench.process(bench.receive()) == []
    booked = [[made["event_id"] for made in detail["transactions"]] for detail in bench.system.details()]
    assert booked == [[], ["adyen:P2:CAPTURE:true"]]


def test_a_provider_can_be_kept_off_the_books(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `BOOK_PAYPAL: false`, PayPal's events are published without transactions, and no alarm is raised."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    rules = module.compose({**ENVIRONMENT, "BOOK_PAYPAL": "false"}).envelopes.rules
    assert [name for name in PROVIDER_NAMES if not rules(name).booked] == ["paypal"]
    unbooked = changed(bench.system.processing.envelopes, rules=lambda _name: BookingRules(booked=False))
    bench.system.processing = changed(bench.system.processing, envelopes=unbooked)
    assert bench.process(bench.receive(("e1", "pi_1"))) == []
    assert [detail["transactions"] for detail in bench.system.details()] == [[]]
    assert "Unbooked" not in bench.line


def test_an_event_of_another_account_is_published_and_counted(bench: Bench) -> None:
    """It has no transaction and is not unbooked, because nobody has to book it here."""
    connected = stripe_payment("e1", "pi_1", account="acct_1")
    ignored = {**connected, "id": "e2", "type": "charge.updated"}
    for event in (connected, ignored):
        bench.system.post("stripe", signed("stripe", event, bench.cloud.now))
    assert bench.process(bench.receive(("e3", "pi_3"))) == []
    details = {detail["event_id"]: detail for detail in bench.system.details()}
    assert [len(details[name]["transactions"]) for name in ("e1", "e2", "e3")] == [0, 0, 1]
    assert [details[name]["account"] for name in ("e1", "e2", "e3")] == ["acct_1", "acct_1", None]
    assert bench.line["OtherAccount"] == 1
    assert "Unbooked" not in bench.line


def test_an_old_refund_object_of_stripe_is_counted_for_itself(bench: Bench) -> None:
    """Its charge tells the refund too, so it is no loss."""
    refund = {"id": "re_1", "object": "refund", "amount": 500, "currency": "usd", "status": "succeeded"}
    event = {"id": "e1", "type": "refund.created", "api_version": "2024-10-28.acacia", "data": {"object": refund}}
    bench.system.post("stripe", signed("stripe", event, bench.cloud.now))
    assert bench.process(bench.receive()) == []
    (detail,) = bench.system.details()
    assert (detail["transactions"], detail["status"]) == ([], "succeeded")
    assert bench.line["OldVersionRefund"] == 1
    assert "Unbooked" not in bench.line


def test_a_test_event_is_booked_only_if_the_stack_says_so(bench: Bench) -> None:
    """The log says that it was left out. With the setting, its transaction is marked."""
    for number, tests in enumerate((False, True)):
        rules = changed(bench.system.processing.envelopes, rules=lambda _name, on=tests: BookingRules(tests=on))
        bench.system.processing = changed(bench.system.processing, envelopes=rules)
        event = stripe_payment(f"e{number}", "pi_1", livemode=False)
        bench.system.post("stripe", signed("stripe", event, bench.cloud.now))
        assert bench.process(bench.receive()) == []
        assert bench.line.get("TestEvents") == (None if tests else 1)
        bench.cloud.queue.clear()
    found = [[made["metadata"].get("test") for made in detail["transactions"]] for detail in bench.system.details()]
    assert found == [[], [True]]


def test_the_rules_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each setting reaches the rules of its provider."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    rules = module.compose({**ENVIRONMENT, "BOOKED_ACCOUNTS": '{"stripe": ["own", "acct_1"]}'}).envelopes.rules
    assert rules("stripe") == BookingRules(accounts=("own", "acct_1"))
    assert rules("square") == BookingRules()
    mapped = {"shop": {"payments": {"types": ["a"], "amount": "a", "unit": "minor", "currency": "c", "id": "i"}}}
    rules = module.compose({**ENVIRONMENT, "STANDARD_WEBHOOKS": json.dumps(mapped)}).envelopes.rules
    assert rules("standard_webhooks") == BookingRules(mappings=read_mappings(mapped))


def test_a_body_that_was_changed_in_the_archive_is_not_published(bench: Bench) -> None:
    """Three receives later, the message is a dead letter, and the metric raises an alarm each time."""
    bench.system.post("stripe", signed("stripe", stripe_payment(note="x" * 70_000), bench.cloud.now))
    (key,) = bench.cloud.objects
    bench.cloud.objects[key] = bench.cloud.objects[key].replace(b"1099", b"9999")
    for _ in range(3):
        assert bench.process(bench.receive()) == ["message-1"]
        assert (bench.line["errors"], bench.line["ArchiveChanged"]) == ({"ArchiveChanged": 1}, 1)
    assert bench.receive() == []
    assert (len(bench.cloud.dead), bench.cloud.bus) == (1, [])


def test_the_bus_says_what_the_provider_did_not_sign(bench: Bench) -> None:
    """A consumer sees which fields of the event an attacker with a genuine delivery could change."""
    bench.system.post("adyen", signed("adyen", adyen_batch("P1"), bench.cloud.now))
    bench.process(bench.receive(("e1", "pi_1")))
    unsigned = {detail["provider"]: detail.get("unsigned") for detail in bench.system.details()}
    assert unsigned == {"adyen": list(provider("adyen").unsigned), "stripe": None}


def outcomes(cloud: Cloud) -> list[tuple[str, dict[str, Any]]]:
    """Return the detail type and the detail of each outcome event on the bus."""
    found = [entry for entry in cloud.bus if entry["Source"] == "hookline.outcome"]
    return [(entry["DetailType"], json.loads(entry["Detail"])) for entry in found]


def dispute_closed(event_id: str, status: str, **members: Any) -> dict[str, Any]:
    """Return the event that says how a dispute at Stripe ended."""
    dispute = {"id": "dp_1", "charge": "ch_1", "amount": 1050, "currency": "usd", "status": status}
    return {"id": event_id, "type": "charge.dispute.closed", "created": 1_795_262_400, **members} | {
        "data": {"object": dispute}
    }


def test_the_end_of_a_dispute_is_an_outcome_and_no_transaction(bench: Bench) -> None:
    """The event stays on the bus, and a second event names the object that changes."""
    bench.system.post("stripe", signed("stripe", dispute_closed("e1", "lost"), bench.cloud.now))
    assert bench.process(bench.receive()) == []
    ((kind, detail),) = outcomes(bench.cloud)
    assert kind == detail["outcome"] == "dispute_lost"
    expected = {"transaction_type": "dispute", "object_id": "dp_1", "payment_id": "ch_1", "amount": "10.5"}
    assert expected.items() <= detail.items()
    (published,) = bench.system.details()
    assert (published["transactions"], published["key"]) == ([], detail["key"])
    assert (bench.line["Outcomes"], bench.line["Published"]) == (1, 1)
    assert "Unbooked" not in bench.line


@pytest.mark.parametrize(
    ("members", "rules", "metric"),
    [
        ({"account": "acct_1"}, BookingRules(), None),
        ({"livemode": False}, BookingRules(), "TestEvents"),
        ({}, BookingRules(booked=False), None),
    ],
)
def test_an_outcome_of_what_is_not_booked_is_not_offered(
    bench: Bench, members: dict[str, Any], rules: BookingRules, metric: str | None
) -> None:
    """That is so for another account, a test event and a provider that the stack does not book."""
    envelopes = changed(bench.system.processing.envelopes, rules=lambda _name: rules)
    bench.system.processing = changed(bench.system.processing, envelopes=envelopes)
    bench.system.post("stripe", signed("stripe", dispute_closed("e1", "won", **members), bench.cloud.now))
    assert bench.process(bench.receive()) == []
    assert (len(bench.cloud.bus), outcomes(bench.cloud)) == (1, [])
    assert {name for name in bench.line if name in METRICS} == ({metric} if metric else set())


def test_a_message_whose_outcome_was_not_published_comes_again(bench: Bench) -> None:
    """Its event goes out twice then, so that the outcome is not lost."""
    bench.system.post("stripe", signed("stripe", dispute_closed("e1", "won"), bench.cloud.now))
    records = bench.receive()
    bench.cloud.refuse_event = lambda entry: "ThrottlingException" if "outcome" in entry["Source"] else ""
    assert bench.process(records) == [records[0]["messageId"]]
    assert (bench.line["Published"], bench.line["PublishFailures"]) == (0, 1)
    bench.cloud.refuse_event = lambda _: ""
    assert bench.process(records) == []
    assert [entry["Source"] for entry in bench.cloud.bus] == ["hookline.stripe", "hookline.stripe", "hookline.outcome"]


def test_events_of_an_old_api_version_are_counted_by_provider(bench: Bench) -> None:
    """The log names the provider and no value of the event. The version itself is on the bus."""
    old = stripe_payment("e1", "pi_1") | {"api_version": "2020-08-27"}
    new = stripe_payment("e2", "pi_2") | {"api_version": "2025-03-31.basil"}
    for event in (old, new):
        bench.system.post("stripe", signed("stripe", event, bench.cloud.now))
    assert bench.process(bench.receive(("e3", "pi_3"))) == []
    assert (bench.line["OldVersion"], bench.line["old_versions"]) == (1, {"stripe": 1})
    versions = {detail["event_id"]: detail["api_version"] for detail in bench.system.details()}
    assert versions == {"e1": "2020-08-27", "e2": "2025-03-31.basil", "e3": None}


def test_an_unsigned_mark_of_a_test_is_shown_and_unbooks_nothing(bench: Bench) -> None:
    """Anybody with one genuine delivery of Adyen could change the field ``live``."""
    bench.system.post("adyen", signed("adyen", adyen_batch("P1") | {"live": "false"}, bench.cloud.now))
    bench.system.post("adyen", signed("adyen", adyen_batch("P2") | {"live": "true"}, bench.cloud.now))
    assert bench.process(bench.receive()) == []
    found = [(each["test"], each["transactions"][0]["metadata"].get("marked_test")) for each in bench.system.details()]
    assert found == [(True, True), (False, None)]
    assert all("test" in each["unsigned"] for each in bench.system.details())


def test_money_that_cannot_be_booked_is_counted_and_named(bench: Bench) -> None:
    """An amount in an unknown currency is published without a transaction, counted and logged."""
    batch = adyen_batch("P1", "P2", "P3")
    offshore, nothing = (batch["notificationItems"][n]["NotificationRequestItem"] for n in (1, 2))
    offshore["amount"]["currency"], nothing["amount"]["value"] = "CNH", 0
    bench.system.post("adyen", signed("adyen", batch, bench.cloud.now))
    assert bench.process(bench.receive()) == []
    assert [detail["transaction_count"] for detail in bench.system.details()] == [1, 0, 0]
    assert (bench.line["Unbooked"], bench.line["unbooked"]) == (1, ["adyen:P2:AUTHORISATION:true"])


def test_the_log_line_counts_and_times_the_batch(bench: Bench) -> None:
    """The latency is the time from receipt to publication of the oldest published event."""
    records = bench.receive(("e1", "pi_1"))
    bench.cloud.now += timedelta(milliseconds=1500)
    records += bench.receive(("e2", "pi_2"))[1:]
    bench.process(records)
    assert (bench.line["Published"], bench.line["PublishFailures"], bench.line["LatencyMs"]) == (2, 0, 1500)
    assert "errors" not in bench.line


def test_a_clock_behind_ingestions_gives_no_negative_latency(bench: Bench) -> None:
    """The clocks of two machines may differ, but the latency is at least 0."""
    records = bench.receive(("e1", "pi_1"))
    bench.cloud.now -= timedelta(seconds=1)
    bench.process(records)
    assert bench.line["LatencyMs"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"body": "{}"},
        {"body": "no JSON"},
        {"body": None},
        {"messageAttributes": {}},
        {"messageAttributes": {"received_at": {"stringValue": "yesterday"}}},
    ],
)
def test_a_malformed_message_is_given_back_with_the_rest_of_its_group(bench: Bench, change: dict[str, Any]) -> None:
    """Other groups continue, and the log has an error code and message ids."""
    first, second, third = bench.receive(("a1", "pi_a"), ("a2", "pi_a"), ("b1", "pi_b"))
    assert bench.process([{**first, **change}, second, third]) == ["message-1", "message-2"]
    assert [detail["event_id"] for detail in bench.system.details()] == ["b1"]
    assert (bench.line["PublishFailures"], bench.line["failed_message_ids"]) == (2, ["message-1", "message-2"])
    assert bench.line["errors"]["Behind"] == 1


def test_an_event_that_cannot_be_normalised_is_given_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log has the type of the exception, and the message ends in the dead-letter queue."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("10.99")

    monkeypatch.setattr(envelopes, "find_provider", lambda name: changed(provider(name), normalise=fail))
    assert bench.process(bench.receive(("e1", "pi_1"))) == ["message-1"]
    assert bench.line["errors"] == {"ZeroDivisionError": 1}
    assert "10.99" not in json.dumps(bench.line)
    assert "LatencyMs" not in bench.line


@pytest.mark.parametrize(("receives", "returned"), [("2", ["message-1", "message-2"]), ("3", ["message-1"])])
def test_at_its_last_receive_a_message_takes_no_other_along(bench: Bench, receives: str, returned: list[str]) -> None:
    """At the last receive, the failed message becomes a dead letter, so the messages behind it are published.

    Before the last receive, they wait for it.
    """
    records = bench.receive(("e1", "pi_1"), ("e2", "pi_1"))
    for record in records:
        record["attributes"]["ApproximateReceiveCount"] = receives
    bench.cloud.refuse_event = lambda entry: "MalformedDetail" if '"e1"' in entry["Detail"] else ""
    assert bench.process(records) == returned


@pytest.mark.parametrize(("code", "calls"), [("MalformedDetail", 1), ("ThrottlingException", 3)])
def test_only_what_eventbridge_itself_failed_to_take_is_published_again(bench: Bench, code: str, calls: int) -> None:
    """An event that EventBridge rejects permanently is not retried."""
    bench.cloud.refuse_event = lambda _: code
    assert bench.process(bench.receive(("e1", "pi_1"))) == ["message-1"]
    assert bench.cloud.batch_sizes == [1] * calls
    assert bench.line["errors"] == {code: 1}


def test_a_retry_leaves_out_what_eventbridge_rejects_permanently(bench: Bench) -> None:
    """Everything else behind the first failed event of the group is published again."""
    bench.cloud.refuse_event = Refusals({"e1": ["InternalFailure"], "e2": ["MalformedDetail"]})
    records = bench.receive(("e0", "pi_1"), ("e1", "pi_1"), ("e2", "pi_1"), ("e3", "pi_1"), ("f1", "pi_2"))
    assert bench.process(records) == ["message-3", "message-4"]
    assert bench.cloud.batch_sizes == [5, 2]
    assert [detail["event_id"] for detail in bench.system.details()] == ["e0", "e3", "f1", "e1", "e3"]


def test_an_outcome_that_fails_is_published_again_with_what_is_behind_it(bench: Bench) -> None:
    """The event to which the outcome belongs is on the bus already."""
    bench.system.post("stripe", signed("stripe", dispute_closed("e1", "won"), bench.cloud.now))
    bench.system.post("stripe", signed("stripe", dispute_closed("e2", "lost"), bench.cloud.now))
    refused = iter(["", "InternalFailure"])
    bench.cloud.refuse_event = lambda _: next(refused, "")
    assert bench.process(bench.receive()) == []
    assert bench.cloud.batch_sizes == [4, 3]
    kinds = [json.loads(entry["Detail"]).get("outcome", entry["DetailType"]) for entry in bench.cloud.bus]
    closed = "charge.dispute.closed"
    assert kinds == [closed, closed, "dispute_lost", "dispute_won", closed, "dispute_lost"]


def test_a_result_that_the_answer_leaves_out_is_a_failure(bench: Bench) -> None:
    """The event is published again, and fails if the result is still missing."""
    bench.cloud.put_events = lambda **_: {"FailedEntryCount": 0}
    assert bench.process(bench.receive(("e1", "pi_1"))) == ["message-1"]
    assert bench.line["errors"] == {"Unanswered": 1}


def test_a_call_that_fails_after_a_partial_success_gives_back_the_rest(bench: Bench) -> None:
    """Published events and permanent rejections keep their results."""
    bench.cloud.refuse_event = lambda entry: {"a": "InternalFailure", "b": "MalformedDetail"}.get(_object(entry), "")
    publish = bench.cloud.put_events

    def fail_from_now_on(**arguments: Any) -> dict[str, Any]:
        answer = publish(**arguments)
        bench.cloud.errors["PutEvents"] = AwsError("ReadTimeoutError")
        return answer

    bench.cloud.put_events = fail_from_now_on
    returned = bench.process(bench.receive(("e1", "a"), ("e2", "b"), ("e3", "c")))
    assert returned == ["message-1", "message-2"]
    assert bench.line["errors"] == {"MalformedDetail": 1, "ReadTimeoutError": 1}


def refuse_calls(bench: Bench, code: str, *event_ids: str) -> None:
    """Let EventBridge refuse every call that has one of these events."""
    publish = bench.cloud.put_events

    def put_events(**arguments: Any) -> dict[str, Any]:
        found = {json.loads(entry["Detail"])["event_id"] for entry in arguments["Entries"]}
        if found & set(event_ids):
            raise AwsError(code)
        return publish(**arguments)

    bench.cloud.put_events = put_events


def test_an_event_for_which_eventbridge_refuses_the_whole_call_fails_alone(bench: Bench) -> None:
    """The events of the call are published one by one, in order. Behind the refused one, its group waits."""
    records = bench.receive(("a1", "pi_a"), ("b1", "pi_b"), ("a2", "pi_a"), ("b2", "pi_b"))
    refuse_calls(bench, "ValidationException", "a1")
    assert bench.process(records) == ["message-1", "message-3"]
    assert bench.line["errors"] == {"ValidationException": 1, "Behind": 1}
    assert [detail["event_id"] for detail in bench.system.details()] == ["b1", "a2", "b2"]


def test_one_by_one_an_event_that_eventbridge_failed_to_take_is_retried(bench: Bench) -> None:
    """The retry is the same as after a call with several events."""
    refuse_calls(bench, "ValidationException", "e1")
    bench.cloud.refuse_event = Refusals({"e2": ["InternalFailure"]})
    assert bench.process(bench.receive(("e1", "pi_1"), ("e2", "pi_2"), ("e3", "pi_2"))) == ["message-1"]
    assert [detail["event_id"] for detail in bench.system.details()] == ["e3", "e2", "e3"]


def test_without_an_answer_a_call_is_not_divided(bench: Bench) -> None:
    """The client has tried three times, and ten more calls would not help."""
    bench.cloud.errors["PutEvents"] = Transient("TimeoutError")
    records = bench.receive(("e1", "pi_1"), ("e2", "pi_2"))
    bench.cloud.calls.clear()
    assert bench.process(records) == ["message-1", "message-2"]
    assert bench.cloud.calls == ["PutEvents"]


class Refusals:
    """A function that rejects events with the error codes that are left for their ids.

    Attributes:
        left: event id → error codes, one for each rejection.
    """

    def __init__(self, left: dict[str, list[str]]) -> None:
        self.left = left

    def __call__(self, entry: dict[str, Any]) -> str:
        """Return the next error code of an event, or an empty text."""
        codes = self.left.get(json.loads(entry["Detail"])["event_id"])
        return codes.pop(0) if codes else ""


def _object(entry: dict[str, Any]) -> str:
    return json.loads(entry["Detail"])["object_id"]


def test_the_log_names_at_most_ten_messages(bench: Bench) -> None:
    """The log line stays short."""
    (record,) = bench.receive(("e1", "pi_1"))
    bench.process([{**record, "body": "", "messageId": str(number)} for number in range(15)])
    assert bench.line["failed_message_ids"] == [str(number) for number in range(10)]


@pytest.mark.parametrize("records", [None, [{}], [{"attributes": {}}]])
def test_a_fault_of_the_program_fails_the_whole_batch_and_tells_no_value(bench: Bench, records: Any) -> None:
    """The error has only the type of an unexpected exception, and SQS delivers the batch again."""
    with pytest.raises(RuntimeError, match=r"^the batch was not processed: (TypeError|KeyError)$") as caught:
        bench.process(records)
    assert caught.value.__suppress_context__
    assert bench.line["PublishFailures"] == 1


def test_what_there_is_no_time_for_is_given_back_untried(bench: Bench) -> None:
    """Processing reads a message only with enough remaining time. It still publishes what it has read."""
    records = bench.receive(("a1", "pi_a"), ("a2", "pi_a"), ("b1", "pi_b"), ("b2", "pi_b"))
    enough, short = batch.READ_MILLISECONDS, batch.READ_MILLISECONDS - 1
    bench.remaining = iter([enough, enough, *[short] * 6])
    assert bench.process(records) == ["message-2", "message-3", "message-4"]
    assert [detail["event_id"] for detail in bench.system.details()] == ["a1"]
    assert bench.line["errors"] == {"OutOfTime": 2, "Behind": 1}
    bench.remaining = iter(repeat(enough))
    assert bench.process(records[1:]) == []


@pytest.mark.parametrize(("left", "sizes"), [(batch.SHORT_MILLISECONDS, [3]), (batch.SHORT_MILLISECONDS - 1, [2, 1])])
def test_before_a_read_in_a_short_time_the_earlier_messages_are_published(
    bench: Bench, left: int, sizes: list[int]
) -> None:
    """Otherwise, one slow read could leave no time to publish them, at each of the three receives."""
    records = bench.receive(("e1", "pi_1"), ("e2", "pi_1"), ("e3", "pi_1"))
    bench.remaining = iter([30_000, 30_000, left, left])
    assert bench.process(records) == []
    assert bench.cloud.batch_sizes == sizes
    assert (bench.line["Published"], bench.line["PublishFailures"]) == (3, 0)


def test_a_slow_read_returns_no_message_that_was_read_before_it(bench: Bench) -> None:
    """The last read takes all the time that is left."""
    records = bench.receive(("e1", "pi_1"), ("e2", "pi_1"), ("e3", "pi_1"))
    bench.remaining = iter([30_000, 20_000, batch.READ_MILLISECONDS, batch.READ_MILLISECONDS])
    take = bench.cloud.put_events

    def in_time(**arguments: Any) -> dict[str, Any]:
        if not bench.cloud.bus:
            return take(**arguments)
        raise Transient("TimeoutError")

    bench.cloud.put_events = in_time
    assert bench.process(records) == ["message-3"]
    assert [detail["event_id"] for detail in bench.system.details()] == ["e1", "e2"]


def test_what_fails_early_holds_its_group_and_no_other(bench: Bench) -> None:
    """The later messages of the group are not even read. At the last receive, they are published."""
    records = bench.receive(("a1", "pi_a"), ("a2", "pi_a"), ("b1", "pi_b"))
    bench.cloud.refuse_event = lambda entry: "MalformedDetail" if '"a1"' in entry["Detail"] else ""
    bench.remaining = iter(repeat(batch.READ_MILLISECONDS))
    assert bench.process(records) == ["message-1", "message-2"]
    assert [detail["event_id"] for detail in bench.system.details()] == ["b1"]
    for record in records:
        record["attributes"]["ApproximateReceiveCount"] = "3"
    assert bench.process(records) == ["message-1"]
    assert [detail["event_id"] for detail in bench.system.details()][1:] == ["a2", "b1"]


def test_without_time_nothing_of_a_last_receive_is_published(bench: Bench) -> None:
    """The messages behind it are not published either."""
    records = bench.receive(("e1", "pi_1"), ("e2", "pi_1"))
    for record in records:
        record["attributes"]["ApproximateReceiveCount"] = "3"
    bench.remaining = iter(repeat(0))
    assert bench.process(records) == ["message-1", "message-2"]
    assert bench.cloud.bus == []


def test_a_small_event_is_not_fetched(bench: Bench) -> None:
    """The message contains the payload, so ten events in ten groups need one AWS call."""
    bench.system.post("adyen", signed("adyen", adyen_batch(*"ABCDEFGHIJ"), bench.cloud.now))
    records = bench.receive()
    bench.cloud.calls.clear()
    assert bench.process(records) == []
    assert bench.cloud.calls == ["PutEvents"]
    assert [detail["event_id"].partition(":")[0] for detail in bench.system.details()] == [*"ABCDEFGHIJ"]


def test_a_body_with_several_large_events_is_fetched_once_in_a_batch(bench: Bench) -> None:
    """The messages have pointers into the body; the next batch fetches the body again."""
    batch = adyen_batch("P1", "P2", "P3")
    for item in batch["notificationItems"]:
        item["NotificationRequestItem"]["reason"] = "x" * 61_440
    bench.system.post("adyen", signed("adyen", batch, bench.cloud.now))
    records = bench.receive()
    bench.cloud.calls.clear()
    assert bench.process(records) == bench.process(records) == []
    assert bench.cloud.calls.count("GetObject") == 2
    assert [detail["archive"]["pointer"].split("/")[2] for detail in bench.system.details()] == ["0", "1", "2"] * 2


def bus_event(size: int) -> BusEvent:
    """Return an event with a size of ``size`` bytes."""
    return BusEvent("s", "t", "x" * (size - 16), NOW)


@pytest.mark.parametrize(("last", "sizes"), [(MAX_BATCH_BYTES - 600_000, [3]), (MAX_BATCH_BYTES - 599_999, [2, 1])])
def test_a_call_has_at_most_a_mebibyte(last: int, sizes: list[int]) -> None:
    """A batch at the limit is one call, and one more byte makes two calls."""
    cloud = Cloud()
    cloud.refuse_event = lambda _: ""
    events = [ToPublish(name, name, bus_event(size)) for name, size in (("a", 300_000), ("b", 300_000), ("c", last))]
    assert [each.event.size() for each in events] == [300_000, 300_000, last]
    assert Bus(cloud, "bus").publish(events) == {}
    assert cloud.batch_sizes == sizes


def test_a_call_has_at_most_ten_events() -> None:
    """Twenty-five events need three calls, in order; no events need no call."""
    cloud = Cloud()
    sources = [str(number) for number in range(25)]
    Bus(cloud, "bus").publish([ToPublish(name, "a", changed(bus_event(100), source=name)) for name in sources])
    assert cloud.batch_sizes == [10, 10, 5]
    assert [entry["Source"] for entry in cloud.bus] == sources
    assert Bus(cloud, "bus").publish([]) == {}
    assert len(cloud.batch_sizes) == 3


def test_an_event_counts_bytes_rather_than_characters() -> None:
    """EventBridge counts UTF-8 bytes, and 14 bytes for the time."""
    assert BusEvent("é", "b", "c", NOW).size() == 14 + 4


def test_the_handler_is_composed_once_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Lambda, the import creates the clients, and all invocations use them."""
    variables = {"AWS_LAMBDA_FUNCTION_NAME": "processing-dev", "AWS_DEFAULT_REGION": "us-east-1", **ENVIRONMENT}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    fresh = importlib.reload(module)
    monkeypatch.delenv("BUS_NAME")
    assert fresh.handler({"Records": []}, SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000)) == {
        "batchItemFailures": []
    }
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME")
    importlib.reload(module)


def test_the_last_receive_is_that_of_the_queue() -> None:
    """Processing and the provisioned queue have the same maximum receive count."""
    queues = importlib.import_module("hookline.infra.parts.queues")
    assert queues.MAX_RECEIVE_COUNT == batch.MAX_RECEIVES

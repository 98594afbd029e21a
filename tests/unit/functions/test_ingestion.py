"""Ingestion: endpoints, limits, rejections, metrics, second keys, and composition."""

import base64
import hashlib
import importlib
import json
from datetime import timedelta
from typing import Any

import pytest
from support.log_lines import metrics_of
from support.pipeline.cloud import Cloud, Stop, Stopped, client_error
from support.pipeline.samples import system_for_samples
from support.pipeline.system import System
from support.pipeline.webhooks import adyen_batch, signed, stripe_payment
from support.providers.deliveries import sample
from support.providers.deliveries import signed as paypal_signed
from support.records import changed

from hookline.core.errors import Rejected
from hookline.core.providers.contract import Delivery, Event
from hookline.core.providers.registry import provider
from hookline.core.sender_mapping import read_mappings
from hookline.core.signatures.fingerprint import fingerprint
from hookline.core.webhooks.webhook_record import Receipt
from hookline.functions import ingestion as module
from hookline.functions.aws.errors import AwsError
from hookline.functions.ingestion import MAX_DELIVERED_BYTES
from hookline.functions.providers.development_certificate import DEVELOPMENT_VARIABLE
from hookline.functions.providers.intake import MAX_BODY_BYTES, MAX_NAME_LENGTH, list_events, take_in
from hookline.functions.unavailable import Unavailable

TRACE = "1-65250000-0123456789abcdef01234567"


class Bench:
    """The system, and the log line of the last webhook.

    Attributes:
        system: the system.
        cloud: the system's cloud.
        line: the log line.
    """

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.system = System(Cloud())
        self.cloud = self.system.cloud
        self.line: dict[str, Any] = {}

    def post(self, provider: str, delivery: Delivery) -> tuple[int, Any]:
        """Send a delivery and return status and decoded answer."""
        answer = self.system.post(provider, delivery)
        self._read_line()
        return answer

    def respond(self, event: dict[str, Any]) -> tuple[int, Any, Any]:
        """Invoke ingestion with a raw event and return status, decoded answer and headers."""
        response = module.respond(self.system.ingestion, event)
        self._read_line()
        return int(str(response["statusCode"])), json.loads(str(response["body"])), response["headers"]

    def signed(self, **change: Any) -> Delivery:
        """Return a genuine Stripe delivery."""
        return signed("stripe", stripe_payment(**change), self.cloud.now)

    def metrics(self) -> dict[str, int]:
        """Return the metrics in the last log line."""
        return metrics_of(self.line)

    def _read_line(self) -> None:
        out = self._capsys.readouterr().out
        assert out.count("\n") == 1
        self.line = json.loads(out)


@pytest.fixture
def bench(capsys: pytest.CaptureFixture[str]) -> Bench:
    """Return ingestion with an empty cloud."""
    return Bench(capsys)


def test_a_new_event_is_recorded_and_then_accepted(bench: Bench) -> None:
    """The record has the archive key, the message has the times as attributes, and the log has the event id."""
    delivery = bench.signed()
    traced = Delivery(delivery.body, {**delivery.headers, "X-Amzn-Trace-Id": f"Root={TRACE}"})
    assert bench.post("stripe", traced) == (200, {"status": "accepted", "events": 1})
    record = bench.cloud.items["stripe:evt_1"]
    assert bench.cloud.objects[record["archive_key"]["S"]] == delivery.body
    assert record["archive_key"]["S"].endswith(record["body_sha256"]["S"])
    assert (record["trace_id"], record["pan_like"]) == ({"S": TRACE}, {"BOOL": False})
    attributes = bench.cloud.queue[0].entry["MessageAttributes"]
    assert {name: value["StringValue"] for name, value in attributes.items()} == {
        "received_at": "2026-11-21T12:00:00Z",
        "signed_at": "2026-11-21T12:00:00Z",
        "trace_id": TRACE,
    }
    assert bench.metrics() == {"Accepted": 1}
    logged = {name: bench.line[name] for name in ("provider", "event_ids", "trace_id")}
    assert logged == {
        "provider": "stripe",
        "event_ids": ["evt_1"],
        "trace_id": TRACE,
    }


def by_svix(delivery: Delivery) -> Delivery:
    """Return a delivery of Standard Webhooks with the header names of Svix."""
    return Delivery(delivery.body, {name.replace("webhook-", "svix-"): each for name, each in delivery.headers.items()})


def test_one_message_by_both_routes_of_standard_webhooks_is_one_event(bench: Bench) -> None:
    """The route changes the names of the headers, and nothing else."""
    delivery = signed("standard_webhooks", sample("standard_webhooks"), bench.cloud.now)
    assert bench.post("svix", by_svix(delivery)) == (200, {"status": "accepted", "events": 1})
    assert bench.line["provider"] == "standard_webhooks"
    assert bench.post("standard_webhooks", delivery) == (200, {"status": "duplicate", "events": 1})


def test_a_route_reads_only_its_own_headers(bench: Bench) -> None:
    """A request cannot choose between two sets of headers, of which only one is signed."""
    delivery = signed("standard_webhooks", sample("standard_webhooks"), bench.cloud.now)
    both = Delivery(delivery.body, {**delivery.headers, "svix-id": "msg_other", "webhook-id": "msg_other"})
    for route, sent in (("svix", delivery), ("standard_webhooks", by_svix(delivery))):
        assert bench.post(route, sent)[1]["error"]["code"] == "signature_missing"
    assert bench.post("svix", both)[0] == 401
    foreign = {**by_svix(delivery).headers, "webhook-id": "msg_other"}
    assert bench.post("svix", Delivery(delivery.body, foreign))[0] == 200


def test_the_log_says_that_a_sender_signs_with_an_asymmetric_key(bench: Bench) -> None:
    """The answer is the one for a wrong signature."""
    delivery = signed("standard_webhooks", sample("standard_webhooks"), bench.cloud.now)
    headers = {**delivery.headers, "webhook-signature": "v1a,AAAA"}
    status, answer = bench.post("standard_webhooks", Delivery(delivery.body, headers))
    assert (status, answer["error"]["code"]) == (401, "signature_invalid")
    assert bench.line["reason"] == "only_asymmetric_signatures"


@pytest.mark.parametrize(("forged", "found"), [(False, (1, 0)), (True, (0, 1))])
def test_signatures_are_counted_for_each_provider(bench: Bench, forged: bool, found: tuple[int, int]) -> None:
    """`Verified` is in every line, also with the value 0, because an alarm compares it with `Unauthorized`."""
    telemetry = changed(bench.system.ingestion.telemetry, by_provider=True)
    bench.system.ingestion = changed(bench.system.ingestion, telemetry=telemetry)
    delivery = bench.signed()
    bench.post("stripe", Delivery(delivery.body + b" " * forged, delivery.headers))
    assert bench.line["Provider"] == "stripe"
    assert (bench.line["Verified"], bench.line.get("Unauthorized", 0)) == found
    by_provider = {metric["Name"] for metric in bench.line["_aws"]["CloudWatchMetrics"][1]["Metrics"]}
    assert by_provider == ({"Verified", "Unauthorized"} if forged else {"Verified"})


def test_a_scheme_that_signs_no_time_leaves_it_out(bench: Bench) -> None:
    """Neither the record nor the message has a signed time."""
    bench.post("adyen", signed("adyen", adyen_batch("P1"), bench.cloud.now))
    assert "signed_at" not in bench.cloud.items["adyen:P1:AUTHORISATION:true"]
    assert "signed_at" not in bench.cloud.queue[0].entry["MessageAttributes"]


def test_a_batch_counts_what_is_new_and_what_is_known(bench: Bench) -> None:
    """A delivery has one archive object, and one record and one message for each different event."""
    bench.post("adyen", signed("adyen", adyen_batch("P1"), bench.cloud.now))
    answer = bench.post("adyen", signed("adyen", adyen_batch("P1", "P2", "P2", "P3"), bench.cloud.now))
    assert answer == (200, {"status": "accepted", "events": 3})
    assert bench.metrics() == {"Accepted": 2, "Duplicate": 1}
    assert bench.system.stored() == (2, 3, 3)
    pointers = [json.loads(message.entry["MessageBody"])["pointer"] for message in bench.cloud.queue]
    assert pointers == ["/notificationItems/0/NotificationRequestItem"] + [
        f"/notificationItems/{index}/NotificationRequestItem" for index in (1, 3)
    ]


@pytest.mark.parametrize(
    "path",
    ["/webhook/nobody", "/webhook/", "/", "", None, "/webhook/STRIPE", "/webhook/paypal/", "/webhook/../stripe/x"],
)
def test_an_unknown_provider_gets_404(bench: Bench, path: str | None) -> None:
    """The path is under the sender's control, so it is not logged."""
    status, answer, _ = bench.respond({"path": path, "body": "{}"})
    assert (status, answer["error"]["code"]) == (404, "unknown_provider")
    assert bench.metrics() == {"Rejected": 1}
    assert "provider" not in bench.line


def test_a_provider_that_is_not_enabled_gets_404(bench: Bench) -> None:
    """A valid signature does not matter."""
    bench.system.ingestion = changed(bench.system.ingestion, providers=frozenset({"adyen"}))
    assert bench.post("stripe", bench.signed())[0] == 404


def test_the_bare_endpoint_is_that_of_standard_webhooks(bench: Bench) -> None:
    """The path is ``/webhook``, after any base path."""
    delivery = signed("standard_webhooks", {"type": "x"}, bench.cloud.now)
    event = {"path": "/base/webhook", "body": delivery.body.decode(), "headers": dict(delivery.headers)}
    assert bench.respond(event)[0] == 200
    assert list(bench.cloud.items) == ["standard_webhooks:evt_header"]


@pytest.mark.parametrize("flagged", [True, False])
@pytest.mark.parametrize("excess", [0, 1])
def test_a_body_of_one_mebibyte_is_the_largest(bench: Bench, excess: int, flagged: bool) -> None:
    """A body with one more byte is genuine, but processing cannot read it: it is kept, and not queued."""
    empty = len(bench.signed(note="").body)
    delivery = bench.signed(note="x" * (MAX_BODY_BYTES - empty + excess))
    body = base64.b64encode(delivery.body).decode() if flagged else delivery.body.decode()
    event = {"path": "/webhook/stripe", "body": body, "isBase64Encoded": flagged, "headers": dict(delivery.headers)}
    status, answer, _ = bench.respond(event)
    assert (status, answer["status"]) == (200, "unreadable" if excess else "accepted")
    assert bench.system.stored() == (1, 1 - excess, 1)
    if excess:
        (record,) = bench.cloud.items.values()
        assert (record["unreadable"], "1048576" in record["reason"]["S"]) == ({"S": "payload_too_large"}, True)


@pytest.mark.parametrize("excess", [0, 1])
def test_a_body_larger_than_lambda_delivers_is_refused_unread(bench: Bench, excess: int) -> None:
    """Such a body gets 413 with the limit, before any other check."""
    empty = len(bench.signed(note="").body)
    delivery = bench.signed(note="x" * (MAX_DELIVERED_BYTES - empty + excess))
    status, answer = bench.post("stripe", delivery)
    assert status == (413 if excess else 200)
    if excess:
        assert "6291456" in answer["error"]["message"]
        assert bench.cloud.calls == []


def test_a_large_body_of_adyen_is_refused_before_it_is_decoded(bench: Bench) -> None:
    """The signatures are inside the body, so anybody can make hookline decode a body. The limit is 1 MiB."""
    batch = adyen_batch("P1") | {"note": "x" * MAX_BODY_BYTES}
    status, answer = bench.post("adyen", signed("adyen", batch, bench.cloud.now))
    assert (status, answer["error"]["code"]) == (413, "payload_too_large")
    assert bench.cloud.calls == []


def test_a_large_body_travels_as_a_pointer(bench: Bench) -> None:
    """The queue message and the bus event stay small, and refer to the archive."""
    bench.post("stripe", bench.signed(note="x" * 1_000_000))
    assert len(bench.cloud.queue[0].entry["MessageBody"]) < 1000
    bench.system.process()
    (detail,) = bench.system.details()
    assert len(json.dumps(detail)) < 2000
    assert (detail["archive"]["pointer"], detail["transaction_count"]) == ("", 1)


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "é"])
def test_the_content_type_decides_nothing(bench: Bench, content_type: str | None) -> None:
    """The content type is not signed, so ingestion ignores it."""
    delivery = bench.signed()
    headers = {**delivery.headers, **({"content-type": content_type} if content_type else {})}
    assert bench.post("stripe", Delivery(delivery.body, headers))[0] == 200


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (client_error("ThrottlingException"), "ThrottlingException"),
        (AwsError("ReadTimeoutError"), "ReadTimeoutError"),
    ],
)
def test_a_fault_on_this_side_is_503_with_retry_after(bench: Bench, error: Exception, code: str) -> None:
    """The provider retries, and the log has the reason."""
    bench.cloud.errors["GetItem"] = error
    delivery = bench.signed()
    event = {"path": "/webhook/stripe", "body": delivery.body.decode(), "headers": dict(delivery.headers)}
    status, answer, headers = bench.respond(event)
    assert (status, answer["error"]["code"], headers["Retry-After"]) == (503, "unavailable", "5")
    assert (bench.metrics(), bench.line["error"]) == ({"Unavailable": 1}, code)


def test_what_the_queue_refuses_is_named_in_the_log(bench: Bench) -> None:
    """The log has SQS's error code, but no text of the message."""
    bench.cloud.refuse_message = lambda _: "InternalError"
    assert bench.post("stripe", bench.signed())[0] == 503
    assert bench.line["error"] == "InternalError"
    assert bench.system.stored() == (1, 0, 0)


def test_a_secret_that_can_never_verify_is_told_once(bench: Bench) -> None:
    """The log line of the first refused delivery has the number of such secrets, and never a value."""
    bench.cloud.secrets = {"stripe": ["whsec_with a blank", "whsec_genuine"], "adyen": ["not hex"]}
    assert bench.post("stripe", Delivery(b"{}", {}))[0] == 401
    assert "unusable_secrets" not in bench.line
    forged = bench.signed()
    for expected in (1, None):
        assert bench.post("stripe", forged)[0] == 401
        assert bench.line.get("unusable_secrets") == expected
        assert "blank" not in json.dumps(bench.line)


def test_the_record_says_which_secrets_verified_the_delivery(bench: Bench) -> None:
    """The items of an Adyen delivery can have several. After a leak, an operator finds the events of one secret."""
    keys = ["AA" * 32, "BB" * 32]
    bench.cloud.secrets = {"adyen": keys, "salt": "s"}
    items: list[Any] = []
    for number, key in enumerate([*keys, keys[0]]):
        delivery = signed("adyen", adyen_batch(f"P{number}"), bench.cloud.now, key)
        items += json.loads(delivery.body)["notificationItems"]
    body = json.dumps({"live": "false", "notificationItems": items}).encode()
    assert bench.post("adyen", Delivery(body, {}))[0] == 200
    prints = {item["secret_fingerprint"]["S"] for item in bench.cloud.items.values()}
    assert prints == {",".join(fingerprint(key, "s") for key in keys)}


def test_an_outage_of_the_secrets_is_503_and_headerless_is_still_401(bench: Bench) -> None:
    """Without secrets, ingestion can only reject requests that have no signature."""
    bench.cloud.errors["GetSecretValue"] = client_error("ThrottlingException")
    assert bench.post("stripe", bench.signed())[0] == 503
    assert bench.post("stripe", Delivery(b"{}", {}))[0] == 401


@pytest.mark.parametrize("call", ["GetItem", "PutObject", "PutItem"])
def test_an_outage_while_an_unreadable_body_is_kept_is_503(bench: Bench, call: str) -> None:
    """The provider sends the delivery again, and the retry completes the steps."""
    delivery = signed("checkout", b'{"id":', bench.cloud.now)
    bench.cloud.errors[call] = client_error("ThrottlingException")
    status, answer = bench.post("checkout", delivery)
    assert (status, answer["error"]["code"], bench.line["error"]) == (503, "unavailable", "ThrottlingException")
    assert bench.cloud.items == {}
    bench.cloud.errors.clear()
    assert bench.post("checkout", delivery)[1]["status"] == "unreadable"
    assert bench.system.stored() == (1, 0, 1)


def test_an_outage_of_a_certificate_server_is_503(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signature that cannot be verified during an outage is not rejected."""

    def unavailable(*_: Any) -> None:
        raise Unavailable("TimeoutError")

    monkeypatch.setattr(module, "find_provider", lambda name: changed(provider(name), verify=unavailable))
    assert bench.post("stripe", bench.signed())[0] == 503
    assert bench.line["error"] == "TimeoutError"


def test_a_required_header_that_came_twice_must_say_the_same(bench: Bench) -> None:
    """Two different values of a signature header are rejected; for other headers, both are ignored."""
    delivery = bench.signed()
    event = {"path": "/webhook/stripe", "body": delivery.body.decode(), "headers": dict(delivery.headers)}
    twice = {"Stripe-Signature": [delivery.headers["stripe-signature"], "t=1,v1=0"]}
    assert bench.respond({**event, "multiValueHeaders": twice})[0] == 401
    assert bench.line["reason"] == "malformed"
    assert bench.respond({**event, "multiValueHeaders": {"X-Forwarded-For": ["1.1.1.1", "2.2.2.2"]}})[0] == 200


def test_a_fault_of_the_program_is_500_and_tells_no_value(bench: Bench) -> None:
    """The log has only the type of an unexpected exception."""
    bench.cloud.errors["PutObject"] = RuntimeError("pi_1 10.99")
    assert bench.post("stripe", bench.signed())[0] == 500
    assert (bench.line["error"], bench.metrics()) == ("RuntimeError", {"Unavailable": 1})
    assert "10.99" not in json.dumps(bench.line)


def test_the_log_names_at_most_ten_events(bench: Bench) -> None:
    """The log line stays short."""
    references = [f"P{number}" for number in range(15)]
    bench.post("adyen", signed("adyen", adyen_batch(*references), bench.cloud.now))
    assert len(bench.line["event_ids"]) == 10
    assert bench.metrics() == {"Accepted": 15}


def test_a_duplicate_with_a_card_number_is_not_counted_again(bench: Bench) -> None:
    """The metric counts only stored payloads."""
    delivery = bench.signed(note="4111111111111111")
    bench.post("stripe", delivery)
    assert bench.metrics() == {"Accepted": 1, "PanLike": 1}
    bench.post("stripe", delivery)
    assert bench.metrics() == {"Duplicate": 1}


RECEIPT = Receipt(Cloud().now, None, "00" * 32, "0" * 8, False, "trace", 35)


def paypal_event(transmission: str, event: str) -> tuple[bytes, dict[str, Any], Event]:
    """Return a body, its payload and its event with two keys, as PayPal's events have."""
    payload: dict[str, Any] = {"id": event}
    body = json.dumps(payload).encode()
    keys = (f"transmission:{transmission}", f"event:{event}")
    return body, payload, Event(event, "T", "o", payload, *keys)


def take_in_paypal(system: System, transmission: str, event: str) -> int:
    """Take in one event and return the number of new events."""
    body, payload, made = paypal_event(transmission, event)
    events = list_events("paypal", body, payload, [made], by_object=False)
    receipt = changed(RECEIPT, body_sha256=hashlib.sha256(body).hexdigest())
    return take_in(system.ingestion.store, body, events, receipt, timedelta(days=3)).get("Accepted", 0)


def test_an_event_with_two_keys_is_known_under_either() -> None:
    """An event counts once in any number of transmissions, and a transmission id is accepted with one body only."""
    system = System(Cloud())
    assert take_in_paypal(system, "t1", "e1") == 1
    assert sorted(system.cloud.items) == ["paypal:event:e1", "paypal:transmission:t1"]
    assert system.cloud.items["paypal:event:e1"]["alias_of"] == {"S": "paypal:transmission:t1"}
    assert take_in_paypal(system, "t1", "e1") == 0
    assert take_in_paypal(system, "t2", "e1") == 0
    for transmission in ("t1", "t2"):
        with pytest.raises(Rejected, match="another event was accepted under this id"):
            take_in_paypal(system, transmission, "e2")
    assert system.cloud.messages == 1


def test_an_event_with_two_keys_has_one_on_the_bus() -> None:
    """The key on the bus does not depend on the transmission. After a crash, a second message has the same key."""
    keys = set[str]()
    for transmission in ("t1", "t2"):
        body, payload, made = paypal_event(transmission, "e1")
        (event,) = list_events("paypal", body, payload, [made], by_object=False)
        assert event.record_key == f"paypal:transmission:{transmission}"
        keys.add(event.message.key)
    assert keys == {"paypal:event:e1"}


def test_a_forged_body_under_a_known_transmission_silences_no_other_event() -> None:
    """A rejected body does not record its event id."""
    system = System(Cloud())
    take_in_paypal(system, "t1", "e1")
    with pytest.raises(Rejected):
        take_in_paypal(system, "t1", "e2")
    assert take_in_paypal(system, "t2", "e2") == 1


def test_an_unsigned_event_id_hides_no_other_event() -> None:
    """An event id that is known with another body is a new event with a signed key, and a conflict."""
    system = System(Cloud())
    take_in_paypal(system, "t1", "e1")
    body, payload, made = paypal_event("t2", "e1")
    events = list_events("paypal", body + b" ", payload, [made], by_object=False)
    result = take_in(system.ingestion.store, body + b" ", events, changed(RECEIPT, body_sha256="0"), timedelta())
    assert result == {"Accepted": 1, "Conflict": 1}
    assert json.loads(system.cloud.queue[1].entry["MessageBody"])["key"] == "paypal:transmission:t2"
    assert system.cloud.items["paypal:event:e1"]["alias_of"] == {"S": "paypal:transmission:t1"}


def test_a_withheld_event_is_stored_and_counted_but_not_sent(bench: Bench) -> None:
    """A body that contradicts its topic goes to the archive and the table. The right topic still gets through."""
    delivery = signed("shopify", {"id": 9, "line_items": []}, bench.cloud.now)
    wrong = Delivery(delivery.body, {**delivery.headers, "x-shopify-topic": "refunds/create"})
    assert bench.post("shopify", wrong) == (200, {"status": "accepted", "events": 1})
    assert (bench.metrics(), bench.system.stored()) == ({"Withheld": 1}, (1, 0, 1))
    right = Delivery(delivery.body, {**delivery.headers, "x-shopify-topic": "orders/create"})
    assert bench.post("shopify", right) == (200, {"status": "accepted", "events": 1})
    assert (bench.metrics(), bench.system.stored()) == ({"Accepted": 1}, (1, 1, 2))


def test_another_body_under_a_known_event_id_of_paypal_is_counted(bench: Bench) -> None:
    """It is published as a new event, and an alarm tells that one of the two bodies may be forged."""
    system = system_for_samples()
    now = int(system.cloud.now.timestamp())
    bench.system = system
    bench.post("paypal", paypal_signed("paypal", now=now, event_id="t1"))
    body = sample("paypal").replace(b"49.90", b"94.90")
    bench.post("paypal", paypal_signed("paypal", body, now=now, event_id="t2"))
    assert bench.metrics() == {"Accepted": 1, "Conflict": 1}


def test_an_alias_without_a_hash_counts_for_any_body() -> None:
    """Earlier versions of hookline stored no hash of the body with an alias."""
    system = System(Cloud())
    take_in_paypal(system, "t1", "e1")
    take_in_paypal(system, "t2", "e1")
    for key in ("paypal:event:e1", "paypal:transmission:t2"):
        del system.cloud.items[key]["body_sha256"]
    assert take_in_paypal(system, "t3", "e1") == 0
    assert take_in_paypal(system, "t2", "e2") == 0
    assert "paypal:event:e2" not in system.cloud.items


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(6))
def test_a_stop_between_the_two_keys_is_completed_by_the_retry(call: int, after: bool) -> None:
    """The signed key is recorded first, and the retry adds the second key."""
    system = System(Cloud())
    system.cloud.stop = Stop(call, after=after)
    with pytest.raises(Stopped):
        take_in_paypal(system, "t1", "e1")
    assert ("paypal:event:e1" in system.cloud.items) <= ("paypal:transmission:t1" in system.cloud.items)
    take_in_paypal(system, "t1", "e1")
    assert sorted(system.cloud.items) == ["paypal:event:e1", "paypal:transmission:t1"]
    assert take_in_paypal(system, "t2", "e1") == 0
    assert system.cloud.messages == 1


def test_a_signed_id_of_standard_webhooks_names_one_body(bench: Bench) -> None:
    """The same bytes are a duplicate; other bytes under the same id are rejected, counted, and not stored."""
    assert bench.post("standard_webhooks", signed("standard_webhooks", {"type": "x"}, bench.cloud.now))[0] == 200
    assert bench.post("standard_webhooks", signed("standard_webhooks", {"type": "x"}, bench.cloud.now))[0] == 200
    stored = bench.system.stored()
    status, answer = bench.post("standard_webhooks", signed("standard_webhooks", {"type": "y"}, bench.cloud.now))
    assert (status, answer["error"]["code"], bench.metrics()) == (409, "event_conflict", {"Conflict": 1})
    assert bench.system.stored() == stored


def test_other_providers_may_write_an_event_anew(bench: Bench) -> None:
    """For these providers, a known id with other content is a duplicate."""
    bench.post("stripe", bench.signed())
    assert bench.post("stripe", bench.signed(note="again"))[1]["status"] == "duplicate"


@pytest.mark.parametrize("field", ["event_type", "object_id"])
@pytest.mark.parametrize("excess", [0, 1])
def test_names_have_at_most_1024_characters(field: str, excess: int) -> None:
    """A longer name cannot be stored, so the delivery is rejected permanently."""
    payload: dict[str, Any] = {}
    event = changed(Event("e", "t", "o", payload, "k"), **{field: "x" * (MAX_NAME_LENGTH + excess)})
    if not excess:
        assert len(list_events("stripe", b"{}", payload, [event], by_object=True)) == 1
        return
    with pytest.raises(Rejected) as caught:
        list_events("stripe", b"{}", payload, [event], by_object=True)
    assert (caught.value.status, caught.value.field) == (422, field)


ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "TABLE_NAME": "webhooks",
    "BUCKET_NAME": "payloads",
    "QUEUE_URL": "queue.fifo",
    "PROVIDER_SECRETS_ARN": "arn:secret",
    "ORDERING": "object",
    "EXPIRY_DAYS": "35",
    "UNTIMED_EXPIRY_DAYS": "never",
    "ARCHIVE_EXPIRY_DAYS": "never",
    "PROVIDERS": "stripe,adyen",
    "SQUARE_URL": "https://example.com/webhook/square",
    "PAYPAL_ENVIRONMENT": "live",
    "PROVIDER_METRICS": "true",
    "SERVICE": "providers",
    "ENVIRONMENT": "dev",
}


def test_the_handler_is_composed_once_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Lambda, the import creates the clients, and all invocations use them."""
    for name, value in {**ENVIRONMENT, "AWS_LAMBDA_FUNCTION_NAME": "ingestion-dev"}.items():
        monkeypatch.setenv(name, value)
    fresh = importlib.reload(module)
    monkeypatch.delenv("TABLE_NAME")
    assert fresh.handler({"path": "/webhook/stripe", "body": "{}"}, None)["statusCode"] == 401
    assert fresh.handler({"path": "/webhook/square", "body": "{}"}, None)["statusCode"] == 404
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME")
    importlib.reload(module)


@pytest.mark.parametrize(("ordering", "by_object"), [("object", True), ("provider", False), ("", False)])
def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, ordering: str, by_object: bool) -> None:
    """The order is by provider unless `ORDERING` is `object`; the clock is in UTC."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    composed = module.compose({**ENVIRONMENT, "ORDERING": ordering})
    assert composed.by_object is by_object
    assert composed.providers == {"stripe", "adyen"}
    assert composed.settings.url == ENVIRONMENT["SQUARE_URL"]
    assert composed.settings.shopify_topics == ()
    mapped = {"shop": {"payments": {"types": ["a"], "amount": "a", "unit": "minor", "currency": "c", "id": "i"}}}
    settings = module.compose({**ENVIRONMENT, "STANDARD_WEBHOOKS": json.dumps(mapped)}).settings
    assert settings.mappings == read_mappings(mapped)
    some = module.compose({**ENVIRONMENT, "SHOPIFY_TOPICS": "orders/paid,refunds/create"})
    assert some.settings.shopify_topics == ("orders/paid", "refunds/create")
    assert composed.settings.adyen_unsigned_types == ()
    named = module.compose({**ENVIRONMENT, "ADYEN_UNSIGNED_TYPES": "REPORT_AVAILABLE,OFFER_CLOSED"})
    assert named.settings.adyen_unsigned_types == ("REPORT_AVAILABLE", "OFFER_CLOSED")
    assert composed.now().utcoffset() == timedelta()
    assert composed.secrets("stripe").source == "stripe"


def test_paypals_certificates_are_paypals_except_in_local_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    """In local mode, only the development certificate is trusted, and no certificate is fetched."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    on_aws = module.compose({**ENVIRONMENT, DEVELOPMENT_VARIABLE: "PEM"}).settings
    assert on_aws.trusted is None
    assert on_aws.certificates is not None
    monkeypatch.setattr("hookline.functions.providers.certificate_server.fetch", lambda url: url.encode())
    tables: list[str] = []
    monkeypatch.setattr(
        "hookline.functions.providers.kept_certificates.KeptTable.load", lambda kept, _: tables.append(kept.table)
    )
    url = "https://api.paypal.com/v1/notifications/certs/x"
    assert on_aws.certificates().find(url) == url.encode()
    assert on_aws.certificates() is on_aws.certificates()
    assert tables == [ENVIRONMENT["TABLE_NAME"]]
    here = module.compose(
        {
            **ENVIRONMENT,
            DEVELOPMENT_VARIABLE: "PEM",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "ADYEN_UNSIGNED_TYPES": "REPORT_AVAILABLE",
        }
    ).settings
    assert here.adyen_unsigned_types == ("REPORT_AVAILABLE",)
    assert here.trusted == "PEM"
    assert here.certificates is not None
    assert here.certificates().find(url) == b"PEM"

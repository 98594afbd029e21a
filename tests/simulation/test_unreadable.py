"""Genuine deliveries that hookline cannot read: nothing is refused, nothing is lost, and a replay books them once."""

import base64
import contextlib
import hashlib
import io
import json
from itertools import combinations
from typing import Any

import pytest
from support.pipeline.books import Books
from support.pipeline.cloud import Stop, Stopped
from support.pipeline.operator import Operator
from support.pipeline.samples import system_for_samples
from support.pipeline.system import System
from support.providers.deliveries import OTHER_SECRETS, SECRETS, edited, sample, sent, signed, unreadable
from support.records import changed

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.contract import Delivery
from hookline.core.providers.registry import provider
from hookline.core.values.strict_json import MAX_VALUES, decode_leniently
from hookline.operate.unreadable import list_unreadable, replay, set_aside

TAKEN, KNOWN = {"status": "unreadable", "events": 0}, {"status": "duplicate", "events": 0}


@pytest.fixture
def books() -> Books:
    """Return both systems with a live secret of each provider."""
    return Books(system_for_samples())


def seconds(system: System) -> int:
    """Return the time of the cloud in Unix seconds."""
    return int(system.cloud.now.timestamp())


def post(system: System, name: str, delivery: Delivery) -> tuple[int, Any, dict[str, Any]]:
    """Send a delivery, and return status, decoded answer and log line."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status, answer = system.post(name, delivery)
    return status, answer, json.loads(out.getvalue())


@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_an_unreadable_genuine_body_is_kept_and_booked_after_a_replay(books: Books, name: str) -> None:
    """The answer is 200, with the exact bytes in the archive, a record with the reason, a metric and no message.

    After a replay with a decoder that can read the body, the payment is booked once: neither a second replay nor the
    provider's own retry books it again.
    """
    system = books.system
    delivery = unreadable(name, now=seconds(system))
    status, answer, line = post(system, name, delivery)
    assert (status, answer, line["Unreadable"], line["unreadable"]) == (200, TAKEN, 1, "malformed_json")
    assert (list(system.cloud.objects.values()), system.cloud.queue) == ([delivery.body], [])
    operator = Operator(system)
    (record,) = list_unreadable(operator.target)
    assert (record.provider, record.key) == (name, line["record_key"])
    assert (record.reason, record.message) == ("malformed_json", "an object has the same key twice")
    assert system.cloud.objects[record.archive_key] == delivery.body
    assert post(system, name, delivery)[1] == TAKEN
    for expected in ({"Accepted": 1}, {"Duplicate": 1}):
        assert replay(operator.target, record, system.cloud.now, decode_leniently) == expected
        books.settle()
        assert len(books.booked) == 1
    assert list_unreadable(operator.target) == []
    assert post(system, name, delivery)[1] == KNOWN


@pytest.mark.parametrize("name", PROVIDER_NAMES)
def test_a_replay_gives_the_event_that_the_readable_delivery_gives(name: str) -> None:
    """Message and record are the same, except for the unreadable part of the body and for what is made from its bytes.

    The record has the times, the trace id and the expiry of the delivery.
    """
    read, replayed = system_for_samples(), system_for_samples()
    post(read, name, signed(name, decoded_alike(name), now=seconds(read)))
    post(replayed, name, unreadable(name, now=seconds(replayed)))
    operator = Operator(replayed)
    (record,) = list_unreadable(operator.target)
    replay(operator.target, record, replayed.cloud.now, decode_leniently)
    assert attributes(replayed) == attributes(read)
    events = [records_of_events(system) for system in (replayed, read)]
    assert events[0] == events[1] != []
    assert operator.configured == ["ingestion-dev"]


def decoded_alike(name: str) -> bytes:
    """Return a readable body with the values that the lenient decoder reads in the unreadable one."""
    return json.dumps(edited(name) | {"twice": 2}).encode()


def attributes(system: System) -> list[Any]:
    """Return the attributes and the group of each message."""
    return [(message.entry["MessageAttributes"], message.group) for message in system.cloud.queue]


def records_of_events(system: System) -> list[dict[str, Any]]:
    """Return the records of events without what is made from the bytes of the body."""
    of_bytes = {"key", "archive_key", "body_sha256", "alias_of"}
    items = [item for item in system.cloud.items.values() if "unreadable" not in item]
    return [{name: value for name, value in item.items() if name not in of_bytes} for item in items]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"id":"evt_1","type":"x"', "malformed_json"),
        (b'{"id":"evt_1","type":"x","note":"\x00"}', "malformed_json"),
        (b'{"id":"evt_1","type":"x","note":"\xff"}', "malformed_json"),
        (b'{"id":"evt_1","type":"x","note":' + b"[" * 40 + b"]" * 40 + b"}", "malformed_json"),
        (b'{"id":"evt_1","type":"x","note":[' + b"1," * MAX_VALUES + b"1]}", "malformed_json"),
        (b'{"id":"evt_1","type":"x","note":' + b"9" * 65 + b"}", "malformed_json"),
        (b'["evt_1"]', "malformed_json"),
        (b"", "malformed_json"),
        (b'{"type":"x"}', "missing_field"),
        (b'{"id":1,"type":"x"}', "wrong_type"),
        (b'{"id":"evt_1","type":"' + b"x" * 1025 + b'"}', "invalid_field"),
        (b'{"id":"evt_1","type":"x","note":"' + b"x" * 1_048_576 + b'"}', "payload_too_large"),
    ],
    ids=lambda value: str(value[:24]),
)
def test_each_reason_is_recorded(books: Books, body: bytes, reason: str) -> None:
    """This covers each way in which a genuine body cannot be read. A forged one gets 401, and is not kept."""
    system = books.system
    delivery = signed("checkout", body, now=seconds(system))
    assert post(system, "checkout", changed(delivery, body=body + b" "))[0] == 401
    assert system.stored() == (0, 0, 0)
    assert post(system, "checkout", delivery)[:2] == (200, TAKEN)
    (record,) = list_unreadable(Operator(system).target)
    assert (record.reason, system.cloud.objects[record.archive_key]) == (reason, body)
    assert system.cloud.queue == []


def test_adyen_a_varied_copy_is_the_same_unreadable_delivery(books: Books) -> None:
    """Adyen signs only eight fields. Whoever varies the rest, or the order of the items, makes no second record."""
    system = books.system
    delivery = unreadable("adyen")
    assert post(system, "adyen", delivery)[1] == TAKEN
    for number in range(3):
        varied = changed(delivery, body=delivery.body.replace(b'"twice":1', b'"twice":%d' % (number + 7)))
        assert post(system, "adyen", varied)[:2] == (200, TAKEN)
    assert system.stored() == (1, 0, 1)


def test_adyen_events_that_are_booked_make_no_unreadable_delivery(books: Books) -> None:
    """A captured delivery that somebody made unreadable is known by its events. Only one with a new event is kept."""
    system = books.system
    post(system, "adyen", signed("adyen"))
    assert post(system, "adyen", unreadable("adyen"))[:2] == (200, KNOWN)
    assert system.stored() == (1, 1, 1)
    kinds = [json.loads(signed("adyen", sample("adyen", kind)).body) for kind in ("payment", "refund")]
    items = [item for each in kinds for item in each["notificationItems"]]
    body = json.dumps({"notificationItems": items}).encode()[:-1] + b',"twice":1,"twice":2}'
    assert post(system, "adyen", Delivery(body, {}))[1] == TAKEN


@pytest.mark.parametrize(
    "unsigned", [b'"deep":' + b"[" * 40 + b"]" * 40, b'"number":' + b"9" * 65, b'"control":"\x01"', b'"text":"\xff"']
)
def test_adyen_what_only_the_strict_decoder_rejects_is_kept(books: Books, unsigned: bytes) -> None:
    """The signed fields can be read, and all signatures are genuine."""
    delivery = signed("adyen")
    body = delivery.body.rstrip()[:-1] + b"," + unsigned + b"}"
    assert post(books.system, "adyen", changed(delivery, body=body))[:2] == (200, TAKEN)
    assert list(books.system.cloud.objects.values()) == [body]


@pytest.mark.parametrize(("change", "status"), [(b'"success":"false","twice":1', 401), (b'"twice":', 400)])
def test_adyen_what_cannot_be_verified_is_refused(books: Books, change: bytes, status: int) -> None:
    """This covers changed signed fields, and a body that no decoder can read. Nothing is stored."""
    delivery = unreadable("adyen")
    place = b'"success":"true"' if status == 401 else b'"twice":1'
    body = delivery.body.replace(b'"success": "true"', b'"success":"true"').replace(place, change)
    assert body != delivery.body
    assert post(books.system, "adyen", changed(delivery, body=body))[0] == status
    assert books.system.stored() == (0, 0, 0)


def adyen_items(*references: str) -> list[Any]:
    """Return genuine items of Adyen with these references."""
    found: list[Any] = []
    for reference in references:
        payload = edited("adyen")
        payload["notificationItems"][0]["NotificationRequestItem"]["pspReference"] = reference
        found += json.loads(sent("adyen", payload).body)["notificationItems"]
    return found


def of_items(items: list[Any]) -> Delivery:
    """Return an unreadable delivery of Adyen with these items."""
    return Delivery(json.dumps({"notificationItems": items}).encode()[:-1] + b',"twice":1,"twice":2}', {})


def test_adyen_no_selection_of_known_events_is_stored_again(books: Books) -> None:
    """Whoever has genuine deliveries can put their items together in many ways, also with booked ones."""
    system = books.system
    booked, items = adyen_items("B1", "B2"), adyen_items("P1", "P2", "P3")
    post(system, "adyen", Delivery(json.dumps({"notificationItems": booked}).encode(), {}))
    before = len(system.cloud.objects)
    assert post(system, "adyen", of_items(items))[1] == TAKEN
    for count in (1, 2, 3):
        for selection in combinations([*items, *booked], count):
            post(system, "adyen", of_items(list(selection)))
    assert len(system.cloud.objects) == before + 1
    assert len(list_unreadable(Operator(system).target)) == 1


def test_adyen_what_nobody_signed_is_not_published_by_a_replay(books: Books) -> None:
    """Not even if its type is no longer in the setting."""
    system = books.system
    system.cloud.secrets["adyen"] = [SECRETS["adyen"], "basic:user:password-of-adyen"]
    named = changed(system.ingestion.settings, adyen_unsigned_types=("REPORT_AVAILABLE",))
    system.ingestion = changed(system.ingestion, settings=named)
    report = {"eventCode": "REPORT_AVAILABLE", "pspReference": "report_1.csv", "success": "true"}
    credentials = base64.b64encode(b"user:password-of-adyen").decode()
    delivery = changed(
        of_items([{"NotificationRequestItem": report}]), headers={"authorization": f"Basic {credentials}"}
    )
    assert post(system, "adyen", delivery)[1] == TAKEN
    operator = Operator(system)
    (record,) = list_unreadable(operator.target)
    assert replay(operator.target, record, system.cloud.now, decode_leniently) == {"UnsignedEvent": 1}
    books.settle()
    assert system.details() == []


@pytest.mark.parametrize("name", ["paypal", "standard_webhooks"])
@pytest.mark.parametrize("first", [b'{"id":"evt_1",', None], ids=["unreadable", "booked"])
def test_another_body_under_a_signed_id_is_a_conflict(books: Books, name: str, first: bytes | None) -> None:
    """The provider always sends the same body with it. The body is not lost in silence: an alarm tells of it."""
    system = books.system
    one = signed(name, sample(name) if first is None else first, now=seconds(system), event_id="evt_9")
    other = signed(name, b'{"id":"evt_1","type":"x",', now=seconds(system), event_id="evt_9")
    assert post(system, name, one)[0] == 200
    status, answer, line = post(system, name, other)
    assert (status, answer["error"]["code"], line["Conflict"]) == (409, "event_conflict", 1)
    assert other.body not in system.cloud.objects.values()


def test_no_sender_can_take_the_key_of_another_senders_unreadable_delivery(books: Books) -> None:
    """An id of a sender has no space, and a key of an unreadable delivery has one."""
    system = books.system
    name, own, other = "standard_webhooks", SECRETS["standard_webhooks"], OTHER_SECRETS["standard_webhooks"]
    system.cloud.secrets = {**system.cloud.secrets, name: {"": [other], "shop": [own]}}
    victim = unreadable(name, now=seconds(system))
    digest = hashlib.sha256(f"shop:{victim.headers['webhook-id']}".encode()).hexdigest()
    for start in ("unreadable:", "standard_webhooks_unreadable:"):
        evil = signed(name, b'{"type":"x"}', now=seconds(system), secret=other, event_id=f"{start}{digest}")
        assert post(system, name, evil)[0] == 200
    assert post(system, name, victim)[1] == TAKEN
    assert victim.body in system.cloud.objects.values()


def test_a_crash_hides_no_unreadable_delivery(books: Books) -> None:
    """If the function stops after its last write, the retry still raises the alarm."""
    delivery = unreadable("checkout")
    books.system.cloud.stop = Stop(3, after=True)
    with pytest.raises(Stopped):
        books.system.post("checkout", delivery)
    books.system.cloud.stop = None
    _, answer, line = post(books.system, "checkout", delivery)
    assert (answer, line["Unreadable"]) == (TAKEN, 1)
    assert len(list_unreadable(Operator(books.system).target)) == 1


def test_a_record_that_was_set_aside_is_a_problem_no_more(books: Books) -> None:
    """An operator booked it by hand, because no release can read it."""
    system, delivery = books.system, unreadable("checkout")
    post(system, "checkout", delivery)
    operator = Operator(system)
    (record,) = list_unreadable(operator.target)
    set_aside(operator.target, record, system.cloud.now)
    assert list_unreadable(operator.target) == []
    assert post(system, "checkout", delivery)[1] == KNOWN
    books.settle()
    assert books.booked == []


def test_a_malformed_topic_of_shopify_is_still_refused(books: Books) -> None:
    """The body can be read. The topic is in an unsigned header, so Shopify did not send this request."""
    delivery = sent("shopify", edited("shopify"))
    changed_topic = changed(delivery, headers={**delivery.headers, "x-shopify-topic": "two words"})
    status, answer, _ = post(books.system, "shopify", changed_topic)
    assert (status, answer["error"]["field"]) == (422, "x-shopify-topic")
    assert books.system.stored() == (0, 0, 0)


def test_a_record_has_no_signature_and_no_log_line_has_a_value(books: Books) -> None:
    """The record has only the headers that identify an event. The log line has neither headers nor body."""
    delivery = unreadable("shopify")
    _, _, line = post(books.system, "shopify", changed(delivery, headers={**delivery.headers, "x-other": "CANARY"}))
    (item,) = books.system.cloud.items.values()
    headers = json.loads(item["headers"]["S"])
    assert headers.keys() <= {*provider("shopify").identifying_headers}
    text = json.dumps([item, line])
    assert delivery.headers["x-shopify-hmac-sha256"] not in text
    assert "CANARY" not in text
    assert not any(value in json.dumps(line) for value in headers.values())


def test_a_possible_card_number_in_an_unreadable_body_is_marked(books: Books) -> None:
    """The record and the metric have the mark, also if the body is not UTF-8."""
    body = sample("stripe").rstrip()[:-1] + b',"note":"4111111111111111 \xff"}'
    line = post(books.system, "stripe", signed("stripe", body, now=seconds(books.system)))[2]
    (item,) = books.system.cloud.items.values()
    assert (item["pan_like"], line["PanLike"], line["pan_like"]) == ({"BOOL": True}, 1, True)

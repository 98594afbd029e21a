"""The list of deliveries that could not be read, and the errors of a replay. tests/simulation shows what it books."""

import contextlib
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.pipeline.cloud import client_error
from support.pipeline.operator import Operator
from support.pipeline.samples import system_for_samples
from support.providers.deliveries import SECRETS, signed, unreadable

from hookline.core.providers.contract import Delivery
from hookline.core.values.strict_json import JsonObject, decode_leniently
from hookline.core.values.timestamp import parse_rfc3339
from hookline.errors import UserError
from hookline.operate.unreadable import list_unreadable, replay
from hookline.operate.unreadable_record import UnreadableRecord


class Desk:
    """An operator in front of a system with one unreadable delivery.

    Attributes:
        system: the system.
        operator: the operator.
        record: the record of the delivery.
    """

    def __init__(self, name: str = "stripe", **environment: str) -> None:
        self.system = system_for_samples()
        self.operator = Operator(self.system, **environment)
        self.post(name, unreadable(name, now=int(self.system.cloud.now.timestamp())))
        self.record: UnreadableRecord = self.listed()[0]

    def post(self, name: str, delivery: Delivery) -> Any:
        """Send a delivery, discard the log, and return the answer."""
        with contextlib.redirect_stdout(io.StringIO()):
            return self.system.post(name, delivery)[1]

    def listed(self, **options: bool) -> list[UnreadableRecord]:
        """Return the list."""
        return list_unreadable(self.operator.target, **options)

    def replay(self, decode: Callable[[bytes], JsonObject] = decode_leniently) -> dict[str, int]:
        """Replay the delivery."""
        return replay(self.operator.target, self.record, self.system.cloud.now, decode)

    def fails(self, decode: Callable[[bytes], JsonObject] = decode_leniently) -> str:
        """Replay, expect an error of the user, and return its message. The record stays in the list."""
        with pytest.raises(UserError) as caught:
            self.replay(decode)
        assert [record.key for record in self.listed()] == [self.record.key]
        return str(caught.value)


def test_the_oldest_delivery_is_first_and_a_replayed_one_leaves_the_list() -> None:
    """It stays in the list of all, with the time of its first replay, and no index lists it as a problem."""
    desk = Desk()
    desk.system.cloud.now -= timedelta(hours=1)
    desk.post("checkout", unreadable("checkout"))
    desk.system.cloud.now += timedelta(hours=2)
    assert [record.provider for record in desk.listed()] == ["checkout", "stripe"]
    desk.replay()
    desk.system.cloud.now += timedelta(hours=1)
    desk.replay()
    assert [record.provider for record in desk.listed()] == ["checkout"]
    times = [record.handled_at for record in desk.listed(handled=True)]
    assert times == [None, "2026-11-21T13:00:00Z"]
    assert "problem" not in desk.system.cloud.items[desk.record.key]


def test_the_installed_release_is_the_usual_decoder() -> None:
    """If it cannot read the body either, the error says why and names the fix. Nothing is sent."""
    desk = Desk()
    with pytest.raises(UserError, match=r"an object has the same key twice.*install and deploy a release.*by hand"):
        replay(desk.operator.target, desk.record, desk.system.cloud.now)
    assert (desk.system.cloud.queue, len(desk.listed())) == ([], 1)


def test_a_body_in_glacier_must_be_restored_first() -> None:
    """The archive moves bodies to GLACIER after 30 days."""
    desk = Desk()
    desk.system.cloud.errors["GetObject"] = client_error("InvalidObjectState")
    assert "restore-object" in desk.fails()


def test_a_body_that_is_not_the_verified_one_is_not_replayed() -> None:
    """This covers a deleted and a changed object."""
    desk = Desk()
    body = desk.system.cloud.objects.pop(desk.record.archive_key)
    assert "deleted" in desk.fails()
    desk.system.cloud.objects[desk.record.archive_key] = body + b" "
    assert "changed" in desk.fails()


def test_a_refused_read_is_raised_as_it_is() -> None:
    """The operator lacks a permission."""
    desk = Desk()
    desk.system.cloud.errors["GetObject"] = client_error("AccessDenied")
    with pytest.raises(ClientError, match="AccessDenied"):
        desk.replay()


@pytest.mark.parametrize(("call", "code"), [("SendMessageBatch", "Throttled"), ("PutItem", "Down")])
def test_an_outage_leaves_the_record_in_the_list(call: str, code: str) -> None:
    """The next replay completes the steps."""
    desk = Desk()
    desk.system.cloud.errors[call] = client_error(code)
    assert code in desk.fails()
    desk.system.cloud.errors.clear()
    assert desk.replay() == {"Accepted": 1}


def test_an_id_that_belongs_to_another_body_is_a_conflict() -> None:
    """Standard Webhooks sends one body with one id. The accepted event stays."""
    desk = Desk("standard_webhooks")
    desk.post("standard_webhooks", signed("standard_webhooks", now=int(desk.system.cloud.now.timestamp())))
    assert "another event was accepted" in desk.fails()


def first_wins(body: bytes) -> JsonObject:
    """Decode a body, and let other values than the signed ones count."""
    return decode_leniently(body.replace(b'"success":"true"', b'"success":"false"'))


def malformed(body: bytes) -> JsonObject:
    """Decode a body, and make a signed field unreadable."""
    return decode_leniently(body.replace(b'"success":"true"', b'"success":1'))


@pytest.mark.parametrize("decode", [first_wins, malformed])
def test_adyen_a_decoder_that_reads_other_signed_fields_books_nothing(decode: Callable[[bytes], JsonObject]) -> None:
    """Ingestion verified the values that the lenient decoder read, and no others."""
    desk = Desk("adyen")
    assert "other values" in desk.fails(decode)
    assert desk.system.cloud.queue == []


def test_the_topics_of_shopify_are_those_of_the_deployed_stack() -> None:
    """The settings come from the environment of the deployed ingestion. Another topic is withheld."""
    assert Desk("shopify").replay() == {"Accepted": 1}
    assert Desk("shopify", SHOPIFY_TOPICS="orders/create,orders/paid").replay() == {"Withheld": 1}


@pytest.mark.parametrize(("ordering", "group"), [("provider", "square"), ("object", "square:")])
def test_the_order_is_that_of_the_deployed_stack(ordering: str, group: str) -> None:
    """The message is in the message group in which ingestion would have sent it."""
    desk = Desk("square", ORDERING=ordering)
    desk.replay()
    assert desk.system.cloud.queue[0].group[: len("square:")] == group


def test_the_events_of_a_named_sender_have_its_name() -> None:
    """The record has the name of the sender whose secret verified the delivery."""
    desk = Desk("checkout")
    desk.system.cloud.secrets["standard_webhooks"] = {"shop": [SECRETS["standard_webhooks"]]}  # type: ignore[assignment]
    desk.system.restart()
    now = int(desk.system.cloud.now.timestamp())
    desk.post("standard_webhooks", unreadable("standard_webhooks", now=now))
    (desk.record,) = [record for record in desk.listed() if record.sender == "shop"]
    desk.replay()
    assert "standard_webhooks:shop:evt-0001" in desk.system.cloud.items


def test_a_record_of_an_event_expires_as_that_of_a_read_delivery() -> None:
    """A provider that signs the time has records with an expiry, and the others have the setting of the stack."""
    for name, expected in (("stripe", 35), ("checkout", 400)):
        desk = Desk(name, UNTIMED_EXPIRY_DAYS="400")
        desk.replay()
        (item,) = [item for item in desk.system.cloud.items.values() if "event_id" in item]
        days = (int(item["expires_at"]["N"]) - desk.system.cloud.now.timestamp()) / 86_400
        assert days == expected


def test_a_record_of_a_replayed_event_says_until_when_the_archive_has_its_body() -> None:
    """S3 counts from the first delivery, and so does the record."""
    desk = Desk("checkout", ARCHIVE_EXPIRY_DAYS="400")
    desk.replay()
    (item,) = [item for item in desk.system.cloud.items.values() if "event_id" in item]
    received, until = (parse_rfc3339(item[name]["S"]) for name in ("received_at", "archived_until"))
    assert (until - received).days == 400

"""The message in the FIFO queue: its format, its schema, and the same bytes for each retry."""

import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from hookline.core.errors import Rejected
from hookline.core.webhooks.delivery_message import (
    MAX_BYTES,
    SCHEMA,
    DeliveryMessage,
    archive_key,
    build,
    message_group,
    parse,
)

FORM = json.loads(files("hookline").joinpath("schemas/delivery-message.v1.json").read_text("utf-8"))
CHECK = Draft202012Validator(FORM, format_checker=FormatChecker())
MESSAGE = DeliveryMessage(
    provider="stripe",
    event_id="evt_1",
    event_type="payment_intent.succeeded",
    object_id="pi_é",
    key="stripe:evt_1",
    archive_key=archive_key("stripe", b"{}"),
    pointer="",
    payload='{"id":"é"}',
    account="acct_1",
    api_version="2025-03-31.basil",
    marked="test",
)


def message_with(payload: str) -> DeliveryMessage:
    """Return the message with another payload."""
    return DeliveryMessage(**{**vars(MESSAGE), "payload": payload})


def test_the_schema_is_valid_and_names_this_version() -> None:
    """The file is valid JSON Schema 2020-12 and matches the built messages."""
    Draft202012Validator.check_schema(FORM)
    assert FORM["properties"]["schema"]["const"] == SCHEMA
    CHECK.validate(json.loads(build(MESSAGE)))


def test_a_message_is_compact_ascii() -> None:
    """The body is canonical, so that a retry sends the same bytes."""
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert build(MESSAGE) == (
        f'{{"account":"acct_1","api_version":"2025-03-31.basil","archive_key":"stripe/44/{digest}","event_id":"evt_1","event_type":"payment_intent.succeeded",'
        '"key":"stripe:evt_1","marked":"test","object_id":"pi_\\u00e9","payload":"{\\"id\\":\\"\\u00e9\\"}","pointer":"","provider":"stripe",'
        '"schema":"hookline.delivery.v1"}'
    )


@given(st.builds(DeliveryMessage, *[st.text(st.characters(exclude_categories=["Cs"]))] * 11))
def test_what_is_written_can_be_read(message: DeliveryMessage) -> None:
    """Every text stays the same."""
    assert parse(build(message)) == message


@pytest.mark.parametrize(
    "change", [{"schema": "hookline.delivery.v2"}, {"provider": None}, {"key": 1}, {"pointer": [""]}, {"payload": {}}]
)
def test_a_message_of_another_form_is_refused(change: dict[str, Any]) -> None:
    """Another version, and a missing or wrongly typed member, are errors."""
    with pytest.raises(ValueError, match="not have the format hookline"):
        parse(json.dumps({**json.loads(build(MESSAGE)), **change}))


@pytest.mark.parametrize("member", ["payload", "account", "api_version", "marked"])
def test_a_message_of_an_older_version_can_be_read(member: str) -> None:
    """Without the payload, the event is only in the archive. Without another member, the event does not say it."""
    members = json.loads(build(MESSAGE))
    del members[member]
    CHECK.validate(members)
    assert getattr(parse(json.dumps(members)), member) == ""


@pytest.mark.parametrize(("letter", "size"), [("x", 1), ("é", 6)])
def test_a_large_event_stays_in_the_archive(letter: str, size: int) -> None:
    """A message of up to 60 KiB contains its event, and a larger event is only in the archive."""
    room = (MAX_BYTES - len(build(message_with("")))) // size
    assert parse(build(message_with(letter * room))).payload == letter * room
    assert parse(build(message_with(letter * (room + 1)))).payload == ""


@pytest.mark.parametrize("text", ["", "{", "[]", "\ud800"])
def test_a_message_that_is_no_json_is_refused(text: str) -> None:
    """The decoder is strict, as for any other body."""
    with pytest.raises(Rejected):
        parse(text)


def test_the_group_is_the_provider_or_its_object() -> None:
    """By object, the group has a hash of the object id, because SQS limits the length and characters."""
    assert message_group("stripe", "pi_1", by_object=False) == "stripe"
    groups = {message_group("stripe", name, by_object=True) for name in ("pi_1", "pi_2", "", "é" * 999)}
    assert len(groups) == 4
    assert all(len(group) == 39 and group.isascii() for group in groups)

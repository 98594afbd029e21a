"""The webhook record of an event."""

from datetime import UTC, datetime

from support.records import changed
from unit.core.test_delivery_message import MESSAGE

from hookline.core.webhooks.webhook_record import Receipt, build_alias, build_record

NOW = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
RECEIPT = Receipt(
    received_at=NOW,
    signed_at=None,
    body_sha256="ab" * 32,
    secret_fingerprint="1a2b3c4d",
    pan_like=True,
    trace_id="1-2-3",
    expiry_days=35,
)


def test_a_record_keeps_the_event_the_verdict_and_the_times() -> None:
    """The record has all data for a replay, which needs no second verification."""
    assert build_record("stripe:evt_1", MESSAGE, RECEIPT) == {
        "key": {"S": "stripe:evt_1"},
        "provider": {"S": "stripe"},
        "event_id": {"S": "evt_1"},
        "event_type": {"S": "payment_intent.succeeded"},
        "object_id": {"S": "pi_é"},
        "archive_key": {"S": MESSAGE.archive_key},
        "received_at": {"S": "2026-11-21T12:00:00.25Z"},
        "verified": {"S": "v1"},
        "body_sha256": {"S": "ab" * 32},
        "secret_fingerprint": {"S": "1a2b3c4d"},
        "pan_like": {"BOOL": True},
        "trace_id": {"S": "1-2-3"},
        "expires_at": {"N": str(int(NOW.timestamp()) + 35 * 86400)},
    }


def test_the_signed_time_is_kept_where_there_is_one() -> None:
    """A scheme without a signed time leaves this attribute out."""
    assert build_record("stripe:evt_1", MESSAGE, changed(RECEIPT, signed_at=NOW))["signed_at"] == {
        "S": "2026-11-21T12:00:00.25Z"
    }


def test_a_record_says_until_when_the_archive_has_its_body() -> None:
    """A record can outlive its body, if the archive has an expiry."""
    of_archive = build_record("stripe:evt_1", MESSAGE, changed(RECEIPT, expiry_days=None, archive_days=400))
    assert of_archive["archived_until"] == {"S": "2027-12-26T12:00:00.25Z"}
    assert "archived_until" not in build_record("stripe:evt_1", MESSAGE, RECEIPT)


def test_a_record_without_an_expiry_stays() -> None:
    """DynamoDB keeps an item without the attribute."""
    kept = changed(RECEIPT, expiry_days=None)
    assert "expires_at" not in build_record("stripe:evt_1", MESSAGE, kept) | build_alias("a", "b", kept)


def test_an_alias_says_what_it_stands_for_and_expires_with_it() -> None:
    """An alias is a second key of the event."""
    assert build_alias("paypal:event:1", "paypal:transmission:2", RECEIPT) == {
        "key": {"S": "paypal:event:1"},
        "alias_of": {"S": "paypal:transmission:2"},
        "body_sha256": {"S": "ab" * 32},
        "received_at": {"S": "2026-11-21T12:00:00.25Z"},
        "expires_at": {"N": str(int(NOW.timestamp()) + 35 * 86400)},
    }

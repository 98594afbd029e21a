"""Ingestion and events of Adyen without a signature: archived and recorded, never published, never in a log line."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from support.log_lines import metrics_of
from support.pipeline.cloud import Cloud
from support.pipeline.system import System
from support.pipeline.webhooks import SECRETS, adyen_batch, signed
from support.records import changed

from hookline.core.providers.contract import Delivery, Settings
from hookline.core.signatures.fingerprint import fingerprint
from hookline.functions import ingestion

USER, PASSWORD = "adyen-user", "password-of-the-webhook"
CREDENTIALS = f"basic:{USER}:{PASSWORD}"
TOKEN = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
HEADERS = {"Authorization": f"Basic {TOKEN}"}
LOOKS_LIKE_MONEY = {
    "eventCode": "REPORT_AVAILABLE",
    "pspReference": "PSP1",
    "merchantAccountCode": "ACCOUNT",
    "amount": {"value": 9900, "currency": "EUR"},
    "success": "true",
}
"""A report with the fields of a payment."""


@pytest.fixture
def system() -> System:
    """Return the system with credentials of Adyen, in which reports need no signature."""
    made = System(Cloud())
    made.cloud.secrets = {"adyen": [SECRETS["adyen"], CREDENTIALS]}
    made.ingestion = changed(made.ingestion, settings=Settings(adyen_unsigned_types=("REPORT_AVAILABLE",)))
    return made


def report(**change: Any) -> Delivery:
    """Return a delivery with one unsigned report."""
    item = {**LOOKS_LIKE_MONEY, **change}
    return Delivery(json.dumps({"notificationItems": [{"NotificationRequestItem": item}]}).encode(), HEADERS)


def line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the last log line, after checking that it has no part of the credentials."""
    out = capsys.readouterr().out
    assert not any(text in out for text in (USER, PASSWORD, TOKEN))
    return json.loads(out.splitlines()[-1])


def test_an_unsigned_event_is_stored_and_never_published(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    """It has a metric of its own, because `Withheld` would raise an alarm for what the stack asked for."""
    delivery = report()
    assert system.post("adyen", delivery) == (200, {"status": "accepted", "events": 1})
    written = line(capsys)
    assert metrics_of(written) == {"UnsignedEvent": 1}
    [(key, record)] = system.cloud.items.items()
    assert key.startswith("adyen:unsigned:REPORT_AVAILABLE:")
    assert written["event_ids"] == [key.removeprefix("adyen:")]
    assert record["secret_fingerprint"] == {"S": fingerprint(CREDENTIALS, "arn:secret")}
    assert system.cloud.objects[record["archive_key"]["S"]] == delivery.body
    system.process()
    assert (system.cloud.queue, system.details()) == ([], [])


def test_the_same_unsigned_event_again_is_a_duplicate(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    """Another content is another event."""
    for delivery, expected in (
        (report(), {"UnsignedEvent": 1}),
        (report(), {"Duplicate": 1}),
        (report(success="false"), {"UnsignedEvent": 1}),
    ):
        assert system.post("adyen", delivery)[0] == 200
        assert metrics_of(line(capsys)) == expected


def test_an_unsigned_event_hides_no_signed_one(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    """An unsigned event with the reference of a payment comes first. The payment is published all the same."""
    assert system.post("adyen", report())[0] == 200
    payment = signed("adyen", adyen_batch("PSP1"), system.cloud.now)
    items = [*json.loads(payment.body)["notificationItems"], {"NotificationRequestItem": LOOKS_LIKE_MONEY}]
    mixed = Delivery(json.dumps({"notificationItems": items}).encode(), HEADERS)
    capsys.readouterr()
    assert system.post("adyen", mixed) == (200, {"status": "accepted", "events": 2})
    assert metrics_of(line(capsys)) == {"Accepted": 1, "Duplicate": 1}
    system.process()
    assert system.effects() == ["adyen:PSP1:AUTHORISATION:true"]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Basic " + base64.b64encode(b"adyen-user:wrong").decode()}, {"Authorization": TOKEN}],
)
def test_without_the_right_credentials_nothing_is_stored(
    system: System, headers: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer is 401, as for a wrong signature."""
    status, answer = system.post("adyen", Delivery(report().body, headers))
    assert (status, answer["error"]["code"]) == (401, "signature_invalid" if headers else "signature_missing")
    written = line(capsys)
    assert metrics_of(written) == {"Unauthorized": 1}
    assert "unusable_secrets" not in written
    assert system.stored() == (0, 0, 0)


def test_two_different_headers_are_refused(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody can know which of them counts, so neither does."""
    event = {
        "path": "/webhook/adyen",
        "body": report().body.decode(),
        "multiValueHeaders": {"Authorization": [HEADERS["Authorization"], "Basic eDp5"]},
    }
    assert ingestion.respond(system.ingestion, event)["statusCode"] == 401
    assert metrics_of(line(capsys)) == {"Unauthorized": 1}


def test_new_credentials_count_after_the_next_read(system: System, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong credentials make ingestion read the secrets again, as a wrong signature does."""
    system.cloud.secrets = {"adyen": [SECRETS["adyen"]]}
    assert system.post("adyen", signed("adyen", adyen_batch("P1"), system.cloud.now))[0] == 200
    system.cloud.secrets = {"adyen": [SECRETS["adyen"], CREDENTIALS]}
    system.cloud.now += timedelta(seconds=10)
    assert system.post("adyen", report())[0] == 200
    assert line(capsys)["UnsignedEvent"] == 1

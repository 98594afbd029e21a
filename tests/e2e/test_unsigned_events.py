"""An event of Adyen without a signature, sent through the real gateway with a user name and a password."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Iterator

import pytest
from support.live.providers import SETTLE_SECONDS, Providers

from hookline.core.providers.adyen import identify
from hookline.core.providers.contract import Delivery, Settings
from hookline.core.values.strict_json import decode
from hookline.core.webhooks.delivery_message import archive_key
from hookline.functions.secrets import MIN_SECONDS_BETWEEN_REFRESHES
from hookline.operate import secret_store
from hookline.operate.observations import poll

NAMED = Settings(adyen_unsigned_types=("REPORT_AVAILABLE",))
RIGHT, WRONG = "adyen-user:password-of-the-webhook", "adyen-user:another-password"


def report() -> bytes:
    """Return the body of a report with a new reference."""
    item = {"eventCode": "REPORT_AVAILABLE", "pspReference": f"report_{uuid.uuid4().hex}.csv", "success": "true"}
    return json.dumps({"live": "false", "notificationItems": [{"NotificationRequestItem": item}]}).encode()


def basic(text: str) -> dict[str, str]:
    """Return the header with a user name, a colon and a password."""
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@pytest.fixture
def providers(local_providers: Providers) -> Iterator[Providers]:
    """Return a sender for a local stack that has credentials of Adyen."""
    made = secret_store.add(local_providers.target, "adyen", f"basic:{RIGHT}")
    yield local_providers
    secret_store.remove(local_providers.target, "adyen", made.fingerprints[0])


def test_a_report_needs_the_right_password_and_is_only_archived(providers: Providers) -> None:
    """It is in the archive and the table, and not on the bus. Payments are accepted as ever."""
    body = report()

    def answer(headers: dict[str, str]) -> int:
        return providers.post("adyen", body, {"content-type": "application/json", **headers}).status_code

    assert [answer(headers) for headers in ({}, basic(WRONG))] == [401, 401]
    assert providers.looking.archived(archive_key("adyen", body)) is None
    assert poll(lambda: answer(basic(RIGHT)) == 200, 15.0 + MIN_SECONDS_BETWEEN_REFRESHES)
    assert answer(basic(WRONG)) == 401
    [event] = identify(Delivery(body, {}), decode(body), NAMED)
    assert providers.looking.archived(archive_key("adyen", body)) == body
    assert providers.looking.record(f"adyen:{event.signed_key}")["event_type"] == "REPORT_AVAILABLE"
    payment = providers.webhook("adyen")
    assert providers.send(payment, **basic(RIGHT)).status == 200
    providers.wait_for_bus(payment)
    time.sleep(SETTLE_SECONDS)
    assert event.event_id not in {each["detail"]["event_id"] for each in providers.looking.bus_events()}

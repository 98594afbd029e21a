"""Floods of made-up requests: deliveries whose certificate has verified before are accepted all the time."""

import contextlib
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from support.pipeline.cloud import Cloud
from support.pipeline.system import System
from support.providers.certificates import webhook_certificate
from support.providers.deliveries import SECRETS, settings, signed, with_header
from support.records import changed

from hookline.core.providers.contract import Delivery
from hookline.functions.providers.certificates import Certificates
from hookline.functions.providers.kept_certificates import KeptTable

CERTIFICATES = "https://api.paypal.com/v1/notifications/certs/CERT-"


class PayPal:
    """Ingestion with PayPal's certificate server, which has the certificates KNOWN and NEW.

    Attributes:
        system: the system.
    """

    def __init__(self) -> None:
        self.system = System(Cloud())
        self.system.cloud.secrets = {"paypal": [SECRETS["paypal"]]}
        self.restart()

    def restart(self) -> None:
        """Start a new execution environment."""
        cloud = self.system.cloud
        table = KeptTable(cloud, "webhooks")  # type: ignore[arg-type]
        certificates = Certificates(table, self._fetch, self._now)
        given = settings(certificates=lambda: certificates)
        self.system.ingestion = changed(self.system.ingestion, settings=given)
        self.system.restart()

    def post(self, certificate: str, event_id: str) -> tuple[int, dict[str, Any]]:
        """Send a genuine delivery with a certificate, and return the status and the log line."""
        delivery = signed("paypal", now=int(self.system.cloud.now.timestamp()), event_id=event_id)
        return self._send(with_header(delivery, "paypal-cert-url", CERTIFICATES + certificate))

    def flood(self, minute: int) -> None:
        """Send 31 requests with made-up certificate URLs."""
        delivery = signed("paypal", now=int(self.system.cloud.now.timestamp()))
        for number in range(31):
            url = f"{CERTIFICATES}made-up-{minute}-{number}"
            assert self._send(with_header(delivery, "paypal-cert-url", url))[0] == 401

    def _send(self, delivery: Delivery) -> tuple[int, dict[str, Any]]:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = self.system.post("paypal", delivery)[0]
        return status, json.loads(out.getvalue())

    def _now(self) -> float:
        return self.system.cloud.now.timestamp()

    def _fetch(self, url: str) -> bytes | None:
        return webhook_certificate().pem if url.endswith(("KNOWN", "NEW")) else None


@pytest.mark.parametrize("environment", ["old", "new"])
def test_an_hour_of_made_up_certificate_addresses_stops_no_known_one(environment: str) -> None:
    """A certificate that is seen for the first time gets through when the flood ends, with an alarm in between."""
    paypal = PayPal()
    assert paypal.post("KNOWN", "before")[0] == 200
    for minute in range(60):
        if environment == "new":
            paypal.restart()
        paypal.flood(minute)
        assert paypal.post("KNOWN", f"event-{minute}")[0] == 200
        status, line = paypal.post("NEW", "first-seen")
        assert (status, line["TooManyCertificates"], line["Unauthorized"]) == (401, 1, 1)
        paypal.system.cloud.now += timedelta(minutes=1)
    assert paypal.post("NEW", "first-seen")[0] == 200

"""Alarms and strangers: what anybody can send raises no alarm that wakes somebody."""

import itertools
import json
from datetime import timedelta

import pytest
from support.pipeline.cloud import Cloud
from support.pipeline.samples import system_for_samples
from support.pipeline.system import System
from support.pipeline.webhooks import signed, stripe_payment
from support.program import ALARM, named
from support.providers.deliveries import OTHER_SECRETS
from support.providers.deliveries import signed as genuine

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.contract import Delivery
from hookline.program.engine import Deployment

REQUESTS_PER_SECOND = 50
MADE_UP = "https://api.paypal.com/v1/notifications/certs/CERT-made-up"


def junk(name: str) -> list[Delivery]:
    """Return requests that anybody can make for a provider's endpoint."""
    forged = genuine(name, secret=OTHER_SECRETS[name])
    return [
        Delivery(b"", {}),
        Delivery(b"[" * 100_000, {}),
        Delivery(b"{}", forged.headers),
        Delivery(forged.body, {**forged.headers, "paypal-cert-url": MADE_UP}),
        Delivery(forged.body + b" ", forged.headers),
    ]


def test_forged_requests_raise_no_alarm_that_is_a_page(stack: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten minutes with 50 forged requests a second count only in metrics whose alarms are tickets, or have none."""
    system = system_for_samples()
    requests = [(name, delivery) for name in PROVIDER_NAMES for delivery in junk(name)]
    for name, delivery in itertools.islice(itertools.cycle(requests), 10 * 60 * REQUESTS_PER_SECOND):
        assert 400 <= system.post(name, delivery)[0] < 500
        system.cloud.now += timedelta(seconds=1 / REQUESTS_PER_SECOND)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    counted = {m["Name"] for line in lines for d in line["_aws"]["CloudWatchMetrics"] for m in d["Metrics"]}
    assert counted == {"Unauthorized", "Rejected"}
    assert max(len(json.dumps(line)) for line in lines) < 700
    pages = [a.inputs for a in named(stack, ALARM).values() if a.inputs["alarmDescription"].startswith("Page: ")]
    assert not counted & {alarm.get("metricName") for alarm in pages}


def test_an_accepted_event_raises_no_alarm(stack: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    """The metrics of a usual event have no alarm of a single metric."""
    system = System(Cloud())
    system.post("stripe", signed("stripe", stripe_payment(), system.cloud.now))
    system.process()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    counted = {m["Name"] for line in lines for m in line["_aws"]["CloudWatchMetrics"][0]["Metrics"] if line[m["Name"]]}
    assert not counted & {alarm.inputs.get("metricName") for alarm in named(stack, ALARM).values()}

"""The demo for a stack with both systems, or with only the providers system."""

from __future__ import annotations

import json

import pytest
from support.fakes.providers import BothSystems
from support.fakes.secrets_manager import FakeSecretsManager
from support.fakes.stack import serving

from hookline.operate import demo
from hookline.operate.demo import DemoLine, run_demo

TITLES = [
    "Stripe payment",
    "the same again",
    "Stripe, forged",
    "Stripe, 10 min late",
    "Adyen batch of two",
    "Square refund",
    "Razorpay dispute",
]


@pytest.fixture(autouse=True)
def _wait_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waiting times; the fake stack has all effects before it answers."""
    monkeypatch.setattr(demo, "SETTLE_SECONDS", 0.05)
    monkeypatch.setattr(demo, "ARRIVAL_SECONDS", 0.3)


def run(stack: BothSystems) -> dict[str, DemoLine]:
    """Return the lines of a run by title."""
    with serving(stack) as target:
        return {line.step.title: line for line in run_demo(target)}


def test_both_systems_are_shown() -> None:
    """All fourteen lines are as expected; the lines of providers have the archive, the bus and the queues."""
    lines = run(BothSystems())
    assert (len(lines), [*lines][7:]) == (14, TITLES)
    assert [title for title, line in lines.items() if not line.as_expected] == []
    batch = lines["Adyen batch of two"]
    assert (batch.on_bus, sorted(arrival.queue for arrival in batch.arrivals)) == (2, ["dispute", "payment"])
    assert batch.archive_key.startswith("adyen/")
    assert batch.arrival_milliseconds is not None
    assert [lines[title].answer.status for title in TITLES] == [200, 200, 401, 401, 200, 200, 200]
    assert lines["Stripe, forged"].archive_key == ""


def test_where_captures_are_made_by_hand_a_capture_is_the_payment() -> None:
    """With `adyenCapture: manual`, the batch contains a capture, because an authorisation is not yet a payment."""
    stack = BothSystems()
    stack.outputs["adyen_capture"] = "manual"
    lines = run(stack)
    assert [title for title, line in lines.items() if not line.as_expected] == []
    batch = lines["Adyen batch of two"]
    assert sorted(arrival.queue for arrival in batch.arrivals) == ["dispute", "payment"]
    assert b'"CAPTURE"' in batch.step.body


def test_a_stack_of_providers_alone_shows_their_lines() -> None:
    """The stack forwards no transactions, so the demo expects no messages."""
    stack = BothSystems()
    transactions = {"webhook_url", "signing_secret_arn", "allow_unsigned", "forward_failures_queue_url"}
    for name in [name for name in stack.outputs if name in transactions]:
        del stack.outputs[name]
    lines = run(stack)
    assert [*lines] == TITLES
    assert [title for title, line in lines.items() if not line.as_expected] == []
    assert all(not line.arrivals for line in lines.values())


def test_only_providers_with_a_secret_are_shown() -> None:
    """A deployed stack may have secrets of only some providers."""
    value = json.dumps({"square": ["square-secret"], "stripe": []})
    lines = run(BothSystems(provider_secrets=FakeSecretsManager(value)))
    assert [*lines][7:] == ["Square refund"]


def test_a_webhook_that_has_no_effect_is_not_as_expected() -> None:
    """The answer 200 without effects is not enough."""
    lines = run(BothSystems(forgetful=True))
    assert {title for title in TITLES if not lines[title].as_expected} == set(TITLES) - {
        "the same again",
        "Stripe, forged",
        "Stripe, 10 min late",
    }


def test_a_refused_webhook_that_has_an_effect_is_not_as_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer 401 with effects is a failure."""
    stack, fair = BothSystems(), BothSystems._receive

    def leak(self: BothSystems, webhook: object) -> tuple[int, dict[str, object]]:
        status, answer = fair(self, webhook)  # type: ignore[arg-type]
        if status == 401:
            self._keep(webhook)  # type: ignore[arg-type]
        return status, answer

    monkeypatch.setattr(BothSystems, "_receive", leak)
    lines = run(stack)
    assert {title for title in TITLES if not lines[title].as_expected} == {"Stripe, forged", "Stripe, 10 min late"}

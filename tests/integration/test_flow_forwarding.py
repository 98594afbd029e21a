"""The validator's retries of the queue forward-failures, in local mode, with the permissions of its role."""

from __future__ import annotations

from typing import Any

import pytest
from integration.flow import Flow
from support.live.providers import Providers
from support.live.webhooks import ARRIVAL_SECONDS, eventually
from support.pipeline.forward_path import report


@pytest.fixture
def providers(flow: Flow) -> Providers:
    """Return the providers system of the stack."""
    return Providers.of(flow.webhooks.target, flow.webhooks.http)


@pytest.fixture
def event(providers: Providers) -> dict[str, Any]:
    """Return the bus event of a payment that is booked, with the form in which the bus delivers it."""
    webhook = providers.webhook("stripe")
    with providers.watch(webhook) as arrivals:
        assert providers.send(webhook).status == 200
        assert arrivals.wait_for(webhook.transactions, ARRIVAL_SECONDS) == set()
        providers.wait_for_bus(webhook)
    return providers.bus_events(webhook)[0]


def put(flow: Flow, body: str) -> None:
    """Send a message to forward-failures, as Lambda does."""
    url = flow.webhooks.target.outputs["forward_failures_queue_url"]
    flow.client("sqs").send_message(QueueUrl=url, MessageBody=body)


def next_dead_letter(flow: Flow) -> tuple[str, str]:
    """Remove the next message from forward-dlq, and return its body and its reason."""
    sqs, url = flow.client("sqs"), flow.webhooks.target.outputs["forward_dlq_url"]
    found: list[dict[str, Any]] = []

    def receive() -> bool:
        answer = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=1)
        found.extend(answer.get("Messages", []))
        return bool(found)

    assert eventually(receive)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
    return found[0]["Body"], found[0]["MessageAttributes"]["reason"]["StringValue"]


def test_an_event_that_lies_in_forward_failures_is_booked(
    flow: Flow, providers: Providers, event: dict[str, Any]
) -> None:
    """An older version may have left it there."""
    event["detail"]["transactions"][0]["event_id"] = name = f"stripe:{flow.webhooks.prefix}late"
    with providers.watch_ids(name) as arrivals:
        put(flow, report(event))
        assert arrivals.wait_for([name], ARRIVAL_SECONDS) == set()
    assert len(arrivals.of(name)) == 1


def test_what_no_retry_mends_goes_to_the_dead_letters_with_its_reason(flow: Flow, event: dict[str, Any]) -> None:
    """A conflict, and a message that Lambda did not send."""
    event["detail"]["transactions"][0]["amount"] = "99999.99"
    put(flow, report(event))
    assert next_dead_letter(flow) == (report(event), "event_conflict")
    put(flow, "something else")
    assert next_dead_letter(flow) == ("something else", "malformed_message")

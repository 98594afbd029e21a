"""Least privilege in the providers system: without one of its permissions, the flow fails as expected, and recovers.

The emulator enforces IAM. The end-to-end tests show that a role's permissions are enough. These tests show that no
permission is unnecessary.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from integration.flow import Flow, Permission, now
from support.live.providers import Providers
from support.live.webhooks import ARRIVAL_SECONDS, assert_refused, eventually

from hookline.operate.sending.provider_webhooks import Webhook

STORING = [
    Permission("ingestion", "dynamodb:GetItem", "table"),
    Permission("ingestion", "s3:PutObject", "archive"),
    Permission("ingestion", "sqs:SendMessage", "fifo"),
    Permission("ingestion", "dynamodb:PutItem", "table"),
]
GET_SECRET = Permission("ingestion", "secretsmanager:GetSecretValue", "secret")
PUBLISHING = [Permission("processing", "s3:GetObject", "archive"), Permission("processing", "events:PutEvents", "bus")]
NOT_ENFORCED = {
    **{
        Permission(role, action, resource): reason
        for role in ("ingestion", "processing")
        for action, resource, reason in (
            ("logs:CreateLogStream", "log-group", "the emulator writes a function's log itself, with no role"),
            ("logs:PutLogEvents", "log-group", "the emulator writes a function's log itself, with no role"),
            ("xray:PutTraceSegments", "*", "the emulator keeps no traces"),
            ("xray:PutTelemetryRecords", "*", "the emulator keeps no traces"),
        )
    },
    **{
        Permission("processing", f"sqs:{action}", "fifo"): "the emulator reads queues itself; `hookline up` asks once"
        for action in ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
    },
}
RETURN_SECONDS = 3


@pytest.fixture
def providers(flow: Flow) -> Providers:
    """Return the providers system of the stack that tests may damage."""
    return Providers.of(flow.webhooks.target, flow.webhooks.http)


@pytest.fixture
def quick_return(flow: Flow) -> Iterator[None]:
    """Shorten the visibility timeout of the FIFO queue to seconds."""
    sqs, url = flow.client("sqs"), flow.webhooks.target.outputs["sqs_queue_url"]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(RETURN_SECONDS)})
    yield
    sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


def test_every_permission_of_both_roles_is_one_that_a_test_takes_away(flow: Flow) -> None:
    """A new permission needs a test that removes it, or a reason why no test can."""
    shown = {*STORING, GET_SECRET, *PUBLISHING}
    there = [*flow.permissions("ingestion"), *flow.permissions("processing")]
    assert sorted(there) == sorted(shown | NOT_ENFORCED.keys())


def denials(flow: Flow, role: str, since: int) -> list[str]:
    """Return the AccessDenied errors in a function's log lines."""
    lines = flow.log_lines(role, since)
    codes = [code for line in lines for code in [line.get("error", ""), *(line.get("errors") or {})]]
    return [code for code in codes if "AccessDenied" in code]


def assert_complete(providers: Providers, webhook: Webhook) -> None:
    """Assert that all effects of a webhook exist, each exactly once."""
    providers.wait_for_bus(webhook)
    assert providers.looking.archived(webhook.archive_key) == webhook.body
    assert providers.looking.record(providers.keys(webhook)[0])
    assert len(providers.bus_events(webhook)) == 1


@pytest.mark.parametrize("permission", STORING, ids=lambda permission: permission.action)
def test_ingestion_that_may_not_store_answers_503_and_completes_the_next_try(
    permission: Permission, flow: Flow, providers: Providers
) -> None:
    """There is no wrong 2xx and no record; the log has the denied call, and the retry succeeds."""
    webhook, since = providers.webhook("stripe"), now()
    with providers.watch(webhook) as arrivals:
        with flow.without(permission):
            assert_refused(providers.send(webhook), 503, "unavailable")
            assert eventually(lambda: bool(denials(flow, "ingestion", since)))
        assert providers.looking.record(providers.keys(webhook)[0]) == {}
        assert providers.send(webhook).body == {"status": "accepted", "events": 1}
        assert arrivals.wait_for(webhook.transactions, ARRIVAL_SECONDS) == set()
        assert_complete(providers, webhook)
    assert len(arrivals.all()) == 1


def test_ingestion_that_may_not_read_the_secret_accepts_nothing(flow: Flow, providers: Providers) -> None:
    """Without the secret, a valid and a forged signature get the same 503."""
    webhook, forged = providers.webhook("stripe"), providers.webhook("stripe")
    forged.headers["stripe-signature"] = webhook.headers["stripe-signature"]
    with flow.without(GET_SECRET):
        flow.start_new_instances("ingestion")
        since = now()
        assert_refused(providers.send(webhook), 503, "unavailable")
        assert_refused(providers.send(forged), 503, "unavailable")
        assert eventually(lambda: bool(denials(flow, "ingestion", since)))
        providers.assert_left_nothing(webhook, forged)
    assert providers.until_accepted(webhook).code == "accepted"
    assert_complete(providers, webhook)


@pytest.mark.parametrize("permission", PUBLISHING, ids=lambda permission: permission.action)
def test_processing_that_may_not_publish_keeps_the_delivery_until_it_may(
    permission: Permission, quick_return: None, flow: Flow, providers: Providers
) -> None:
    """The message stays in the queue, the log has the reason, and the event is published once."""
    large = f"data.object.refund.reason={'x' * 61_440}"  # too large for the message in the queue
    webhook, since = providers.webhook("square", "refund", large), now()
    with providers.watch(webhook) as arrivals:
        with flow.without(permission):
            assert providers.send(webhook).status == 200
            assert eventually(lambda: bool(denials(flow, "processing", since)), pause=0.05)
            assert providers.bus_events(webhook) == []
        assert arrivals.wait_for(webhook.transactions, ARRIVAL_SECONDS) == set()
        assert_complete(providers, webhook)
    assert [arrival.queue for arrival in arrivals.all()] == ["refund"]

"""Least privilege: without any one of its permissions, the flow fails in the expected way.

The emulator enforces IAM. The end-to-end tests show that a role's permissions are enough. These tests show that no
permission is unnecessary.
"""

from __future__ import annotations

import pytest
from integration.flow import Flow, Permission, now
from support.live.webhooks import assert_refused, eventually

from hookline.core.transactions.transaction import TRANSACTION_TYPES
from hookline.operate.sending.send import encode, signature_headers

PUT_ITEM = Permission("validator", "dynamodb:PutItem", "table")
GET_SECRET = Permission("validator", "secretsmanager:GetSecretValue", "secret")
SEND = {kind: Permission("router", "sqs:SendMessage", f"{kind}s-queue") for kind in TRANSACTION_TYPES}
REPORT_FAILURES = Permission("router", "sqs:SendMessage", "router-failures-queue")
STREAM = [
    Permission("router", f"dynamodb:{action}", "stream")
    for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
]
NOT_ENFORCED = {
    Permission(role, action, resource): reason
    for role in ("validator", "router")
    for action, resource, reason in (
        ("logs:CreateLogStream", "log-group", "the emulator writes a function's log itself, with no role"),
        ("logs:PutLogEvents", "log-group", "the emulator writes a function's log itself, with no role"),
        ("xray:PutTraceSegments", "*", "the emulator keeps no traces"),
        ("xray:PutTelemetryRecords", "*", "the emulator keeps no traces"),
    )
}


def test_every_permission_of_every_role_is_one_that_a_test_takes_away(flow: Flow) -> None:
    """A new permission needs a test that removes it, or a reason why no test can."""
    shown = {PUT_ITEM, GET_SECRET, *SEND.values(), REPORT_FAILURES, *STREAM}
    there = [*flow.permissions("validator"), *flow.permissions("router")]
    assert sorted(there) == sorted(shown | NOT_ENFORCED.keys())


def test_a_validator_that_may_not_write_answers_503_and_says_why(flow: Flow) -> None:
    """The sender never gets a wrong 2xx, and a later retry succeeds."""
    event, since = flow.webhooks.event(), now()
    with flow.webhooks.watch() as arrivals:
        with flow.without(PUT_ITEM):
            response = flow.webhooks.http.post(flow.webhooks.target.webhook_url, json=event)
            assert (response.status_code, response.headers["retry-after"]) == (503, "5")
            assert response.json()["error"]["code"] == "unavailable"
        (line,) = flow.log_lines("validator", since)
        assert (line["outcome"], line["error"], line["Unavailable"]) == ("unavailable", "AccessDeniedException", 1)
        assert flow.webhooks.send(event).status == 202
        flow.assert_arrive(arrivals, ["1"])


def test_a_validator_that_may_not_read_the_secret_accepts_nothing_that_is_signed(flow: Flow) -> None:
    """Without the secret, a valid and a forged signature get the same 503."""
    body = encode(flow.webhooks.event())
    secret = flow.webhooks.target.signing_secrets()[0]
    with flow.webhooks.watch() as arrivals:
        with flow.without(GET_SECRET):
            flow.start_new_instances("validator")
            since = now()
            assert_refused(flow.webhooks.send(body, signature_headers(secret, body)), 503, "unavailable")
            forged = signature_headers(secret, body) | {"webhook-signature": "v1," + "A" * 43 + "="}
            assert_refused(flow.webhooks.send(body, forged), 503, "unavailable")
        assert "AccessDeniedException" in {line.get("error") for line in flow.log_lines("validator", since)}
        assert eventually(lambda: flow.webhooks.send(body, signature_headers(secret, body)).status == 202)
        flow.assert_arrive(arrivals, ["1"])


@pytest.mark.parametrize("kind", TRANSACTION_TYPES)
def test_a_router_that_may_not_send_to_a_queue_keeps_the_event_until_it_may(kind: str, flow: Flow) -> None:
    """The record is reported as failed and delivered again, until it is in its queue."""
    since = now()

    def denied() -> bool:
        errors = [code for line in flow.log_lines("router", since) for code in line.get("errors", ())]
        return any("AccessDenied" in code for code in errors)

    with flow.webhooks.watch() as arrivals:
        with flow.without(SEND[kind]):
            assert flow.webhooks.send(flow.webhooks.event(kind=kind)).status == 202
            assert eventually(denied, pause=0.05)
            assert arrivals.all() == []
        flow.assert_arrive(arrivals, ["1"])
    assert [arrival.queue for arrival in arrivals.all()] == [kind]


@pytest.mark.parametrize("permission", STREAM, ids=lambda permission: permission.action)
def test_a_router_that_may_not_read_the_stream_gets_no_events(permission: Permission, flow: Flow) -> None:
    """Events wait in the stream, and arrive after the permission is restored."""
    offset = flow.emulator_log.stat().st_size
    with flow.webhooks.watch() as arrivals:
        with flow.without(permission):
            assert flow.emulator_says(f"does not allow {permission.action}", offset)
            assert flow.webhooks.send(flow.webhooks.event()).status == 202
            assert arrivals.wait_for([f"{flow.webhooks.prefix}1"], 1.0)
        flow.assert_arrive(arrivals, ["1"])


def test_failures_are_reported_with_the_routers_role(flow: Flow) -> None:
    """Without the permission for the failure queue, the record waits in the stream and is not lost."""
    since = now()
    with flow.webhooks.watch() as arrivals:
        with flow.without(REPORT_FAILURES):
            flow.write_poison("poison")
            assert eventually(lambda: any("errors" in line for line in flow.log_lines("router", since)), pause=0.1)
            assert flow.webhooks.waiting(flow.webhooks.target.outputs["router_failures_queue_url"]) == 0
        assert flow.webhooks.send(flow.webhooks.event("after")).status == 202
        flow.assert_arrive(arrivals, ["after"])
    assert flow.next_failure()["code"] == "MalformedRecord"

"""The functions' log lines: enough to find an event, without its content."""

from __future__ import annotations

from integration.flow import Flow, now
from support.live.webhooks import eventually

from hookline.operate.sending.send import encode

CANARY = "canary-7d3f"
CARD = "4111111111111111"


def test_no_payload_header_or_card_number_is_logged(flow: Flow) -> None:
    """The requests cover all outcomes, a bad signature, and an id with a card number."""
    since, prefix = now(), flow.webhooks.prefix
    metadata = {"note": CANARY, "card": CARD, CANARY: "4242 4242 4242 4242"}
    event = flow.webhooks.event("fine", amount="7777.77", metadata=metadata)
    card = flow.webhooks.event(CARD, metadata=metadata)
    headers = {"x-note": CANARY, "user-agent": CANARY, "authorization": f"Bearer {CANARY}", "cookie": CARD}
    unsigned = {f"webhook-{name}": CANARY for name in ("id", "timestamp", "signature")}
    requests = [
        (event, headers, 202),
        (event, headers, 200),
        ({**event, "amount": "7777.78"}, headers, 409),
        ({**event, "amount": f"7777.77 {CANARY}"}, headers, 422),
        ({**event, "currency": CANARY}, headers, 422),
        ({**event, "timestamp": CANARY}, headers, 422),
        ({**event, "event_id": f"{CANARY} {CARD}"}, headers, 422),
        (encode(event).replace(b'"card"', b'"note"'), headers, 400),
        (event, headers | {"content-type": CANARY}, 415),
        (event, headers | unsigned, 401),
        (card, headers, 202),
    ]
    with flow.webhooks.watch() as arrivals:
        for body, sent, status in requests:
            assert flow.webhooks.send(body, sent).status == status
        flow.assert_arrive(arrivals, ["fine", CARD])

    assert eventually(lambda: len(flow.log_lines("validator", since)) >= len(requests))
    assert eventually(lambda: sum(line["Routed"] for line in flow.log_lines("router", since)) >= 2)
    logged = flow.log_texts("validator", since) + flow.log_texts("router", since)
    text = "\n".join(logged)
    assert f"{prefix}fine" in text  # proves that the log has the right events
    for secret in (CANARY, CARD, "4242 4242", "7777.7"):
        assert secret not in text


def test_one_line_of_the_validator_tells_an_event_from_its_trace_to_its_outcome(flow: Flow) -> None:
    """The line has the event id, the type, the trace id of the message, and the outcome as a metric."""
    since = now()
    with flow.webhooks.watch() as arrivals:
        assert flow.webhooks.send(flow.webhooks.event()).status == 202
        flow.assert_arrive(arrivals, ["1"])
    (line,) = flow.log_lines("validator", since)
    (arrival,) = arrivals.all()
    assert line["event_id"] == f"{flow.webhooks.prefix}1"
    assert (line["transaction_type"], line["unsigned"]) == ("payment", True)
    assert line["trace_id"] == arrival.attributes["trace_id"]
    assert (line["Service"], line["Environment"], line["Accepted"]) == ("transactions", "flow", 1)

"""Delivery of bus events to the targets of rules in local mode."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from support.fakes.emulator import FakeCloud
from support.fakes.errors import client_error

from hookline.local.cloud import Cloud
from hookline.local.stand_ins import bus
from hookline.local.stand_ins.bus import HIDDEN_QUEUE, RuleTarget

QUEUE_URL = f"http://127.0.0.1:1/000000000000/{HIDDEN_QUEUE}x"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:validator-dev"
GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/provider-events-dev"
FAILURES = "arn:aws:sqs:us-east-1:000000000000:rule-failures-dev"
RULE = "arn:aws:events:us-east-1:000000000000:rule/provider-events-dev/stripe-dev"


def messages(*bodies: str) -> dict[str, Any]:
    """Return an answer of ReceiveMessage."""
    return {"Messages": [{"Body": body, "ReceiptHandle": f"handle of {body}"} for body in bodies]}


def target(cloud: Cloud, arn: str, dead_letters: str = FAILURES) -> RuleTarget:
    """Return a target with a hidden queue."""
    return RuleTarget(cloud, QUEUE_URL, arn, RULE, dead_letters)


def test_events_are_written_to_a_log_group_one_by_one_and_then_gone() -> None:
    """All events go to one log stream, in order and unchanged."""
    cloud = FakeCloud(answers={"receive_message": [messages("one", "two")]})
    assert target(cloud, GROUP).take(0) == 2
    (stream,) = cloud.arguments("create_log_stream")
    assert stream["logGroupName"] == "/aws/events/provider-events-dev"
    written = cloud.arguments("put_log_events")
    assert [line["message"] for put in written for line in put["logEvents"]] == ["one", "two"]
    assert {put["logStreamName"] for put in written} == {stream["logStreamName"]}
    assert [gone["ReceiptHandle"] for gone in cloud.arguments("delete_message")] == ["handle of one", "handle of two"]


def test_a_function_is_invoked_as_lambdas_own_queue_does_it() -> None:
    """The invocation is asynchronous, so that the function's retries and failure destination work."""
    cloud = FakeCloud(answers={"receive_message": [messages("{}")]})
    target(cloud, FUNCTION).take(0)
    assert cloud.arguments("invoke") == [{"FunctionName": FUNCTION, "InvocationType": "Event", "Payload": b"{}"}]


def test_a_queue_gets_the_event_as_the_body_of_a_message() -> None:
    """The target is a queue of the user."""
    cloud = FakeCloud(answers={"receive_message": [messages("{}")]})
    target(cloud, "arn:aws:sqs:us-east-1:000000000000:ledger").take(0)
    assert cloud.arguments("send_message") == [
        {"QueueUrl": f"{cloud.endpoint}/000000000000/ledger", "MessageBody": "{}"}
    ]


def test_a_state_machine_starts_with_the_event_as_its_input() -> None:
    """Each event is one execution."""
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:disputes"
    cloud = FakeCloud(answers={"receive_message": [messages("{}")]})
    target(cloud, arn).take(0)
    assert cloud.arguments("start_execution") == [{"stateMachineArn": arn, "input": "{}"}]


OTHER_BUS = "arn:aws:events:us-east-1:000000000000:event-bus/company"
EVENT = json.dumps({"source": "hookline.stripe", "detail-type": "charge.refunded", "detail": {"key": "a"}})


def test_another_bus_gets_the_event_with_its_source_type_and_detail() -> None:
    """So the rules of that bus can select it as the rules of this one do."""
    cloud = FakeCloud(answers={"receive_message": [messages(EVENT)]})
    target(cloud, OTHER_BUS).take(0)
    entry = {"Source": "hookline.stripe", "DetailType": "charge.refunded", "Detail": '{"key": "a"}'}
    assert cloud.arguments("put_events") == [{"Entries": [{"EventBusName": "company", **entry}]}]


def test_an_event_for_a_bus_that_is_gone_ends_in_the_dead_letters() -> None:
    """`PutEvents` alone would not tell that the bus does not exist."""
    missing = client_error("ResourceNotFoundException")
    cloud = FakeCloud(answers={"receive_message": [messages(EVENT)], "describe_event_bus": [missing]})
    target(cloud, OTHER_BUS).take(0)
    assert cloud.arguments("put_events") == []
    assert [sent["MessageBody"] for sent in cloud.arguments("send_message")] == [EVENT]


def test_an_empty_queue_is_no_work() -> None:
    """No event is delivered, and no message is deleted."""
    cloud = FakeCloud()
    assert target(cloud, FUNCTION).take(0) == 0
    assert [name for _, name, _ in cloud.calls] == ["receive_message"]


def test_what_a_target_refuses_for_now_is_repeated() -> None:
    """A throttled message stays in the queue, and the next messages are delivered."""
    cloud = FakeCloud(
        answers={"receive_message": [messages("a", "b")], "invoke": [client_error("TooManyRequestsException"), {}]}
    )
    target(cloud, FUNCTION).take(0)
    assert [gone["ReceiptHandle"] for gone in cloud.arguments("delete_message")] == ["handle of b"]
    assert cloud.arguments("send_message") == []


def test_an_event_for_a_target_that_is_gone_ends_in_the_dead_letters() -> None:
    """The message has AWS's attributes for the rule, the target and the error."""
    cloud = FakeCloud(
        answers={"receive_message": [messages("{}")], "invoke": [client_error("ResourceNotFoundException")]}
    )
    target(cloud, FUNCTION).take(0)
    (sent,) = cloud.arguments("send_message")
    assert sent["QueueUrl"].endswith("/000000000000/rule-failures-dev")
    assert sent["MessageBody"] == "{}"
    attributes = {key: value["StringValue"] for key, value in sent["MessageAttributes"].items()}
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {"RULE_ARN": RULE, "TARGET_ARN": FUNCTION, "ERROR_CODE": "ResourceNotFoundException"}
    assert len(cloud.arguments("delete_message")) == 1


def test_without_dead_letters_such_an_event_is_dropped_as_on_aws() -> None:
    """The delivery is not retried forever."""
    cloud = FakeCloud(
        answers={"receive_message": [messages("{}")], "invoke": [client_error("ResourceNotFoundException")]}
    )
    target(cloud, FUNCTION, dead_letters="").take(0)
    assert cloud.arguments("send_message") == []
    assert len(cloud.arguments("delete_message")) == 1


def test_a_log_stream_that_could_not_be_made_is_made_later() -> None:
    """After a failed CreateLogStream, the next event tries it again."""
    cloud = FakeCloud(
        answers={
            "receive_message": [messages("a", "b")],
            "create_log_stream": [client_error("ServiceUnavailableException"), {}],
        }
    )
    target(cloud, GROUP).take(0)
    assert [put["logEvents"][0]["message"] for put in cloud.arguments("put_log_events")] == ["b"]


TAGS = {"Tags": {"target": FUNCTION, "rule": RULE, "dead-letters": FAILURES}}


def test_a_hidden_queues_tags_say_where_its_events_belong() -> None:
    """The tags name the target, the rule and, optionally, the dead-letter queue."""
    assert bus.find(FakeCloud(answers={"list_queue_tags": [TAGS]}), QUEUE_URL).dead_letters == FAILURES
    bare = {"Tags": {"target": FUNCTION, "rule": RULE}}
    found = bus.find(FakeCloud(answers={"list_queue_tags": [bare]}), QUEUE_URL)
    assert (found.arn, found.rule, found.dead_letters) == (FUNCTION, RULE, "")


def test_delivery_ends_in_silence_when_the_target_is_removed() -> None:
    """Removing a target also removes its hidden queue."""
    log: list[str] = []
    cloud = FakeCloud(
        answers={"receive_message": [messages("{}"), client_error("AWS.SimpleQueueService.NonExistentQueue")]}
    )
    bus.serve(target(cloud, FUNCTION), log.append)
    assert len(cloud.arguments("invoke")) == 1
    assert log == []


@pytest.mark.parametrize("error", [client_error("InternalError"), EndpointConnectionError(endpoint_url="http://x")])
def test_any_other_error_is_said(error: Exception) -> None:
    """The log line names the target."""
    log: list[str] = []
    bus.serve(target(FakeCloud(answers={"receive_message": [error]}), FUNCTION), log.append)
    (line,) = log
    assert FUNCTION in line


def test_each_target_has_one_thread_and_gets_another_when_it_has_ended() -> None:
    """Each check starts missing threads and keeps running ones."""
    urls = {"QueueUrls": [QUEUE_URL]}
    gone = client_error("AWS.SimpleQueueService.NonExistentQueue")
    cloud = FakeCloud(
        answers={"list_queues": [urls, urls, {}], "list_queue_tags": [TAGS, TAGS], "receive_message": [gone, gone]}
    )
    threads: dict[str, threading.Thread] = {}
    bus.follow(cloud, threads, print)
    threads[QUEUE_URL].join()
    first = threads[QUEUE_URL]
    bus.follow(cloud, threads, print)
    second = threads[QUEUE_URL]
    second.join()
    assert first is not second
    bus.follow(cloud, threads, print)
    assert threads[QUEUE_URL] is second
    assert cloud.arguments("list_queues")[0] == {"QueueNamePrefix": HIDDEN_QUEUE}


def test_a_thread_that_runs_is_left_alone() -> None:
    """Two threads never deliver from the same queue."""
    stop = threading.Event()
    running = threading.Thread(target=stop.wait)
    running.start()
    cloud = FakeCloud(answers={"list_queues": [{"QueueUrls": [QUEUE_URL]}]})
    threads = {QUEUE_URL: running}
    bus.follow(cloud, threads, print)
    stop.set()
    running.join()
    assert threads == {QUEUE_URL: running}


class Looks(threading.Event):
    """An event that is set after a number of rounds."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self._rounds = rounds

    def wait(self, timeout: float | None = None) -> bool:
        """Return True after the last round, without waiting."""
        self._rounds -= 1
        return self._rounds < 0


def test_it_goes_on_while_the_emulator_starts() -> None:
    """An error of one check is logged, and the next check still runs."""
    log: list[str] = []
    cloud = FakeCloud(answers={"list_queues": [client_error("InternalError"), {}]})
    bus.deliver_forever(cloud, Looks(2), log.append)
    assert log == ["bus: ClientError"]
    assert len(cloud.arguments("list_queues")) == 2


def test_events_are_text_that_json_understands() -> None:
    """The function gets exactly the event that matched the rule."""
    event = json.dumps({"detail-type": "payment", "detail": {"name": "Zoë"}}, ensure_ascii=False)
    cloud = FakeCloud(answers={"receive_message": [messages(event)]})
    target(cloud, FUNCTION).take(0)
    assert json.loads(cloud.arguments("invoke")[0]["Payload"]) == json.loads(event)

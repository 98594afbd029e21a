"""Inputs that the makers reject, and calls that they make to the emulator."""

from __future__ import annotations

from typing import Any

import pytest
from support.fakes.emulator import FakeCloud

from hookline.local.provision.inputs import Inputs, UnsupportedInput
from hookline.local.provision.making import Made, Maker, Making
from hookline.local.provision.state import Record, Undo
from hookline.local.resources import apigateway, functions, iam, secretsmanager, sqs
from hookline.program.wire import Archive

STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/1"


def making(**inputs: Any) -> Making:
    """Return a creation with a fake cloud."""
    record = Record("urn:pulumi:dev::test::t::n", 1, "digest")

    def keep(of: Record, step: Undo | None) -> None:
        of.undo += [step] if step else []

    return Making(FakeCloud(), Inputs(inputs), {"Service": "x"}, interrupted=False, record=record, keep=keep)


def mapping(**inputs: Any) -> dict[str, Any]:
    """Return the inputs of an event source mapping."""
    return {"eventSourceArn": STREAM, "functionName": "f", "startingPosition": "LATEST", **inputs}


@pytest.mark.parametrize(
    ("maker", "inputs", "problem"),
    [
        (secretsmanager.secret, {"name": "s", "recoveryWindowInDays": 7}, "'recoveryWindowInDays'"),
        (iam.role, {"name": "r", "forceDetachPolicies": True}, "'forceDetachPolicies'"),
        (functions.function, {"packageType": "Image"}, "'packageType'"),
        (functions.event_source_mapping, mapping(enabled=False), "'enabled'"),
        (functions.event_source_mapping, mapping(tumblingWindowInSeconds=5), "'tumblingWindowInSeconds'"),
        (
            functions.event_source_mapping,
            mapping(eventSourceArn="arn:aws:kinesis:x"),
            "only for DynamoDB streams and SQS queues",
        ),
        (
            functions.event_source_mapping,
            mapping(filterCriteria={"filters": [{"pattern": '{"dynamodb": {"Keys": ["x"]}}'}]}),
            "only filters on exact values of top-level keys",
        ),
        (
            functions.event_source_mapping,
            mapping(destinationConfig={"onFailure": {"destinationArn": "arn:aws:sns:x"}}),
            "only SQS queues as failure destinations",
        ),
        (
            apigateway.method_settings,
            {"restApi": "a", "stageName": "s", "methodPath": "*/*", "settings": {"colour": 1, "cacheTtl": 2}},
            "does not know the argument 'cacheTtl', 'colour'",
        ),
    ],
)
def test_what_cannot_be_honoured_is_refused_before_anything_is_made(
    maker: Maker, inputs: dict[str, Any], problem: str
) -> None:
    """Each message names the argument or the limit."""
    creation = making(**inputs)
    with pytest.raises(UnsupportedInput, match=problem):
        maker(creation)
    assert (creation.record.undo, creation.cloud.calls) == ([], [])  # type: ignore[attr-defined]


def test_a_mapping_is_made_switched_off_since_the_poller_does_its_work() -> None:
    """A failure destination is optional."""
    creation = making(**mapping(batchSize=5))
    creation.cloud.answers["create_event_source_mapping"] = {"UUID": "u", "FunctionArn": "arn"}  # type: ignore[attr-defined]
    assert functions.event_source_mapping(creation).id == "u"
    ((_, _, arguments),) = creation.cloud.calls  # type: ignore[attr-defined]
    assert arguments == {
        "EventSourceArn": STREAM,
        "FunctionName": "f",
        "StartingPosition": "LATEST",
        "BatchSize": 5,
        "Enabled": False,
        "Tags": {"Service": "x"},
    }
    assert [step.arguments for step in creation.record.undo] == [{"UUID": "u"}]


def test_a_function_with_another_name_is_made_anew() -> None:
    """The update calls of Lambda cannot change a name."""
    assert functions.update_function(making(name="other", code=Archive({})), Made("f", {"arn": "arn"})) is None


URL = "http://127.0.0.1:9/000000000000/q"


@pytest.mark.parametrize(
    ("before", "changes"),
    [
        ({"Service": "x"}, []),
        ({"Service": "y"}, [("tag_queue", {"Tags": {"Service": "x"}})]),
        ({}, [("tag_queue", {"Tags": {"Service": "x"}})]),
        ({"Service": "x", "Gone": "1"}, [("untag_queue", {"TagKeys": ["Gone"]})]),
    ],
)
def test_a_queue_is_updated_with_its_messages(before: dict[str, str], changes: list[tuple[str, Any]]) -> None:
    """It gets its new attributes and tags, and loses the tags that the program no longer sets."""
    update = making(name="q", visibilityTimeoutSeconds=60, sqsManagedSseEnabled=True)
    update.cloud.answers["list_queue_tags"] = {"Tags": before}  # type: ignore[attr-defined]
    made = Made(URL, {"url": URL, "name": "q"})
    assert sqs.update_queue(update, made) == made
    attributes = {"VisibilityTimeout": "60", "SqsManagedSseEnabled": "true"}
    assert update.cloud.calls == [  # type: ignore[attr-defined]
        ("sqs", "set_queue_attributes", {"QueueUrl": URL, "Attributes": attributes}),
        ("sqs", "list_queue_tags", {"QueueUrl": URL}),
        *(("sqs", name, {"QueueUrl": URL, **arguments}) for name, arguments in changes),
    ]


def test_a_queue_with_another_name_is_made_anew() -> None:
    """A FIFO queue has another name than a standard queue."""
    assert sqs.update_queue(making(name="q.fifo", fifoQueue=True), Made(URL, {"url": URL, "name": "q"})) is None

"""Inputs that the makers reject, and calls that they make to the emulator."""

from __future__ import annotations

from typing import Any

import pytest
from support.fakes.emulator import FakeCloud

from hookline.local.provision.inputs import Inputs, UnsupportedInput
from hookline.local.provision.making import Made, Maker, Making
from hookline.local.provision.state import Record, Undo
from hookline.local.resources import apigateway, functions, iam, secretsmanager
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


@pytest.mark.parametrize(
    ("before", "calls"),
    [
        ({"Service": "x"}, []),
        ({"Service": "y"}, ["tag_resource"]),
        ({}, ["tag_resource"]),
        ({"Service": "x", "Gone": "1"}, ["untag_resource", "tag_resource"]),
    ],
)
def test_a_function_gets_its_new_tags_in_place(before: dict[str, str], calls: list[str]) -> None:
    """Lambda gets only the tags that change, and loses those that the program no longer sets."""
    update = making()
    update.cloud.answers["list_tags"] = {"Tags": before}  # type: ignore[attr-defined]
    functions.set_tags(update, "arn")
    assert [name for _, name, _ in update.cloud.calls] == ["list_tags", *calls]  # type: ignore[attr-defined]

"""The observer of a stack."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from support.fakes.errors import client_error
from support.fakes.providers import BothSystems, FakeArchive, FakeLogs
from support.fakes.table import FakeTable

from hookline.errors import UserError
from hookline.operate.observations import observer, poll


def bus_event(event_id: str) -> str:
    """Return a line of the log group."""
    return json.dumps({"detail": {"provider": "stripe", "event_id": event_id}})


def test_an_archived_body_is_read_and_an_absent_one_is_none() -> None:
    """Any other error is raised."""
    assert observer(BothSystems(archive=FakeArchive({"a": b"x"})).target).archived("a") == b"x"
    assert observer(BothSystems().target).archived("a") is None
    with pytest.raises(Exception, match="AccessDenied"):
        observer(BothSystems(archive=FakeArchive(error=client_error("AccessDenied", 403))).target).archived("a")


def test_a_record_is_read_as_text() -> None:
    """Every attribute becomes text; a missing record is empty."""
    table = FakeTable("key")
    table.put_item(Item={"key": {"S": "k"}, "pan_like": {"BOOL": False}})
    stack = BothSystems(records=table)
    assert observer(stack.target).record("k") == {"key": "k", "pan_like": "False"}
    assert observer(stack.target).record("other") == {}


def test_events_of_the_bus_are_counted_by_provider_and_id() -> None:
    """A line that is not a JSON object is ignored."""
    looking = observer(BothSystems(logs=FakeLogs([bus_event("a"), bus_event("b"), bus_event("a"), "[]"])).target)
    assert looking.on_bus() == {"stripe:a": 2, "stripe:b": 1}
    assert looking.outcomes() == []
    assert looking.wait_for_bus(["stripe:a", "stripe:b"], 1.0) == set()
    assert looking.wait_for_bus(["stripe:c"], 0.01) == {"stripe:c"}
    assert looking.wait_for_count("stripe:a", 2, 1.0)
    assert not looking.wait_for_count("stripe:b", 2, 0.01)


def test_a_log_group_without_events_may_be_missing() -> None:
    """Any other error is raised."""
    missing = FakeLogs(error=client_error("ResourceNotFoundException", 404))
    assert observer(BothSystems(logs=missing).target).bus_events() == []
    with pytest.raises(Exception, match="AccessDenied"):
        observer(BothSystems(logs=FakeLogs(error=client_error("AccessDenied", 403))).target).bus_events()


def test_asking_goes_on_until_the_answer_is_yes() -> None:
    """`poll` calls the function again until it returns True; `observer` starts at the current time in ms."""
    answers = iter([False, True])
    assert poll(lambda: next(answers), 5.0)
    assert abs(observer(BothSystems().target).since - time.time() * 1000) < 60_000


def test_without_a_log_group_nobody_can_look_for_bus_events() -> None:
    """The error comes before anything is sent, and names the setting."""
    target = BothSystems().target
    without = {name: value for name, value in target.outputs.items() if name != "provider_log_group_name"}
    with pytest.raises(UserError, match="set hookline:logEvents to true"):
        observer(replace(target, outputs=without))

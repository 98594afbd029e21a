"""The state of a stack in local mode, and the removal of its resources."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from support.fakes.emulator import FakeCloud
from support.fakes.errors import client_error

from hookline.local.provision import state as states
from hookline.local.provision.removal import remove, remove_all
from hookline.local.provision.state import Record, State, Undo


def record(name: str, order: int = 1, *undo: Undo, ready: bool = True) -> Record:
    """Return the record of a finished resource."""
    return Record(
        f"urn:pulumi:dev::test::t::{name}", order, "digest", ["a"], [], ready, f"id-{name}", {"k": 1}, [*undo]
    )


@pytest.fixture
def cloud() -> FakeCloud:
    """Return a cloud with an empty state."""
    cloud = FakeCloud()
    states.prepare(cloud)
    return cloud


def test_records_come_back_as_they_were_in_the_order_of_creation(cloud: FakeCloud) -> None:
    """This includes the undo calls."""
    state = State(cloud, "dev")
    late, early = record("late", 2, Undo("sqs", "delete_queue", {"QueueUrl": "u"})), record("early", 1)
    for each in (late, early):
        state.save(each)
    assert list(state.load().values()) == [early, late]
    assert early.name == "early"


def test_stacks_do_not_see_each_other(cloud: FakeCloud) -> None:
    """Records and outputs are stored for each stack."""
    State(cloud, "dev").save(record("a"))
    State(cloud, "prod").save_outputs({"url": "x"})
    assert states.stacks(cloud) == ["dev", "prod"]
    assert State(cloud, "prod").load() == {}
    assert State(cloud, "dev").outputs() is None
    assert State(cloud, "prod").outputs() == {"url": "x"}


def test_outputs_can_be_forgotten(cloud: FakeCloud) -> None:
    """A stack without outputs is not complete."""
    state = State(cloud, "dev")
    state.save_outputs({})
    assert state.outputs() == {}
    state.forget_outputs()
    assert state.outputs() is None


def test_an_emulator_without_a_state_has_no_stacks() -> None:
    """A new emulator has no state table."""
    cloud = FakeCloud()
    assert states.stacks(cloud) == []
    assert State(cloud, "dev").outputs() is None


def test_preparing_twice_keeps_what_is_there(cloud: FakeCloud) -> None:
    """A second stack uses the same state table."""
    State(cloud, "dev").save_outputs({"a": 1})
    states.prepare(cloud)
    assert State(cloud, "dev").outputs() == {"a": 1}


def test_an_emulator_that_fails_is_not_taken_for_an_empty_one(cloud: FakeCloud) -> None:
    """Only a missing table means an empty state."""
    cloud.table.error = client_error("InternalFailure", 500)
    for question in (lambda: states.prepare(cloud), lambda: states.stacks(cloud), State(cloud, "dev").outputs):
        with pytest.raises(ClientError, match="InternalFailure"):
            question()


def test_owners_name_who_made_what_in_any_stack(cloud: FakeCloud) -> None:
    """The undo call identifies the resource."""
    undo = Undo("sqs", "delete_queue", {"b": 1, "a": 2})
    State(cloud, "dev").save(record("queue", 1, undo))
    assert states.owners(cloud) == {Undo("sqs", "delete_queue", {"a": 2, "b": 1}).key: record("queue").urn}


def test_removal_undoes_the_newest_step_first_and_forgets(cloud: FakeCloud) -> None:
    """Steps are undone in reverse order."""
    state = State(cloud, "dev")
    whole = record("a", 1, Undo("sqs", "first", {"x": 1}), Undo("sqs", "second", {}))
    state.save(whole)
    remove(cloud, state, whole)
    assert cloud.calls == [("sqs", "second", {}), ("sqs", "first", {"x": 1})]
    assert state.load() == {}


def test_what_is_gone_already_is_no_error(cloud: FakeCloud) -> None:
    """A user may have removed the resource by hand."""
    cloud.answers["delete_queue"] = client_error("AWS.SimpleQueueService.NonExistentQueue")
    remove(cloud, State(cloud, "dev"), record("a", 1, Undo("sqs", "delete_queue", {})))
    assert State(cloud, "dev").load() == {}


def test_a_removal_that_fails_leaves_a_record_that_is_not_whole(cloud: FakeCloud) -> None:
    """The next run must not reuse a partly removed resource."""
    cloud.answers["delete_queue"] = client_error("InternalFailure", 500)
    with pytest.raises(ClientError, match="InternalFailure"):
        remove(cloud, State(cloud, "dev"), record("a", 1, Undo("sqs", "delete_queue", {})))
    assert [r.ready for r in State(cloud, "dev").load().values()] == [False]


def test_a_whole_stack_goes_newest_first_and_says_so(cloud: FakeCloud) -> None:
    """The outputs are removed first, because a partly removed stack is not complete."""
    state = State(cloud, "dev")
    state.save_outputs({})
    for order, name in enumerate(("a", "b", "c")):
        state.save(record(name, order, Undo("sqs", f"remove_{name}", {}), ready=name != "b"))
    told: list[tuple[str, str]] = []
    urns = remove_all(cloud, state, lambda verb, name: told.append((verb, name)))
    assert [urn[-1] for urn in urns] == ["c", "b", "a"]
    assert told == [("removing", "c"), ("removing", "b"), ("removing", "a")]
    assert cloud.operations() == ["remove_c", "remove_b", "remove_a"]
    assert states.stacks(cloud) == []


def test_a_stack_can_go_quietly(cloud: FakeCloud) -> None:
    """The progress callback is optional."""
    State(cloud, "dev").save(record("a"))
    assert remove_all(cloud, State(cloud, "dev")) == [record("a").urn]

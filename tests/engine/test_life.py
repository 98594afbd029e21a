"""The life of a stack with the real Pulumi engine. Each test is one step, and begins where the step before it ended."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from engine.names import names
from engine.pulumi_cli import Preview, Stack

from hookline.core import PROVIDER_NAMES
from hookline.local.cloud import Cloud

FEW = ["adyen", "stripe"]
CHANGES = ("create", "update", "replace", "delete", "create-replacement", "delete-replaced")


@pytest.fixture(scope="module")
def stack(make_stack: Callable[..., Stack]) -> Stack:
    """Return the stack that all tests of this file change."""
    return make_stack("life")


@pytest.fixture(scope="module")
def plan(stack: Stack) -> Preview:
    """Return what the first preview says."""
    return stack.preview()


def answers(stack: Stack) -> dict[str, int]:
    """Return how the endpoint of each provider answers a request without a signature, as provider → status."""
    url = stack.outputs()["api_endpoint"]
    return {name: httpx.post(f"{url}/{name}", content=b"{}").status_code for name in PROVIDER_NAMES}


def test_a_preview_makes_nothing(plan: Preview, cloud: Cloud) -> None:
    """The engine runs the program with outputs that are not known yet, and only plans."""
    assert len(plan.urns("create")) == len(plan.steps) > 100
    assert not plan.diagnostics
    assert names(cloud, "life") == []


def test_up_makes_what_the_preview_said(stack: Stack, plan: Preview, cloud: Cloud) -> None:
    """Every endpoint answers, and refuses what is not signed."""
    assert f"+ {len(plan.steps)} created" in stack.up()
    assert len(names(cloud, "life")) > 50
    assert set(answers(stack).values()) == {401}
    assert httpx.post(stack.outputs()["webhook_url"], content=b"{}").status_code == 400


def test_up_without_a_change_changes_nothing(stack: Stack) -> None:
    """The program gives the same inputs in every run."""
    stack.up("--expect-no-changes")


def test_a_refresh_changes_nothing(stack: Stack) -> None:
    """A refresh finds every resource as it was made, and `up` still has nothing to do."""
    stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    stack.up("--expect-no-changes")


def test_a_setting_of_a_function_changes_only_functions_in_place(stack: Stack) -> None:
    """A change of an environment variable replaces nothing."""
    stack.set(bookPaypal=False)
    preview = stack.preview()
    changed = preview.urns(*CHANGES)
    assert changed == preview.urns("update")
    assert {urn.split("::")[2].rpartition("$")[2] for urn in changed} == {"aws:lambda/function:Function"}
    stack.up()


def test_a_provider_that_is_taken_out_is_refused(stack: Stack) -> None:
    """Its endpoint answers 403 or 404. All other endpoints answer as before, at the same address."""
    before = stack.outputs()["api_endpoint"]
    stack.set(providers=FEW)
    stack.up()
    found = answers(stack)
    assert {name for name, status in found.items() if status == 401} == {*FEW}
    assert {status for name, status in found.items() if name not in FEW} <= {403, 404}
    assert stack.outputs()["api_endpoint"] == before


def test_a_provider_that_is_put_back_answers(stack: Stack) -> None:
    """The program without the setting has all providers again."""
    stack.set(providers=None)
    stack.up()
    assert set(answers(stack).values()) == {401}
    stack.up("--expect-no-changes")


def test_destroy_leaves_nothing(stack: Stack, cloud: Cloud) -> None:
    """Nothing with a name of the stack exists afterwards, and the stack can be removed."""
    stack.destroy()
    assert names(cloud, "life") == []
    stack.pulumi("stack", "rm", "--yes")

"""The life of a stack with the real Pulumi engine. Each test is one step, and begins where the step before it ended."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest
from engine.names import names
from engine.pulumi_cli import Preview, Stack

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.registry import path_of, paths_of
from hookline.local.cloud import Cloud
from hookline.local.development_secrets import development_secrets

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
    """Return how each endpoint of a provider answers a request with a wrong signature, as path → status."""
    base = stack.outputs()["api_endpoint"].removesuffix("webhook")
    paths = {path: headers for name in PROVIDER_NAMES for path, headers in paths_of(name).items()}
    return {
        path: httpx.post(base + path, content=b"{}", headers=dict.fromkeys(headers, "wrong")).status_code
        for path, headers in paths.items()
    }


def test_a_preview_makes_nothing(plan: Preview, cloud: Cloud) -> None:
    """The engine runs the program with outputs that are not known yet, and only plans."""
    assert len(plan.urns("create")) == len(plan.steps) > 100
    assert not plan.diagnostics
    assert names(cloud, "life") == []


def test_up_makes_what_the_preview_said(stack: Stack, plan: Preview, cloud: Cloud) -> None:
    """Everything exists, and every endpoint of a provider refuses what is not signed."""
    assert f"+ {len(plan.steps)} created" in stack.up()
    assert len(names(cloud, "life")) > 50
    assert set(answers(stack).values()) == {401}


def test_a_signing_secret_never_reaches_the_state(stack: Stack, cloud: Cloud) -> None:
    """Signing secrets are set outside of Pulumi. A refresh does not read them, and finds every resource as it was."""
    secret = stack.outputs()["provider_secrets_arn"]
    values = development_secrets(secret)
    cloud.call("secretsmanager", "put_secret_value", SecretId=secret, SecretString=json.dumps(values))
    stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    state = stack.state()
    assert secret in state
    assert not [value for (value,) in values.values() if value in state]


def test_up_without_a_change_changes_nothing(stack: Stack) -> None:
    """The program gives the same inputs in every run, also after a refresh."""
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
    found, kept = answers(stack), {path_of(name) for name in FEW}
    assert {path for path, status in found.items() if status == 401} == kept
    assert {status for path, status in found.items() if path not in kept} <= {403, 404}
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

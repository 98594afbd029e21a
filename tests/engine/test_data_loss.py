"""The warning before a change of settings deletes data, with the real Pulumi engine.

Each test is one change, and begins where the change before it ended.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from engine.names import names
from engine.pulumi_cli import Stack

from hookline.infra.data_loss import LOSS
from hookline.local.cloud import Cloud

DELETING = re.compile(r"^ -+ +aws:.* deleting", re.MULTILINE)


class Change(NamedTuple):
    """A change of settings, parts of its warnings, and the start of what goes; empty if AWS deletes only old data."""

    settings: dict[str, object]
    warnings: tuple[str, ...]
    gone: str


CHANGES = {
    "fewer days": Change(
        {"busArchiveDays": 3, "archiveExpiryDays": 400, "providerLogDays": 1, "transactionLogDays": 7},
        (
            "busArchiveDays is 3 instead of 7",
            "archiveExpiryDays is 400 instead of never",
            "providerLogDays is 1 instead of 7",
            "transactionLogDays is 7 instead of 30",
        ),
        "",
    ),
    "no bus archive": Change(
        {"busArchiveDays": 0},
        ("It deletes bus archives (nobody can replay their events): provider-events-archive-loss",),
        "",
    ),
    "fewer providers": Change(
        {"providers": ["adyen", "stripe"]}, ("It takes out checkout, paypal",), "cloudwatch paypal-"
    ),
    "no forwarding": Change(
        {"forwardTransactions": False}, ("It deletes queues (with their messages): forward-",), "sqs "
    ),
    "one system less": Change(
        {"systems": ["transactions"]}, ("): provider-webhooks-loss",), "dynamodb provider-webhooks-loss"
    ),
    "another suffix": Change(
        {"environmentSuffix": "lost"}, ("): transaction-events-loss",), "dynamodb transaction-events-loss"
    ),
}


@pytest.fixture(scope="module")
def stack(make_stack: Callable[..., Stack]) -> Stack:
    """Return the stack that all tests of this file change."""
    return make_stack("loss")


def test_the_first_up_and_an_unchanged_one_are_silent(stack: Stack) -> None:
    """There is no last `up`, or nothing is lost."""
    assert stack.preview().diagnostics == []
    assert LOSS not in stack.up()
    assert stack.preview().diagnostics == []
    assert "warning: " not in stack.up("--expect-no-changes").replace("warning: using pulumi-language-python", "")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_that_loses_data_says_so_before(stack: Stack, cloud: Cloud, change: Change) -> None:
    """The preview warns and changes nothing; `up` warns before it deletes anything."""
    before = names(cloud, "loss")
    stack.set(**change.settings)
    warnings = stack.preview().diagnostics
    assert all(LOSS in warning for warning in warnings)
    assert all(any(part in warning for warning in warnings) for part in change.warnings)
    assert names(cloud, "loss") == before
    printed = stack.up()
    deletions = [match.start() for match in DELETING.finditer(printed)]
    assert deletions
    assert all(printed.index(part) < each for part in change.warnings for each in deletions)
    gone = {*before} - {*names(cloud, "loss")}
    assert any(name.startswith(change.gone) for name in gone) == bool(change.gone)

"""The resources that a stack declares."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.plans import PROVIDERS_ALONE, ROOT, TRANSACTIONS_ALONE, make_project, plan_with
from support.program import ALARM, TOPIC, deploy

from hookline.core import PROVIDER_NAMES
from hookline.core.providers.registry import paths_of
from hookline.errors import UserError
from hookline.local.project import Project
from hookline.operate.estimates.declare import read_plan
from hookline.operate.estimates.fixed_usage import DASHBOARD, SECRET
from hookline.operate.estimates.plan import FunctionPlan


def test_what_is_counted_is_what_the_program_declares() -> None:
    """The placeholder outputs do not change the declared resources."""
    declared, plan = deploy(), plan_with()
    for type_token in (ALARM, DASHBOARD, SECRET):
        assert plan.count(type_token) == len(declared.by_type(type_token)) > 0
    assert plan.systems == ("transactions", "providers")
    assert len(plan.deployment.resources) == len(deploy(apiGatewayLogging="off").resources)


def test_functions_are_as_the_settings_say() -> None:
    """Memory, concurrency and log retention follow the settings."""
    plan = plan_with({"validatorReservedConcurrency": 7, "provisionedConcurrency": 2, "alarmTopicArn": TOPIC})
    assert plan.functions["validator"] == FunctionPlan(
        memory_mb=256, reserved=7, provisioned=2, log_days=30, active_tracing=True
    )
    assert plan.functions["processing"] == FunctionPlan(
        memory_mb=256, reserved=None, provisioned=0, log_days=7, active_tracing=True
    )
    assert plan.expiry_days("validator") == 35
    assert (plan.batch_size("processing"), plan.batch_size("router"), plan.parallelism("router")) == (10, 100, 1)


def test_the_entry_is_the_providers_system_if_there_is_one() -> None:
    """With both systems, events arrive at the providers system; a single system has its own events."""
    both, transactions, providers = plan_with(), plan_with(TRANSACTIONS_ALONE), plan_with(PROVIDERS_ALONE)
    assert (both.entry, both.forwards, both.throttle) == ("providers", True, 10_000)
    assert (transactions.entry, transactions.forwards, transactions.throttle) == ("transactions", False, 1_000)
    assert (providers.entry, providers.forwards, providers.systems) == ("providers", False, ("providers",))
    assert (transactions.providers, transactions.ordering, providers.providers) == ((), "object", ("stripe",))
    endpoints = sum(len(paths_of(name)) for name in PROVIDER_NAMES)
    assert (both.detailed_methods, plan_with({"methodMetrics": True}).detailed_methods) == (0, 1 + endpoints)
    assert (both.key_reuse_seconds, both.recoverable_tables) == ([3600] * 4, 2)


def test_logs_and_archives_last_as_long_as_declared() -> None:
    """All retention times are in days; without an access log, its retention is None."""
    plan = plan_with({"busArchiveDays": 3, "apiGatewayLogging": "account"})
    assert (plan.bus_archive_days, plan.glacier_after_days, plan.consumer_log_days) == (3, 30, 7)
    assert plan.access_log_days == 7
    assert plan_with({**TRANSACTIONS_ALONE, "apiGatewayLogging": "account"}).access_log_days == 30
    assert plan_with().access_log_days is None
    assert plan_with({"busArchiveDays": 0}).bus_archive_days == 0
    assert plan_with({"logEvents": False}).consumer_log_days is None


def test_providers_can_be_others_than_the_settings_name() -> None:
    """A plan with other providers is possible; a repeated name counts once."""
    plan = plan_with({"providers": ["square"]}, ("stripe", "adyen", "stripe"))
    assert plan.providers == ("stripe", "adyen")
    assert plan_with(TRANSACTIONS_ALONE, ("stripe",)).systems == ("transactions", "providers")


def test_without_providers_the_other_system_is_left() -> None:
    """Without providers, the setting `forwardTransactions` has no effect."""
    plan = plan_with({"forwardTransactions": True}, ())
    assert (plan.providers, plan.systems, plan.forwards) == ((), ("transactions",), False)


@pytest.mark.parametrize(
    ("settings", "providers", "words"),
    [
        ({"expiryDays": 0}, None, "hookline:expiryDays is 0: it must be a whole number from 1 to 365"),
        ({}, ("strip",), "there is no provider strip: choose from adyen, .*stripe, or give none"),
    ],
)
def test_what_cannot_be_planned_says_why(
    tmp_path: Path, settings: dict[str, object], providers: tuple[str, ...] | None, words: str
) -> None:
    """The message is the program's own."""
    with pytest.raises(UserError, match=words):
        read_plan(make_project(tmp_path, settings), "test", providers)


def test_a_stack_needs_its_settings() -> None:
    """The command rejects a stack without a settings file."""
    with pytest.raises(UserError, match="the stacks here are dev, prod"):
        read_plan(Project(ROOT), "nowhere")


def test_every_stack_of_this_repository_can_be_planned() -> None:
    """The plan uses the settings of the stack's file."""
    plan = read_plan(Project(ROOT), "prod")
    assert set(plan.providers) == set(PROVIDER_NAMES)
    assert plan.access_log_days == 7
